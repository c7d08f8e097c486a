"""Output: results go to stdout or whole into a file, talk to stderr, colour only to people who can see it."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.render.consoles import Paper

SHAPES = "●◇▲■▼▽°–"
STAND_INS = str.maketrans({"–": "-", "·": "|", "“": '"', "”": '"', "„": '"', "…": "...", "°": "o"})
"""For terminals that know neither UTF-8 nor these."""


def find_paper(output: Path | None = None) -> "Paper":
    """What the result is written on: as wide as the window (or COLUMNS, or 80), in colour on a terminal only.

    NO_COLOR and dumb terminals get none, and neither does a file; where shapes cannot be shown, ASCII stands in.
    """
    from monitor.render.consoles import Paper

    width = shutil.get_terminal_size((80, 24)).columns
    if output is not None:
        return Paper(width)
    wants_none = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Paper(width, colour=sys.stdout.isatty() and not wants_none, plain=not _can_show(SHAPES))


def write_result(result: str | bytes, output: Path | None = None) -> None:
    """To stdout, or to the file. Refuses a file that cannot be written."""
    if output is None:
        if isinstance(result, str) and not _can_show(result):
            result = result.translate(STAND_INS).encode(sys.stdout.encoding or "utf-8", "replace")
        click.echo(result, nl=False)
        return
    from schedules.errors import Unacceptable

    try:
        output.write_bytes(result.encode() if isinstance(result, str) else result)
    except OSError as error:
        sentence = f"The file {output} cannot be written: {error.strerror}."
        raise Unacceptable(sentence, "Name another file with --output.") from error
    talk(f"Written: {output}")


def talk(sentence: str) -> None:
    click.echo(sentence, err=True)


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
