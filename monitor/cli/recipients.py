"""`monitor recipient`: who gets the digest, at which address, confirmed by whoever reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, program_of, reading, say, writing
from monitor.cli.people import format_option
from monitor.cli.printing import print_list

if TYPE_CHECKING:
    from monitor.services.recipients import Listed

LOGIN = click.argument("login")
ADDRESS_HELP = "Where it goes; several people may share a ward's mailbox, and each confirms."
HOME_HELP = "The clinic whose day and hour are those of the digest; one of the clinics."
CLINIC_HELP = "A clinic that the digest is about; repeatable."
PHYSICIAN_HELP = "The responsible physician, whom an escalation reaches last; must be a clinician."


@click.group()
def recipient() -> None:
    """Who gets the digest. Nothing goes to an address that nobody has confirmed."""


@recipient.command()
@LOGIN
@click.option("--address", required=True, help=ADDRESS_HELP)
@click.option("--home", required=True, metavar="CLINIC", help=HOME_HELP)
@click.option("--clinic", "clinics", multiple=True, metavar="ID", help=f"{CLINIC_HELP}  [default: all they may see]")
@click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: the language of the settings.")
@click.option("--weekly", is_flag=True, help="A weekly summary, too.")
@click.option("--attach-worklist", is_flag=True, help="With the worklist as a CSV file.")
@click.option("--physician", is_flag=True, help=PHYSICIAN_HELP)
@click.pass_context
def add(
    ctx: click.Context, *, login: str, address: str, home: str, clinics: tuple[str, ...], language: str | None,
    weekly: bool, attach_worklist: bool, physician: bool,
) -> None:  # fmt: skip
    """Let a person get the digest (administrators only). A mail with a code goes to the address first."""
    from monitor.services.recipients import Choices, add_recipient

    choices = Choices(address, home, clinics, language, weekly, attach_worklist, physician)
    with writing(ctx) as desk:
        added = add_recipient(desk, program_of(ctx).config, login, choices)
    click.echo(f"Added {login}: {', '.join(sorted(added.clinic_ids))}; home {added.clinic_id}.")
    _say_confirm(login)


@recipient.command()
@LOGIN
@click.option("--address", help=ADDRESS_HELP)
@click.option("--home", metavar="CLINIC", help=HOME_HELP)
@click.option("--clinic", "clinics", multiple=True, metavar="ID", help=f"{CLINIC_HELP} Replaces those before.")
@click.option("--lang", "language", type=click.Choice(["en", "de"]))
@click.option("--weekly/--no-weekly", default=None, help="A weekly summary, too, or not.")
@click.option("--attach-worklist/--no-attach-worklist", default=None, help="With the worklist as a CSV file, or not.")
@click.option("--physician/--no-physician", default=None, help=PHYSICIAN_HELP)
@click.pass_context
def change(
    ctx: click.Context, *, login: str, address: str | None, home: str | None, clinics: tuple[str, ...],
    language: str | None, weekly: bool | None, attach_worklist: bool | None, physician: bool | None,
) -> None:  # fmt: skip
    """Change some of it and leave the rest (administrators only). A new address has to be confirmed anew."""
    from monitor.services.recipients import Choices, change_recipient, describe

    choices = Choices(address, home, clinics, language, weekly, attach_worklist, physician)
    with writing(ctx) as desk:
        changed, is_moved = change_recipient(desk, program_of(ctx).config, login, choices)
    click.echo(f"Changed {describe(changed)}.")
    if is_moved:
        _say_confirm(login)


@recipient.command("list")
@format_option
@click.pass_context
def list_(ctx: click.Context, *, output_format: str) -> None:
    """Who gets the digest of the clinics that you may see."""
    from monitor.services.recipients import list_recipients

    with reading(ctx) as desk:
        found = list_recipients(desk)
    if output_format == "json":
        print_json([_as_json(one) for one in found])
        return
    print_list(
        ["Login", "Address", "Clinics", "Gets", "Confirmed", "Last sent (UTC)"],
        [_row(one) for one in found],
        empty="Nobody gets the digest yet: `monitor recipient add LOGIN --address A --home CLINIC`.",
    )


@recipient.command()
@LOGIN
@click.argument("code")
@click.pass_context
def confirm(ctx: click.Context, *, login: str, code: str) -> None:
    """Say that somebody reads the address: with the code from the mail that went there."""
    from monitor.services.confirming import confirm as confirm_code
    from monitor.services.confirming import wrong_code

    with writing(ctx) as desk:
        is_right = confirm_code(desk, login, code)
    if not is_right:  # only now: the try has to stay in the record
        raise wrong_code(login)
    click.echo(f"Confirmed: {login} gets the digest from now on.")


@recipient.command("resend-code")
@LOGIN
@click.pass_context
def resend_code(ctx: click.Context, *, login: str) -> None:
    """Send a new code; the one before counts no more."""
    from monitor.services.confirming import resend_code as resend

    with writing(ctx) as desk:
        resend(desk, program_of(ctx).config, login)
    _say_confirm(login)


@recipient.command()
@LOGIN
@click.option("--reason", required=True, help="Why; it stands in the history.")
@click.pass_context
def leave(ctx: click.Context, *, login: str, reason: str) -> None:
    """Get no digest any more: your own, or as an administrator anybody's.

    Refused to everybody where a clinic would be left without a confirmed recipient.
    """
    from monitor.services.recipients import leave as let_go

    with writing(ctx) as desk:
        let_go(desk, login, reason=reason)
    click.echo(f"{login} gets no digest any more.")


def _say_confirm(login: str) -> None:
    say("A mail with a code goes out while `monitor serve` or `monitor jobs` runs; nothing else does before that:")
    say(f"  monitor recipient confirm {login} CODE")


def _row(one: Listed) -> list[str]:
    known = one.recipient
    home_first = sorted(one.clinic_ids, key=lambda clinic_id: (clinic_id != known.clinic_id, clinic_id))
    gets = ["daily", *(["weekly"] if known.is_weekly else []), *(["worklist"] if known.attaches_worklist else [])]
    return [
        known.login + (" (physician)" if known.is_physician else ""),
        known.address,
        ", ".join(home_first) or "none",
        ", ".join([*gets, known.language]),
        f"{known.confirmed_at:%Y-%m-%d}" if known.is_confirmed and known.confirmed_at else "NOT YET",
        f"{one.sent_at:%Y-%m-%d %H:%M}" if one.sent_at else "never",
    ]


def _as_json(one: Listed) -> dict[str, object]:
    known = one.recipient
    return {
        "login": known.login,
        "address": known.address,
        "home": known.clinic_id if known.clinic_id in one.clinic_ids else None,
        "clinics": list(one.clinic_ids),
        "language": known.language,
        "weekly": known.is_weekly,
        "attach_worklist": known.attaches_worklist,
        "physician": known.is_physician,
        "confirmed": known.is_confirmed,
        "confirmed_at": known.confirmed_at if known.is_confirmed else None,
        "last_sent_at": one.sent_at,
    }
