"""Protocol lists: what an installation can plan with, one line for each file."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from monitor.render.consoles import Paper, write_text
from monitor.render.protocol_rules import choose
from monitor.render.protocol_words import say
from schedules.protocol import Overlay, Protocol

Listed = Iterable[tuple[str, Protocol | Overlay]]
"""File names and what the files say."""


def render_list(files: Listed, *, language: str, paper: Paper) -> str:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("ID", no_wrap=True)
    for key in ("version", "kind", "title"):
        table.add_column(say(f"column-{key}", language), overflow="fold", no_wrap=key == "version")
    for _, file in files:
        kind = say(file.kind, language)
        if file.status == "draft":
            kind = f"{kind}, {say('column-draft', language)}"
        table.add_row(Text(file.id, "bold"), file.version, kind, choose(file, file.title, language))
    return write_text([table], paper)


def list_as_data(files: Listed, *, language: str) -> list[dict[str, Any]]:
    return [
        {
            "id": file.id,
            "version": file.version,
            "kind": file.kind,
            "status": file.status,
            "title": choose(file, file.title, language),
            "file": name,
        }
        for name, file in files
    ]
