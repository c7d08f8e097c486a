"""`monitor history`: what was done of late, and where the chain ends that vouches for it."""

from __future__ import annotations

import click

from monitor.cli.context import print_json, reading, writing
from monitor.cli.printing import print_list


@click.group()
def history() -> None:
    """Who did what and when, line by line, each chained to the one before (`monitor verify` checks that)."""


@history.command("list")
@click.option("--days", type=click.IntRange(1, 36_500), default=7, show_default=True, help="So many days back.")
@click.option("--person", metavar="LOGIN", help="Only what this person did.")
@click.option("--act", metavar="ACT", help="Only acts of this name, such as done, waive or backup.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def list_history(ctx: click.Context, *, days: int, person: str | None, act: str | None, output_format: str) -> None:
    """Print what was done of late (administrators only); references and days, no name, reason or result."""
    from monitor.services.chaining import list_recent

    with reading(ctx) as desk:
        found = list_recent(desk, days=days, login=person, act=act)
    if output_format == "json":
        print_json(
            [
                {"line": deed.id, "at": deed.at.isoformat(), "person": deed.login, "act": deed.act,
                 "patient": reference, "treatment": deed.treatment_id, "subject": deed.subject}
                for deed, reference in found
            ]
        )  # fmt: skip
        return
    rows = [
        (str(deed.id), f"{deed.at:%Y-%m-%d %H:%M}", deed.login, deed.act, reference or "", deed.subject or "")
        for deed, reference in found
    ]
    print_list(["Line", "At (UTC)", "Person", "Act", "Patient", "Subject"], rows, empty="Nothing was done.")


@history.command()
@click.pass_context
def head(ctx: click.Context) -> None:
    """Print where the chain ends, as POSITION:MAC. Whoever keeps it elsewhere can show later that nothing was cut off.

    `monitor verify --head POSITION:MAC` compares.
    """
    from monitor.services.chaining import find_head

    with reading(ctx) as desk:
        click.echo(str(find_head(desk)))


@history.command()
@click.option("--reason", required=True, help="Why these lines had no link.")
@click.pass_context
def seal(ctx: click.Context, reason: str) -> None:
    """Chain lines that have no link (administrators only), as an older version leaves them during an upgrade.

    Look at them first: `monitor verify` names them, and a line that somebody put in by hand has no link either.
    """
    from monitor.services.chaining import seal_unsealed

    with writing(ctx) as desk:
        ids = seal_unsealed(desk, reason=reason)
    if not ids:
        click.echo("Every line of the history has its link; nothing was done.")
        return
    click.echo(f"Chained {len(ids)} line{'' if len(ids) == 1 else 's'} of the history, from {ids[0]} to {ids[-1]}.")
