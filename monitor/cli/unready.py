"""Unready: the program for those commands that work where its database is missing, old or damaged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.bootstrap import Program


def unready_program_of(ctx: click.Context) -> Program:
    """As `program_of`, but nothing is asked of the database."""
    from monitor.bootstrap import assemble
    from monitor.config import load_config

    if "program" not in ctx.obj:
        path = ctx.obj["config_path"]
        ctx.obj["program"] = assemble(load_config(Path(path) if path else None, os.environ))
    program: Program = ctx.obj["program"]
    return program
