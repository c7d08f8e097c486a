"""Printing: lists that look alike, at the width of the window, in colour only where somebody looks."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from monitor.render.consoles import Paper


def paper() -> "Paper":
    """What stdout is: as wide as the window (or COLUMNS), in colour on a terminal unless NO_COLOR is set."""
    from monitor.render.consoles import Paper

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return Paper(width=shutil.get_terminal_size((100, 24)).columns, colour=colour)


def print_list(headings: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A table under its headings; `empty` is said where there is no row."""
    from monitor.render.consoles import write_text

    lines = list(rows)
    if not lines:
        click.echo(empty)
        return
    table = make_table(headings)
    for line in lines:
        table.add_row(*line)
    click.echo(write_text([table], paper()), nl=False)


def make_table(headings: Sequence[str]) -> "Table":
    """An empty table in the style of all our lists."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
