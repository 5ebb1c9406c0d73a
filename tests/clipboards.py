"""Clipboards as programs fill them, made up for the tests in the form that each program writes.

Each has the markup, the plain text beside it, and what a paste must become: clean markup, or the
words of the sentence that refuses it. `left_out` are words of what the person is told.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clipboard:
    """What a program put on the clipboard, and what must come of it."""

    html: str
    text: str
    becomes: str = ""
    refused: str = ""
    left_out: tuple[str, ...] = ()


def _word(body: str) -> str:
    """A page as Word writes it beside what was copied."""
    return (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office'
        ':office" xmlns:w="urn:schemas-microsoft-com:office:word"><head>'
        '<meta http-equiv=Content-Type content="text/html; charset=utf-8">'
        '<meta name=Generator content="Microsoft Word 15"><!--[if gte mso 9]><xml>'
        "<w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->"
        "<style><!-- @font-face {font-family:Calibri;} p.MsoNormal {margin:0in;} --></style>"
        f"</head><body lang=EN-US style='tab-interval:.5in'><!--StartFragment-->{body}"
        "<!--EndFragment--></body></html>"
    )


def _word_cell(words: str, tag: str = "td") -> str:
    return (
        f"<{tag} width=312 valign=top style='width:233.75pt;border:solid windowtext 1.0pt;"
        "mso-border-alt:solid windowtext .5pt;padding:0in 5.4pt 0in 5.4pt'>"
        f"<p class=MsoNormal style='line-height:normal'>{words}<o:p></o:p></p></{tag}>"
    )


def _word_item(marker: str, words: str, level: int = 1) -> str:
    return (
        f"<p class=MsoListParagraph style='text-indent:-.25in;mso-list:l0 level{level} lfo1'>"
        "<![if !supportLists]><span style='font-family:Symbol;mso-fareast-font-family:Symbol'>"
        f"<span style='mso-list:Ignore'>{marker}<span style='font:7.0pt \"Times New Roman\"'>"
        f"&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>{words}<o:p></o:p></p>"
    )


def _docs(body: str) -> str:
    """What Google Docs wraps around everything that is copied."""
    return (
        "<meta charset='utf-8'><meta charset=\"utf-8\">"
        '<b style="font-weight:normal;" id="docs-internal-guid-1a2b3c4d-7fff">'
        f'{body}</b><br class="Apple-interchange-newline">'
    )


def _docs_words(words: str, style: str = "") -> str:
    return (
        '<span style="font-size:11pt;font-family:Arial,sans-serif;color:#000000;background-color:'
        f"transparent;font-weight:400;font-style:normal;text-decoration:none;white-space:pre;{style}"
        f'">{words}</span>'
    )


def _docs_paragraph(words: str, style: str = "") -> str:
    return (
        '<p dir="ltr" style="line-height:1.38;margin-top:0pt;margin-bottom:0pt;">'
        f"{_docs_words(words, style)}</p>"
    )


def _docs_item(words: str, kind: str = "disc") -> str:
    return (
        f'<li dir="ltr" style="list-style-type:{kind};font-size:11pt;" aria-level="1">'
        f"{_docs_paragraph(words)}</li>"
    )


def _table(*rows: tuple[str, ...], head: bool = False) -> str:
    """Clean markup of a table, for what a paste must become."""
    made = ""
    for at, row in enumerate(rows):
        tag, scope = ("th", ' scope="col"') if head and not at else ("td", "")
        cells = "".join(f"<{tag}{scope}><p>{words}</p></{tag}>" for words in row)
        made += f"<thead><tr>{cells}</tr></thead>" if scope else f"<tr>{cells}</tr>"
    head_end = made.find("</thead>") + len("</thead>") if head else 0
    return f"<table>{made[:head_end]}<tbody>{made[head_end:]}</tbody></table>"


WEEKS = _table(("Week 1", "12.5 mg"), ("Week 2", "25 mg"))
WEEKS_TEXT = "Week 1\t12.5 mg\nWeek 2\t25 mg\n"

CLIPBOARDS: dict[str, Clipboard] = {
    "Word: a table": Clipboard(
        _word(
            "<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0>"
            f"<tr style='mso-yfti-irow:0;mso-yfti-firstrow:yes'>{_word_cell('Week 1')}"
            f"{_word_cell('12.5 mg')}</tr><tr style='mso-yfti-irow:1;mso-yfti-lastrow:yes'>"
            f"{_word_cell('Week 2')}{_word_cell('25 mg')}</tr></table>"
        ),
        WEEKS_TEXT,
        WEEKS,
    ),
    "Word: a table whose first row is repeated as its heading": Clipboard(
        _word(
            "<table class=MsoTableGrid><thead><tr style='mso-yfti-tblheader:yes'>"
            f"{_word_cell('<b>Drug</b>')}{_word_cell('<b>Start</b>')}{_word_cell('<b>Max</b>')}</tr>"
            f"</thead><tr>{_word_cell('Sample A')}{_word_cell('5&nbsp;mg')}{_word_cell('20 mg')}"
            "</tr></table>"
        ),
        "Drug\tStart\tMax\nSample A\t5 mg\t20 mg\n",
        _table(
            ("<strong>Drug</strong>", "<strong>Start</strong>", "<strong>Max</strong>"),
            ("Sample A", "5\u00a0mg", "20 mg"),
            head=True,
        ),
    ),
    "Word: a table with a merged cell": Clipboard(
        _word(
            "<table class=MsoTableGrid><tr><td colspan=2><p class=MsoNormal>Dose</p></td></tr>"
            f"<tr>{_word_cell('Week 1')}{_word_cell('12.5 mg')}</tr></table>"
        ),
        "Dose\nWeek 1\t12.5 mg\n",
        refused="The cell “Dose” of a table is merged",
    ),
    "Word: tracked changes": Clipboard(
        _word(
            '<p class=MsoNormal>Take <s><del cite="mailto:Edie" datetime="2026-05-01T09:00">'
            '10 mg</del></s><ins cite="mailto:Edie" datetime="2026-05-01T09:00"> 5 mg</ins> at '
            "night.<o:p></o:p></p>"
        ),
        "Take 10 mg 5 mg at night.",
        refused="Words are struck out: “10 mg”. Accept or reject the changes",
    ),
    "Word: tracked changes, as classes": Clipboard(
        _word(
            "<p class=MsoNormal>Take <span class=msoDel>10 mg</span><span class=msoIns>5 mg</span>"
            " at night.</p>"
        ),
        "Take 10 mg5 mg at night.",
        refused="Words are struck out: “10 mg”",
    ),
    "Word: a margin comment": Clipboard(
        _word(
            "<p class=MsoNormal><a style='mso-comment-reference:EE_1;'>Take"
            " 5 mg</a><span class=MsoCommentReference><span style='font-size:8.0pt'><a "
            'class=msocomanchor id="_anchor_1" href="#_msocom_1" language=JavaScript '
            "name=\"_msoanchor_1\">[EE1]</a><span style='mso-special-character:comment'>&nbsp;"
            "</span></span></span> at night.</p><div style='mso-element:comment-list'><hr "
            "class=msocomoff>"
            "<div style='mso-element:comment'><div id=\"_com_1\" class=msocomtxt><p "
            'class=MsoCommentText><a name="_msocom_1"></a>&nbsp;<a href="#_msoanchor_1" '
            "class=msocomoff>[EE1]</a>Was 10 mg?<o:p></o:p></p></div></div></div>"
        ),
        "Take 5 mg[EE1] at night.",
        "<p>Take 5 mg at night.</p>",
        left_out=("a margin comment",),
    ),
    "Word: bullets and numbers": Clipboard(
        _word(
            _word_item("·", "First")
            + _word_item("o", "Deeper", 2)
            + _word_item("\uf0b7", "Second")
            + "<p class=MsoNormal>Then:</p>"
            + _word_item("3.", "Third step")
            + _word_item("4.", "Fourth step")
        ),
        "•\tFirst\no\tDeeper\n•\tSecond\nThen:\n3.\tThird step\n4.\tFourth step\n",
        "<ul><li><p>First</p><ul><li><p>Deeper</p></li></ul></li><li><p>Second</p></li></ul>"
        '<p>Then:</p><ol start="3"><li><p>Third step</p></li><li><p>Fourth step</p></li></ol>',
    ),
    "Word: a footnote": Clipboard(
        _word(
            "<p class=MsoNormal>It helps.<a style='mso-footnote-id:ftn1' href=\"#_ftn1\" "
            'name="_ftnref1"><span class=MsoFootnoteReference>[1]</span></a></p>'
        ),
        "It helps.[1]",
        "<p>It helps.[1]</p>",
        left_out=("the target of a link (“#_ftn1”)",),
    ),
    "Word: headings and invisible characters": Clipboard(
        _word(
            "<h1>Doses</h1><h2>At night</h2><p class=MsoNormal>Anti&shy;depres&shy;sants, "
            "5&nbsp;mg.\u200b</p>"
        ),
        "Doses\nAt night\nAntidepressants, 5 mg.",
        "<h3>Doses</h3><h4>At night</h4><p>Antidepressants, 5\u00a0mg.</p>",
        left_out=("3 invisible characters were removed.",),
    ),
    "Google Docs: paragraphs and a list": Clipboard(
        _docs(
            _docs_paragraph("Take it at night.")
            + '<ul style="margin-top:0;margin-bottom:0;">'
            + _docs_item("One")
            + f"<ul>{_docs_item('Two', 'circle')}</ul>"
            + "</ul>"
            + _docs_paragraph("Bold", "font-weight:700;")
        ),
        "Take it at night.\nOne\nTwo\nBold",
        "<p>Take it at night.</p><ul><li><p>One</p><ul><li><p>Two</p></li></ul></li></ul>"
        "<p><strong>Bold</strong></p>",
    ),
    "Google Docs: a table": Clipboard(
        _docs(
            '<div dir="ltr" style="margin-left:0pt;" align="left"><table style="border:none;">'
            '<colgroup><col width="312" /><col width="312" /></colgroup><tbody>'
            f'<tr style="height:0pt"><td>{_docs_paragraph("Week 1")}</td>'
            f"<td>{_docs_paragraph('12.5 mg')}</td></tr>"
            f'<tr style="height:0pt"><td>{_docs_paragraph("Week 2")}</td>'
            f"<td>{_docs_paragraph('25 mg')}</td></tr></tbody></table></div>"
        ),
        WEEKS_TEXT,
        WEEKS,
    ),
    "Google Docs: a power": Clipboard(
        _docs(
            '<p dir="ltr">'
            + _docs_words("More than 10")
            + _docs_words("6", "vertical-align:super;")
            + "</p>"
        ),
        "More than 106",
        "<p>More than 10<sup>6</sup></p>",
    ),
    "Google Docs: a struck-out dose": Clipboard(
        _docs(
            '<p dir="ltr">'
            + _docs_words("Take ")
            + _docs_words("10 mg", "text-decoration:line-through;")
            + _docs_words(" 5 mg")
            + "</p>"
        ),
        "Take 10 mg 5 mg",
        refused="Words are struck out: “10 mg”",
    ),
    "LibreOffice: a table, a list that goes on, a tracked change taken over": Clipboard(
        '<!DOCTYPE html><html><head><meta http-equiv="content-type" content="text/html; '
        'charset=utf-8"/><title></title><meta name="generator" content="LibreOffice 7.4"/>'
        '<style type="text/css">td p { background: transparent }</style></head><body lang="en-US">'
        '<p style="line-height: 100%; margin-bottom: 0in">Plan</p>'
        '<table width="665" cellpadding="4"><col width="328"/><col width="319"/>'
        '<thead><tr valign="top"><th width="328"><p>Week</p></th><th><p>Dose</p></th></tr></thead>'
        "<tbody><tr><td><p>1</p></td><td><p>12.5 mg</p></td></tr></tbody></table>"
        '<ol start="2"><li><p>Second</p></li><li><p><ins class="western">Third</ins></p></li></ol>'
        "</body></html>",
        "Plan\nWeek\tDose\n1\t12.5 mg\n2. Second\n3. Third",
        "<p>Plan</p>"
        + _table(("Week", "Dose"), ("1", "12.5 mg"), head=True)
        + '<ol start="2"><li><p>Second</p></li><li><p>Third</p></li></ol>',
    ),
    "LibreOffice: a tracked deletion": Clipboard(
        '<html><head><meta name="generator" content="LibreOffice 7.4"/></head><body><p>Take <del '
        'class="western"><span style="text-decoration: line-through">10 mg</span></del> 5 mg.</p>'
        "</body></html>",
        "Take 10 mg 5 mg.",
        refused="Words are struck out: “10 mg”",
    ),
    "Excel: cells": Clipboard(
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta name=ProgId '
        'content=Excel.Sheet><style><!--table {mso-displayed-decimal-separator:"\\.";} '
        '.xl65 {mso-number-format:Fixed;}--></style></head><body link="#0563C1">'
        "<table border=0 cellpadding=0 cellspacing=0 width=128 style='border-collapse:collapse;"
        "width:96pt'><!--StartFragment--><col width=64 span=2 style='width:48pt'><tr height=20 "
        "style='height:15.0pt'><td height=20 class=xl65 width=64>Week 1</td><td width=64 "
        'x:num="12.5">12.5 mg</td></tr><tr height=20><td height=20>Week 2</td><td>25 mg</td></tr>'
        "<!--EndFragment--></table></body></html>",
        WEEKS_TEXT,
        WEEKS,
    ),
    "Excel: words that run over the next cell": Clipboard(
        "<table><tr><td colspan=2 style='mso-ignore:colspan'>Started slowly</td></tr><tr><td>Week 1"
        "</td><td>12.5 mg</td></tr></table>",
        "Started slowly\t\nWeek 1\t12.5 mg\n",
        _table(("Started slowly", ""), ("Week 1", "12.5 mg")),
    ),
    "Excel: rows without their table": Clipboard(
        "<html><body><tr><td>Week 1</td><td>12.5 mg</td></tr><tr><td>Week 2</td><td>25 mg</td></tr>"
        "</body></html>",
        WEEKS_TEXT,
        WEEKS,
    ),
    "Google Sheets: cells": Clipboard(
        "<meta charset='utf-8'><google-sheets-html-origin><style type=\"text/css\"><!--td {border: "
        '1px solid #cccccc;}br {mso-data-placement:same-cell;}--></style><table cellspacing="0" '
        'data-sheets-root="1" style="table-layout:fixed;"><colgroup><col width="100"/><col '
        'width="100"/></colgroup><tbody><tr style="height:21px;"><td style="overflow:hidden;'
        'vertical-align:bottom;" data-sheets-value="{&quot;1&quot;:2}">Week 1</td><td>12.5 mg</td>'
        "</tr><tr><td>Week 2</td><td>25 mg</td></tr></tbody></table></google-sheets-html-origin>",
        WEEKS_TEXT,
        WEEKS,
    ),
    "a web page: words, a picture, a frame, words that it hid": Clipboard(
        "<meta charset='utf-8'><h2 style=\"color: rgb(32, 33, 34); font-family: serif;\">Doses<a "
        'class="anchor" href="https://example.org/#doses"></a></h2><p>Take <span style="display: '
        'none;">do not </span>it<sup><a href="https://example.org/note">1</a></sup> at night.</p>'
        '<img src="https://example.org/x.png" alt="A pill"><iframe src="https://example.org/ad">'
        "</iframe><h4>More</h4>",
        "Doses\nTake it1 at night.\nMore",
        '<h3>Doses</h3><p>Take it<a href="https://example.org/note"><sup>1</sup></a> at night.</p>'
        "<h4>More</h4>",
        left_out=("a picture", "a frame", "hidden words (“do not”)", "a link without words"),
    ),
    "a web page: columns without a table": Clipboard(
        "<meta charset=\"utf-8\"><div style='display: flex'><span>Week 1</span><span>12.5 mg</span>"
        '</div><div style="display: table-row;"><span style="display: table-cell;">Week 2</span>'
        '<span style="display: table-cell;">25 mg</span></div>',
        "Week 1\n12.5 mg\nWeek 2\n25 mg",
        "<p>Week 1</p><p>12.5 mg</p><p>Week 2</p><p>25 mg</p>",
    ),
    "a web page: cells that only its plain text keeps apart": Clipboard(
        "<meta charset='utf-8'><span>Week 1</span><span>12.5 mg</span>",
        "Week 1\n12.5 mg",
        "<p>Week 1<br>12.5 mg</p>",
    ),
    "a web page: a table with a caption": Clipboard(
        "<table><caption>Doses by week</caption><tbody><tr><td>Week 1</td><td>12.5 mg</td></tr>"
        "</tbody></table>",
        "Doses by week\nWeek 1\t12.5 mg\n",
        refused="has a caption. Put its words, “Doses by week”",
    ),
    "a web page: a table in a table": Clipboard(
        "<table><tr><td>Adults</td><td><table><tr><td>Week 1</td><td>12.5 mg</td></tr></table></td>"
        "</tr></table>",
        "Adults\nWeek 1\t12.5 mg\n",
        refused="stands inside another table",
    ),
    "a mail: blocks and bare words": Clipboard(
        '<div dir="ltr">First.<div>Second.<br><br></div><blockquote style="margin:0 0 0 40px"><div>'
        "Third.</div></blockquote>Fourth.</div>",
        "First.\nSecond.\n\nThird.\nFourth.",
        "<p>First.</p><p>Second.</p><blockquote><p>Third.</p></blockquote><p>Fourth.</p>",
    ),
    "Notepad": Clipboard(
        "",
        "BP <systolic> and <diastolic>\r\n\r\n5 < 6 & 7\r\nnext line",
        "<p>BP &lt;systolic&gt; and &lt;diastolic&gt;</p><p>5 &lt; 6 &amp; 7<br>next line</p>",
    ),
    "Notepad: columns set with tabs": Clipboard("", WEEKS_TEXT, WEEKS),
    "Notepad: one row set with a tab": Clipboard(
        "", "Week 1\t12.5 mg", refused="A tab or gap parts the numbers in “1 … 12.5”"
    ),
    "a direction that shows something else": Clipboard(
        "", "Take \u202e51\u202c mg", refused="U+202E"
    ),
}
