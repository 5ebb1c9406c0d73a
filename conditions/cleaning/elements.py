"""The elements of HTML: which part words, which hold none for a reader, which are none at all."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# HTML Standard, "Rendering": every element that the style sheet of a browser displays as a block,
# a list item or a part of a table (15.3.2 The page, 15.3.3 Flow content, 15.3.7 Sections and
# headings, 15.3.8 Lists, 15.3.9 Tables, 15.3.12 Fieldset and legend, 15.5 details, summary,
# optgroup and option), and frameset. Words on two sides of such a tag are two words.
BLOCKS = _names(
    "html body address blockquote center dialog div figure figcaption footer form header hr legend"
    " listing main p plaintext pre search xmp article aside h1 h2 h3 h4 h5 h6 hgroup nav section"
    " dir dd dl dt menu ol ul li table caption colgroup col thead tbody tfoot tr td th fieldset"
    " details summary optgroup option frameset frame"
)

# What stands inside these is not words for a patient; it goes with the tag.
DROPPED = _names(
    "script style title noscript textarea template svg math iframe object noembed noframes xmp"
    " plaintext select audio video canvas"
)

VOID = _names(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param"
    " source track wbr"
)

# An end tag may be left out (HTML Standard, 13.1.2.4 Optional tags).
CLOSED_BY_OTHERS = _names(
    "html head body p li dt dd option optgroup rb rt rp rtc caption colgroup thead tbody tfoot tr"
    " td th"
)

_INLINE = _names(
    "a abbr acronym applet b bdi bdo big blink button cite code data datalist del dfn em font i ins"
    " kbd label map mark marquee meter nobr output picture progress q rb rp rt rtc ruby s samp"
    " slot small span strike strong sub sup time tt u var"
)
# Every element of the standard's index, and those that it calls obsolete.
KNOWN = BLOCKS | DROPPED | VOID | _INLINE | {"head"}
# Word writes elements of its own, such as <o:p>; what stands inside is words of the text.
OFFICE_PREFIXES = frozenset({"o", "w", "m", "v", "st1", "x"})

# What a reader would miss: how one and how several are called.
PICTURE = ("a picture", "pictures")
NAMES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("img", "image", "svg", "canvas", "v:imagedata", "map"), PICTURE),
    **dict.fromkeys(("iframe", "object", "embed", "applet", "frame"), ("a frame", "frames")),
    **dict.fromkeys(("video", "audio"), ("a recording", "recordings")),
    **dict.fromkeys(("input", "select", "textarea", "keygen"), ("a form field", "form fields")),
    **dict.fromkeys(("meter", "progress"), ("a gauge", "gauges")),
    "math": ("a formula", "formulas"),
    "script": ("a script", "scripts"),
    "style": ("a style sheet", "style sheets"),
}
# They show nothing, and no word of a text is spelled like them.
SILENT = frozenset({"wbr", "col", "br", "hr", "basefont", "bgsound", "meta"})


def is_known(name: str) -> bool:
    """Whether HTML, or Word, has an element of that name."""
    return name in KNOWN or (name.partition(":")[0] in OFFICE_PREFIXES and ":" in name)


def named(name: str) -> tuple[str, str]:
    """How one element that is left out is called, and several."""
    return NAMES.get(name, (f"a <{name}> element", f"<{name}> elements"))
