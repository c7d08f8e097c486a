"""`monitor worklist`: what needs a nurse today, or needed one on an earlier day."""

import io
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.context import DAY, program_of, reading, say
from monitor.cli.output import find_paper, write_result

if TYPE_CHECKING:
    from schedules.worklists import Entry, Line

STATES = ["overdue", "due", "open", "not-seen", "unconfirmed"]


@click.command()
@click.option("--as-of", type=DAY, help="The worklist of another day: of a past one, with what was known by its end.")
@click.option("--clinic", metavar="ID", help="Of this clinic only.")
@click.option("--state", type=click.Choice(STATES), help="Only lines of this state.")
@click.option("--rule", metavar="ID", help="Only checks of this rule or family.")
@click.option("--unbooked", is_flag=True, help="Only where no day to come is agreed with the patient.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "csv", "xlsx"]),
    default="table",
    show_default=True,
    help="json, csv and xlsx have one entry for each open check; the table has one line a visit.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file.")
@click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: the language of the settings.")
@click.pass_context
def worklist(
    ctx: click.Context,
    *,
    as_of: date | None,
    clinic: str | None,
    state: str | None,
    rule: str | None,
    unbooked: bool,
    output_format: str,
    output: Path | None,
    language: str | None,
) -> None:
    """What needs a nurse, most urgent first.

    Overdue checks stay until somebody records, waives or supersedes them, or discharges the patient. A booking hides
    nothing.
    """
    from monitor.services import worklist as service
    from schedules.worklists import Kind, choose, entries

    if output_format == "xlsx" and output is None:
        raise click.UsageError("--format xlsx needs a file: add --output FILE.")
    from monitor.services.health import list_ailments, summarise

    config = program_of(ctx).config
    spoken = language or config.language
    with reading(ctx) as desk:
        clinics = service.clinics_of(desk, clinic)
        lines = service.list_lines(
            desk, clinic=clinic, rule=rule, unbooked=unbooked, as_of=as_of, seen_within=config.seen_within_working_days
        )
        day = as_of or max((desk.today[one.id] for one in clinics), default=desk.at.date())
        ailing = summarise(list_ailments(desk, config)) if desk.actor.role == "admin" else ""
    if ailing:
        say(ailing)
    if output_format == "table":
        chosen, asked = choose(lines, state=state), bool(state or rule or unbooked)
        names = [one.name for one in clinics]
        write_result(_table(chosen, names, day, language=spoken, output=output, is_choice=asked), output)
        return
    write_result(_file(entries(lines, state=state, rule=rule), output_format, spoken), output)
    failed = [line for line in lines if line.kind is Kind.FAILED]
    for line in failed:
        say(f"Patient '{line.patient}' could not be computed ({line.failure}) and is missing. Run `monitor verify`.")
    if failed:
        sys.exit(1)


def _table(
    lines: "Sequence[Line]",
    clinics: Sequence[str],
    day: date,
    *,
    language: str,
    output: Path | None,
    is_choice: bool,
) -> str:
    from monitor.render.worklist import render_table

    paper = find_paper(output)
    return render_table(lines, clinics=clinics, day=day, language=language, paper=paper, is_choice=is_choice)


def _file(found: "Sequence[Entry]", output_format: str, language: str) -> str | bytes:
    from monitor.render.tables import write_csv, write_xlsx
    from monitor.render.worklist import as_json, as_rows

    match output_format:
        case "json":
            return json.dumps(as_json(found, language), ensure_ascii=False, indent=2, default=str) + "\n"
        case "csv":
            text = io.StringIO()
            write_csv(as_rows(found, language), text)
            return text.getvalue()
        case _:
            book = io.BytesIO()
            write_xlsx(as_rows(found, language), book)
            return book.getvalue()
