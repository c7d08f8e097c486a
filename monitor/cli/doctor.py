"""`monitor doctor`: what is wrong, how bad it is, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json
from monitor.cli.output import find_paper
from monitor.cli.unready import unready_program_of

if TYPE_CHECKING:
    from monitor.bootstrap import Program
    from monitor.services.found import Finding

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


@click.command()
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def doctor(ctx: click.Context, output_format: str) -> None:
    """Look for what is wrong and say what to do; exit 1 if there is an error.

    Looks at the configuration, the protocol files, the database, the clocks, the backups, the jobs and their mail and,
    for the person who is named with --by, the clinics and patients.
    """
    findings = list(_look(ctx))
    findings.sort(key=lambda one: list(STYLES).index(one.weight))
    if output_format == "json":
        print_json([_as_json(one) for one in findings])
    else:
        _print(findings)
    if any(one.weight == "error" for one in findings):
        sys.exit(1)


def _look(ctx: click.Context) -> Iterator[Finding]:
    """From the outside to the inside; where one step fails, what needs it is left out."""
    from db.migrate import require_current, sqlite_file
    from monitor.config import ConfigRefused
    from monitor.services.examining import examine_machine, refusal_as_finding
    from monitor.services.found import Finding, Weight
    from schedules.errors import Refusal

    try:
        program = unready_program_of(ctx)
    except ConfigRefused as refusal:
        for problem in refusal.problems:
            yield Finding("config-problems", Weight.ERROR, str(problem), refusal.next_step)
        return
    yield from examine_machine(program.config, sqlite_file(program.engine))
    try:
        require_current(program.engine)
    except Refusal as refusal:
        yield refusal_as_finding(_id_of(program), refusal)
        return
    yield from _look_into(program, ctx.obj["login"])


def _id_of(program: Program) -> str:
    from db.migrate import NotReady, current_revision

    try:
        return "db-missing" if current_revision(program.engine) is None else "schema-old"
    except NotReady:
        return "db-unreachable"


def _look_into(program: Program, login: str | None) -> Iterator[Finding]:
    from monitor.services.examining import examine_record
    from monitor.services.found import Finding, Weight
    from monitor.services.health import list_ailments, list_cautions
    from schedules.errors import NotAllowed

    with program.reading_for_program() as desk:
        health = [*list_ailments(desk, program.config), *list_cautions(desk, program.config)]
    yield from health
    try:
        with program.reading(login) as desk:
            yield from list(examine_record(desk, program.config))
    except NotAllowed as refusal:
        sentence = f"The record was not examined. {refusal.sentence}"
        yield Finding("nobody-named", Weight.WARNING, sentence, refusal.next_step)


def _as_json(one: Finding) -> dict[str, object]:
    return {
        "id": one.id,
        "severity": one.weight,
        "clinic": one.clinic_id,
        "sentence": one.sentence,
        "hint": one.hint,
        "patients": one.references,
    }


def _print(findings: list[Finding]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from monitor.render.consoles import write_text

    if not findings:
        click.echo("Nothing found: all is well.")
        return
    parts: list[Text | Padding] = []
    for one in findings:
        place = f"  {one.clinic_id}" if one.clinic_id else ""
        parts.append(Text.assemble((one.weight.upper(), STYLES[one.weight]), f"  {one.id}{place}"))
        parts.append(Padding(Text(one.sentence), (0, 0, 0, 2)))
        if one.hint:
            parts.append(Padding(Text(f"→ {one.hint}"), (0, 0, 0, 2)))
        parts.append(Text(""))
    counts = [sum(one.weight == weight for one in findings) for weight in STYLES]
    parts.append(Text(f"{counts[0]} errors, {counts[1]} warnings, {counts[2]} notes"))
    click.echo(write_text(parts, find_paper()), nl=False)
