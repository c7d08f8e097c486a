"""`monitor escalation`: overdue checks that ask somebody, and who says that they know."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from monitor.cli.acts import TREATMENT, read_rules
from monitor.cli.context import print_json, program_of, reading, say, writing
from monitor.cli.people import format_option
from monitor.cli.printing import print_list

if TYPE_CHECKING:
    from schedules.worklists import Line

ROLE = click.option("--role", type=click.Choice(["nurse", "clinician", "admin"]), help="Default: the highest asked.")
FAMILY = click.argument("rule_or_family", metavar="FAMILY_OR_RULE")


@click.group()
def escalation() -> None:
    """Overdue checks that ask a role, since when, and who knows. To know of it closes nothing."""


@escalation.command("list")
@click.option("--clinic", metavar="ID", help="Of this clinic only.")
@click.option("--unseen", is_flag=True, help="Only those of which somebody who is asked has not said that they know.")
@format_option
@click.pass_context
def list_(ctx: click.Context, *, clinic: str | None, unseen: bool, output_format: str) -> None:
    """Lines of the worklist with a step in force, most urgent first."""
    from monitor.services.escalating import list_escalations
    from schedules.worklists import Kind

    with reading(ctx) as desk:
        found = list_escalations(desk, clinic=clinic, unseen=unseen)
    lines = [line for line in found if line.kind is not Kind.FAILED]
    if output_format == "json":
        print_json([_as_json(line, program_of(ctx).config.language) for line in lines])
    else:
        print_list(
            ["Patient", "What", "Overdue", "Asked since", "Knows"],
            [_row(line, program_of(ctx).config.language) for line in lines],
            empty="Nothing is escalated." if not unseen else "Nothing is escalated that nobody knows of.",
        )
    failed = [line for line in found if line.kind is Kind.FAILED]
    for line in failed:
        say(f"Patient '{line.patient}' could not be computed ({line.failure}) and is missing. Run `monitor verify`.")
    if failed:
        sys.exit(1)


@escalation.command()
@click.argument("ref")
@click.argument("families", metavar="FAMILY[,FAMILY...]", callback=read_rules)
@click.option("--by-name", metavar="NAME", help="Who has seen it, where that is not you.")
@ROLE
@TREATMENT
@click.pass_context
def seen(
    ctx: click.Context, *, ref: str, families: list[str], by_name: str | None, role: str | None, treatment: int | None
) -> None:
    """Say that somebody of the role that is asked knows of it; of several families all are marked, or none.

    A nurse says so for nurses, a clinician for both, an administrator for those named with --by-name. It stays
    overdue until somebody records or waives it, or discharges the patient.
    """
    from monitor.services.enrolling import get_treatment_id
    from monitor.services.escalating import mark_seen
    from schedules.protocol import Role

    with writing(ctx) as desk:
        wanted = Role(role) if role else None
        treatment_id = get_treatment_id(desk, ref, treatment)
        marked = [mark_seen(desk, treatment_id, one, role=wanted, by_name=by_name) for one in families]
    for line, for_role, _ in marked:
        click.echo(f"Marked: a {for_role} knows of {line.family} of {ref}, {line.days_overdue} days overdue.")
        above = [one.role for one in line.unseen if one.role not in {for_role, *_below(for_role)}]
        if above:
            say(f"Still asked{f' for {line.family}' if len(marked) > 1 else ''}: {', '.join(above)}.")


@escalation.command()
@click.argument("ref")
@FAMILY
@ROLE
@click.option("--reason", required=True, help="Why; it stands in the history.")
@TREATMENT
@click.pass_context
def undo(
    ctx: click.Context, *, ref: str, rule_or_family: str, role: str | None, reason: str, treatment: int | None
) -> None:
    """Take back the latest mark; it stays in the history."""
    from monitor.services.enrolling import get_treatment_id
    from monitor.services.escalating import take_back_seen
    from schedules.protocol import Role

    with writing(ctx) as desk:
        wanted = Role(role) if role else None
        gone, _ = take_back_seen(
            desk, get_treatment_id(desk, ref, treatment), rule_or_family, reason=reason, role=wanted
        )
    click.echo(f"Taken back: that a {gone.role} knows of {gone.rule}/{gone.number} of {ref}.")


def _below(role: str) -> list[str]:
    from schedules.escalating import LADDER

    return list(LADDER[: [one.value for one in LADDER].index(role)])


def _row(line: Line, language: str) -> list[str]:
    from monitor.render.worklist_words import title_in

    missed = f", {line.missed} missed" if line.missed > 1 else ""
    return [
        line.patient,
        title_in(line.title, language),
        f"{line.days_overdue} days{missed}",
        "\n".join(f"{one.role} {one.began_on}" for one in line.raised),
        "\n".join(f"{one.role} {one.seen_on}: {one.seen_by}" for one in line.seen) or "NOBODY",
    ]


def _as_json(line: Line, language: str) -> dict[str, object]:
    from monitor.render.worklist_words import title_in

    unseen = {one.role for one in line.unseen}
    return {
        "patient": line.patient,
        "clinic": line.clinic,
        "treatment": line.treatment_id,
        "family": line.family,
        "title": title_in(line.title, language),
        "rule": line.first.rule,
        "number": line.first.number,
        "days_overdue": line.days_overdue,
        "missed": line.missed,
        "steps": [
            {
                "role": one.role,
                "since": one.began_on,
                "at_once": one.at_once_on is not None,
                "unseen": one.role in unseen,
            }
            for one in line.raised
        ],
        "seen": [{"role": one.role, "by": one.seen_by, "on": one.seen_on} for one in line.seen],
    }
