"""`monitor feed`: a patient's calendar as a file."""

from pathlib import Path

import click

from monitor.cli.acts import TREATMENT
from monitor.cli.context import program_of, reading, say
from monitor.cli.output import write_result


@click.group()
def feed() -> None:
    """Write a patient's calendar. It is a convenience; worklist and digest are the safety net."""


@feed.command()
@click.argument("ref")
@TREATMENT
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file.")
@click.option("--detail", is_flag=True, help="Name what is tested; only if the patient asked for it.")
@click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: the patient's language.")
@click.pass_context
def render(
    ctx: click.Context, *, ref: str, treatment: int | None, output: Path | None, detail: bool, language: str | None
) -> None:
    """Write the visits as all-day entries. The same record gives the same file, and no visit appears twice.

    Titles name no drug, no illness and, without --detail, no test.
    """
    from monitor.render.calendar import render_calendar
    from monitor.services.feeds import get_feed

    config = program_of(ctx).config
    with reading(ctx) as desk:
        found = get_feed(desk, ref, treatment, language=language or config.language)
    calendar = render_calendar(
        found.entries,
        name=config.feed.name,
        language=language or found.language or config.language,
        zone=found.zone,
        contact=config.feed.contact,
        detail=detail,
        urine_advice=found.urine_advice,
    )
    write_result(calendar, output)
    if output:
        say("A phone that imports this file keeps a copy; it does not follow later changes.")
