"""`monitor note`: what came of trying to reach a patient."""

import click

from monitor.cli.acts import TREATMENT
from monitor.cli.context import writing


@click.command()
@click.argument("ref")
@click.argument("kind", type=click.Choice(["note", "reached", "unreachable", "declines"]))
@click.argument("text", required=False)
@TREATMENT
@click.pass_context
def note(ctx: click.Context, *, ref: str, kind: str, text: str | None, treatment: int | None) -> None:
    """Keep a note of a contact with a patient.

    "unreachable" and "declines" close no check: it stays due or overdue until somebody records or waives it.
    """
    from monitor.services import booking, enrolling

    with writing(ctx) as desk:
        booking.note_contact(desk, enrolling.get_treatment_id(desk, ref, treatment), kind=kind, text=text)
    click.echo(f"Noted for {ref}: {kind}.")
