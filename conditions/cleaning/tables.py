"""Tables: cell by cell, or refused in words. Two cells never become one text."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from conditions.cleaning.blocks import Block, Cell, Paragraph, Table
from conditions.cleaning.tree import Element, number
from reviews.text.lines import shown

_GROUPS = ("thead", "tbody", "tfoot")


@dataclass
class Made:
    """A table, or what stands in it if it is none; its faults; how a message calls it."""

    name: str
    table: Table | None = None
    unwrapped: list[Element | str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def table_of(element: Element, blocks_of: Callable[[Iterable[Element | str]], list[Block]]) -> Made:
    """The table of an element. One cell alone, or no words, is no table."""
    rows = _rows(element)
    words = next((cell.words for _, row in rows for cell in row if cell.words), "")
    made = Made(f"The table that begins with {shown(words)}")
    captions = [one.words for one in element.elements() if one.name == "caption" and one.words]
    for caption in captions:
        made.faults.append(
            f"The table with {shown(words)} has a caption. Put its words, {shown(caption)}, into a "
            "heading or a paragraph before the table."
        )
    if not words:
        return made
    if len(rows) == len(rows[0][1]) == 1 and not _span(rows[0][1][0]):
        made.unwrapped = rows[0][1][0].children
        return made
    cells = []
    for is_head, row in rows:
        made.faults += [fault for cell in row if (fault := _span(cell))]
        cells.append([made_cell for cell in row for made_cell in _cells(cell, is_head, blocks_of)])
    made.table = Table(cells)
    if not made.faults:
        made.faults += _uneven(made)
    return made


def _rows(element: Element) -> list[tuple[bool, list[Element]]]:
    """The rows that have cells, each with whether it is the one that heads the table."""
    found: list[tuple[bool, list[Element]]] = []
    for child in element.elements():
        group = child.elements() if child.name in _GROUPS else [child]
        for row in group:
            cells = [cell for cell in row.elements() if cell.name in ("td", "th")]
            if row.name == "tr" and cells:
                found.append((child.name == "thead" and not found, cells))
    return found


def _cells(
    cell: Element, is_head: bool, blocks_of: Callable[[Iterable[Element | str]], list[Block]]
) -> list[Cell]:
    """A cell, and the empty ones beside it over which Excel let its text run."""
    is_header = is_head or cell.name == "th"
    columns = number(cell.attributes.get("colspan", "1")) or 1 if _runs_over(cell) else 1
    empty = [Cell(is_header, [Paragraph("p", [])]) for _ in range(1, columns)]
    return [Cell(is_header, blocks_of([_bare(cell)]) or [Paragraph("p", [])]), *empty]


def _bare(cell: Element) -> Element:
    """A cell's content, with what its style says of the words."""
    style = {"style": cell.attributes.get("style", "")}
    return Element("div", style, cell.children)


def _runs_over(cell: Element) -> bool:
    return cell.style.get("mso-ignore") == "colspan"


def _span(cell: Element) -> str:
    """What is wrong with a cell that covers several, or an empty string."""
    across = number(cell.attributes.get("colspan", "1"))
    down = number(cell.attributes.get("rowspan", "1"))
    if (across in (None, 1) and down in (None, 1)) or (_runs_over(cell) and down in (None, 1)):
        return ""
    return (
        f"The cell {shown(cell.words)} of a table is merged over several columns or rows. "
        "Split it, so that every row has the same cells."
    )


def _uneven(made: Made) -> list[str]:
    assert made.table is not None
    first = len(made.table.rows[0])
    return [
        f"{made.name} is uneven: row {at} has {len(row)}, the first row {first} cells. Give every "
        "row the same cells."
        for at, row in enumerate(made.table.rows, 1)
        if len(row) != first
    ][:1]
