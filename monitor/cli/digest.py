"""`monitor digest`: the morning summary, as it would be sent."""

import json
from datetime import date
from pathlib import Path

import click

from monitor.cli.context import DAY, program_of, reading
from monitor.cli.output import write_result
from schedules.errors import Unacceptable


@click.command()
@click.option("--date", "day", type=DAY, help="The digest of another day: of a past one, as it was known by its end.")
@click.option("--clinic", metavar="ID", help="Of this clinic only.")
@click.option("--dry-run", is_flag=True, help="Print it and send nothing.")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "html", "json"]), default="text", show_default=True
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file.")
@click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: that of the settings.")
@click.pass_context
def digest(
    ctx: click.Context,
    *,
    day: date | None,
    clinic: str | None,
    dry_run: bool,
    output_format: str,
    output: Path | None,
    language: str | None,
) -> None:
    """What the clinics need to know this morning: that everybody was looked at, and what needs somebody.

    Only local references stand in it, never a name.
    """
    from monitor.render.digest import as_html, as_json, as_text, compose
    from monitor.services.digest import make_digest

    if not dry_run:
        raise Unacceptable(
            "Sending the digest is not set up in this installation, so nothing was sent.",
            "See what it would say with `monitor digest --dry-run`.",
        )
    config = program_of(ctx).config
    spoken = language or config.language
    with reading(ctx) as desk:
        parts = make_digest(desk, day=day, clinic=clinic, seen_within=config.seen_within_working_days)
        on = day or max((one.day for one in parts), default=desk.at.date())
    match output_format:
        case "json":
            data = as_json(parts, day=on, language=spoken)
            result = json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"
        case "html":
            result = as_html(compose(parts, day=on, language=spoken), language=spoken)
        case _:
            result = as_text(compose(parts, day=on, language=spoken))
    write_result(result, output)
