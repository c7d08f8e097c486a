"""Pages: the headings and indents that every text of this program shares."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

MARGIN = 2


def indented(part: RenderableType, by: int = MARGIN) -> Padding:
    return Padding(part, (0, 0, 0, by))


def section(title: str, *parts: RenderableType) -> Iterator[RenderableType]:
    """A blank line, an underlined title and the parts below it."""
    yield Text("")
    yield Text(title, "bold underline")
    for part in parts:
        yield indented(part)


def bullets(lines: Iterable[tuple[Text | str, Text | str]]) -> Table:
    """Lines that each hang on a mark, however long they are."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    for mark, line in lines:
        table.add_row(mark, line)
    return table


def facts(lines: Iterable[tuple[str, Text | str]]) -> Table:
    """Names on the left, what they are on the right."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, fact in lines:
        table.add_row(name, fact)
    return table
