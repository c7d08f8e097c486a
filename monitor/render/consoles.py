"""Consoles: rich text at a given width becomes one string, with colours or without a single control character."""

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, RenderableType

NARROWEST = 60


@dataclass(frozen=True, slots=True)
class Paper:
    """What a text is written on. Without `colour` it holds no escape codes; `plain` keeps shapes to ASCII."""

    width: int = 80
    colour: bool = False
    plain: bool = False

    @property
    def columns(self) -> int:
        return max(self.width, NARROWEST)

    @property
    def is_wide(self) -> bool:
        return self.width >= 110


def write_text(parts: Iterable[RenderableType], paper: Paper) -> str:
    """The parts one below the other, at least 60 columns wide, without blanks at the ends of lines."""
    console = Console(
        file=StringIO(),
        width=paper.columns,
        force_terminal=paper.colour,
        color_system="standard" if paper.colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},  # what the shell says about colours and columns is in `paper` already
    )
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
