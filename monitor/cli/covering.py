"""`monitor cover`: who is away on which days, and whose digest contains theirs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from monitor.cli.context import DAY, print_json, reading, say, writing
from monitor.cli.people import format_option
from monitor.cli.printing import print_list

if TYPE_CHECKING:
    from monitor.services.covering import Covered


@click.group()
def cover() -> None:
    """Who is away, and who stands in: the deputy's digest contains theirs."""


@cover.command()
@click.argument("login")
@click.option("--from", "from_on", type=DAY, required=True, help="The first day away.")
@click.option("--until", "until_on", type=DAY, required=True, help="The last day away.")
@click.option("--deputy", metavar="LOGIN", help="Who stands in: gets the digest, sees the same clinics, and is there.")
@click.option("--reason", help="Why; it stands in the history.")
@click.pass_context
def add(
    ctx: click.Context, *, login: str, from_on: date, until_on: date, deputy: str | None, reason: str | None
) -> None:
    """Note days away: your own, or as an administrator anybody's."""
    from monitor.services.covering import add_cover

    with writing(ctx) as desk:
        added = add_cover(desk, login, from_on=from_on, until_on=until_on, deputy=deputy, reason=reason)
    click.echo(f"Noted (cover {added.cover.id}): {login} is away from {from_on} to {until_on}.")
    if deputy:
        click.echo(f"Their digest comes with that of {deputy}.")
    else:
        click.echo("NOBODY stands in: the digest tells administrators every morning. Better name a --deputy.")
    for one in added.left_without:
        say(f"Warning: {login} was to stand in for {one} on some of these days. Name another deputy for {one}.")


@cover.command("list")
@format_option
@click.pass_context
def list_(ctx: click.Context, *, output_format: str) -> None:
    """Who is or will be away, of the clinics that you may see."""
    from monitor.services.covering import list_covers

    with reading(ctx) as desk:
        found = list_covers(desk)
    if output_format == "json":
        print_json([_as_json(one) for one in found])
        return
    print_list(
        ["Cover", "Away", "From", "Until", "Deputy"],
        [
            (str(one.cover.id), one.login, str(one.cover.from_on), str(one.cover.until_on), one.deputy or "NOBODY")
            for one in found
        ],
        empty="Nobody is noted as away.",
    )


@cover.command()
@click.argument("cover_id", metavar="COVER", type=int)
@click.option("--reason", required=True, help="Why; it stands in the history.")
@click.pass_context
def undo(ctx: click.Context, *, cover_id: int, reason: str) -> None:
    """Take back that somebody is away; `monitor cover list` shows the numbers."""
    from monitor.services.covering import undo_cover

    with writing(ctx) as desk:
        gone = undo_cover(desk, cover_id, reason=reason)
    click.echo(f"Taken back: {gone.login} is not away from {gone.cover.from_on} to {gone.cover.until_on}.")


def _as_json(one: Covered) -> dict[str, object]:
    return {
        "id": one.cover.id,
        "login": one.login,
        "from": one.cover.from_on,
        "until": one.cover.until_on,
        "deputy": one.deputy,
    }
