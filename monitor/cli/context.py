"""What the commands share: the program behind them, days from the shell, and the two output formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from monitor.bootstrap import Program
    from monitor.services.desk import Desk


class Day(click.ParamType[date]):
    """A day in ISO form: 2024-01-08."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a day; write it as 2024-01-08", param, ctx)


DAY = Day()


def program_of(ctx: click.Context) -> Program:
    """The program, opened once for a command."""
    from monitor.bootstrap import open_program  # here, so that `--help` need not wait for it

    if "program" not in ctx.obj:
        path = ctx.obj["config_path"]
        ctx.obj["program"] = open_program(Path(path) if path else None)
    program: Program = ctx.obj["program"]
    return program


@contextmanager
def writing(ctx: click.Context) -> Iterator[Desk]:
    """A desk that may write; the block's end commits."""
    with program_of(ctx).writing(ctx.obj["login"]) as desk:
        yield desk


@contextmanager
def reading(ctx: click.Context) -> Iterator[Desk]:
    """A desk that only looks."""
    with program_of(ctx).reading(ctx.obj["login"]) as desk:
        yield desk


def say(text: str) -> None:
    """Talk, on stderr, so that stdout holds results alone."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
