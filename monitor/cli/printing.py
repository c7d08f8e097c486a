"""Printing: lists that look alike, whichever command prints them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table


def print_list(headings: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A table under its headings; `empty` is said where there is no row."""
    from monitor.cli.output import find_paper, write_result
    from monitor.render.consoles import write_text

    lines = list(rows)
    if not lines:
        click.echo(empty)
        return
    table = make_table(headings)
    for line in lines:
        table.add_row(*line)
    write_result(write_text([table], find_paper()))


def make_table(headings: Sequence[str]) -> "Table":
    """An empty table in the style of all our lists."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
