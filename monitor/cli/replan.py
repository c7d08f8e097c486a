"""`monitor replan`: plans brought up to a new protocol version or changed settings, one patient at a time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, program_of, say
from monitor.cli.printing import print_list
from monitor.cli.progress import counting

if TYPE_CHECKING:
    from monitor.services.replanning import Replanned


@click.command()
@click.argument("ref", required=False)
@click.option("--protocol", "protocol_id", metavar="ID", help="Only treatments that follow this protocol or overlay.")
@click.option("--reason", required=True, help="Why: a new version, a changed setting. It stands in the history.")
@click.option("--preview", is_flag=True, help="Show what would change, and keep nothing.")
@click.option("--confirm-losses", is_flag=True, help="Due or overdue checks may be withdrawn or postponed.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def replan(
    ctx: click.Context,
    *,
    ref: str | None,
    protocol_id: str | None,
    reason: str,
    preview: bool,
    confirm_losses: bool,
    output_format: str,
) -> None:
    """Plan one patient (REF) or all again: by the newest approved version, with today's settings.

    Each patient is kept or refused alone. A patient who would lose a due or overdue check is refused unless the
    losses are confirmed; exit 1 if anybody was refused.
    """
    from monitor.services.replanning import list_treatment_ids
    from monitor.services.replanning import replan as replan_one
    from schedules.errors import Refusal

    program, login = program_of(ctx), ctx.obj["login"]
    with program.reading(login) as desk:
        ids = list_treatment_ids(desk, reference=ref, protocol_id=protocol_id)
    done: list[Replanned] = []
    refused: list[tuple[int, Refusal]] = []
    with counting("Re-planning", len(ids)) as advance:
        for treatment_id in ids:
            try:
                with program.writing(login) as desk:
                    done.append(
                        replan_one(desk, treatment_id, reason=reason, preview=preview, confirmed=confirm_losses)
                    )
            except Refusal as refusal:
                if len(ids) == 1:
                    raise
                refused.append((treatment_id, refusal))
            advance(1)
    changed = [one for one in done if one.change]
    if output_format == "json":
        print_json([_as_json(one) for one in changed])
    else:
        _print(changed, len(done) - len(changed), preview=preview)
    for treatment_id, reason_given in refused:
        say(f"Treatment {treatment_id} was left as it is: {reason_given}")
    if refused:
        sys.exit(1)


def _print(changed: Sequence[Replanned], untouched: int, *, preview: bool) -> None:
    print_list(
        ["Clinic", "Patient", "Version", "Added", "Moved", "Withdrawn", "Lost"],
        [(one.clinic_id, one.reference, one.new_version or "", *map(str, _counts(one))) for one in changed],
        empty="Every plan is up to date.",
    )
    for one in changed:
        for key, standing in one.change.losses if one.change else ():
            say(f"{one.reference}: {key}, due {standing.due_on}, {'would be' if preview else 'was'} lost.")
    verb = "would change" if preview else "changed"
    click.echo(f"{len(changed)} {verb}, {untouched} untouched.{' Nothing was kept.' if preview else ''}")


def _counts(one: Replanned) -> tuple[int, int, int, int]:
    assert one.change is not None
    difference = one.change.difference
    return len(difference.added), len(difference.moved), len(difference.withdrawn), len(one.change.losses)


def _as_json(one: Replanned) -> dict[str, object]:
    assert one.change is not None
    difference = one.change.difference
    return {
        "clinic": one.clinic_id,
        "patient": one.reference,
        "treatment": one.treatment_id,
        "version": one.new_version,
        "added": [{"check": str(key), "due_on": new.due_on} for key, new in difference.added],
        "moved": [
            {"check": str(pair.key), "before": pair.before.due_on, "after": pair.after.due_on}
            for pair in difference.moved
        ],
        "withdrawn": [{"check": str(key), "due_on": old.due_on} for key, old in difference.withdrawn],
        "losses": [{"check": str(key), "due_on": old.due_on} for key, old in one.change.losses],
    }
