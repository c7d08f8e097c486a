"""`monitor letter`: what was mailed, to whom and how it ended, and a second try where it did not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, reading, say, writing
from monitor.cli.output import write_result
from monitor.cli.printing import print_list

if TYPE_CHECKING:
    from datetime import datetime

    from db.outbox import KeptLetter

STATES = ["planned", "claimed", "handoff", "sent", "unknown", "dead", "skipped"]


@click.group()
def letter() -> None:
    """List, show, send again and settle what was mailed (administrators only)."""


@letter.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only letters of this state; "
              "repeatable.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 10_000), default=14, show_default=True, help="Planned since then.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def list_command(ctx: click.Context, *, states: tuple[str, ...], days: int, output_format: str) -> None:
    """What was mailed, the newest first."""
    from db.letters import LetterState
    from monitor.services.letters import list_letters

    with reading(ctx) as desk:
        found = list_letters(desk, days=days, states=[LetterState(one) for one in states])
    if output_format == "json":
        print_json([_as_json(one) for one in found])
        return
    print_list(
        ["No", "Day", "Kind", "To", "State", "When (UTC)", "Subject or fault"],
        [_as_row(one) for one in found],
        empty=f"No letter {'of this state ' if states else ''}was planned in the last {days} days.",
    )


@letter.command("show")
@click.argument("letter_id", metavar="NUMBER", type=int)
@click.option("--raw", is_flag=True, help="The bytes as they went out.")
@click.pass_context
def show(ctx: click.Context, *, letter_id: int, raw: bool) -> None:
    """The message that was stored, as its reader sees it."""
    from monitor.mail.reading import read_letter
    from monitor.services.letters import get_body, get_letter

    with reading(ctx) as desk:
        found = get_letter(desk, letter_id)
        body = get_body(desk, letter_id)
    say(_story(found))
    write_result(body if raw else read_letter(body))


@letter.command("send")
@click.argument("letter_id", metavar="NUMBER", type=int)
@click.option("--reason", help="Why, for the history.")
@click.pass_context
def send(ctx: click.Context, *, letter_id: int, reason: str | None) -> None:
    """Send a letter that has ended once more: the same message, under the same Message-ID."""
    from monitor.services.letters import send_again

    with writing(ctx) as desk:
        before = send_again(desk, letter_id, reason=reason)
    click.echo(f"Letter {before.id} for {before.login}, which was {before.state}, goes out again with the next look.")


@letter.command("settle")
@click.argument("letter_id", metavar="NUMBER", type=int)
@click.option("--reason", required=True, help="What was done about it.")
@click.pass_context
def settle(ctx: click.Context, *, letter_id: int, reason: str) -> None:
    """Say that a letter which did not arrive is dealt with; nobody is warned of it any more."""
    from monitor.services import letters

    with writing(ctx) as desk:
        before = letters.settle(desk, letter_id, reason=reason)
    click.echo(f"Letter {before.id} for {before.login} is settled; it stays {before.state}.")


def _as_row(one: KeptLetter) -> tuple[str, ...]:
    state = f"{one.state}, settled" if one.settled_at else str(one.state)
    told = one.fault if one.fault and one.state != "sent" else one.subject
    when = one.ended_at or (one.not_before if one.attempts else one.planned_at)
    return (str(one.id), str(one.day), one.kind, one.login, state, f"{when:%m-%d %H:%M}", told)


def _story(one: KeptLetter) -> str:
    parts = [f"Letter {one.id} ({one.kind}, {one.day}) for {one.login}: {one.state}"]
    if one.ended_at:
        parts.append(f"at {_minute(one.ended_at)} UTC")
    if one.attempts:
        parts.append(f"after {one.attempts} attempt{'' if one.attempts == 1 else 's'}")
    sentence = " ".join(parts) + "."
    return f"{sentence} {one.fault}." if one.fault else sentence


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _as_json(one: KeptLetter) -> dict[str, object]:
    return {
        "id": one.id, "key": one.key, "kind": one.kind, "login": one.login, "clinic": one.clinic_id, "day": one.day,
        "address": one.address, "subject": one.subject, "message_id": one.message_id, "state": one.state,
        "planned_at": one.planned_at.isoformat(), "not_before": one.not_before.isoformat(), "attempts": one.attempts,
        "ended_at": one.ended_at and one.ended_at.isoformat(), "fault": one.fault,
        "settled_at": one.settled_at and one.settled_at.isoformat(), "has_body": one.has_body,
    }  # fmt: skip
