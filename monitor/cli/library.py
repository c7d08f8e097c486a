"""Library: the protocol files that the command line works with, without a database."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.protocols import Library


def find_config(ctx: click.Context) -> "Config | None":
    """The configuration where there is one; a plan needs none, and reading none is faster."""
    path = ctx.find_root().obj["config_path"] if ctx.find_root().obj else None
    named = path or any(key.startswith("MONITOR_") and key != "MONITOR_BY" for key in os.environ)
    if not named and not Path("config.yaml").exists():
        return None
    from monitor.config import load_config

    return load_config(Path(path) if path else None, os.environ)


def open_library(config: "Config | None") -> "Library":
    """The built-in protocols and those of the configured directories."""
    from monitor.protocols import load_files

    return load_files(config.protocols.directories if config else ())
