"""`monitor feed`: secret addresses of calendars and patients' pages, and a calendar as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from monitor.cli.acts import TREATMENT, format_option
from monitor.cli.context import print_json, program_of, reading, say, writing
from monitor.cli.output import write_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.services.addresses import Issued, Listed

BEFORE_CONSENT = (
    "Tell the patient before you go on: the programs that fetch a calendar - Apple, Google, Microsoft or others -\n"
    "keep copies of it on their computers, and whoever has the address can read the dates. Titles name no drug, no\n"
    "illness and no test unless the patient chooses it. A calendar may be a day late, and it replaces no call."
)
ID = click.argument("address_id", metavar="ID", type=int)
REASON = click.option("--reason", required=True, help="Why; it stands in the history.")


@click.group()
def feed() -> None:
    """Calendars to subscribe to, and patients' pages. A convenience; worklist and digest are the safety net."""


@feed.command()
@click.argument("ref", required=False)
@click.option(
    "--label", required=True, help='What tells it from others, such as "own phone" or "practice Dr. Example".'
)
@click.option("--consent", is_flag=True, help="The patient was told that calendar providers keep copies, and agreed.")
@click.option("--calendar-only", is_flag=True, help="No page: for a partner or a general practitioner.")
@click.option("--page-only", is_flag=True, help="No calendar: the patient can add one on the page.")
@click.option("--clinic", metavar="ID", help="The clinic's worklist as a calendar for yourself, instead of REF.")
@click.option(
    "--qr", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.svg", help="Write the code to scan."
)
@format_option
@click.pass_context
def issue(
    ctx: click.Context, *, ref: str | None, label: str, consent: bool, calendar_only: bool, page_only: bool,
    clinic: str | None, qr: Path | None, output_format: str,
) -> None:  # fmt: skip
    """Make a patient's page and calendar, or a clinic's worklist calendar.

    The addresses are shown once: the record keeps only what is needed to recognise them.
    """
    from monitor.services import addresses

    if (ref is None) == (clinic is None):
        raise click.UsageError("Name a patient's reference, or a clinic with --clinic.")
    if calendar_only and page_only:
        raise click.UsageError("--calendar-only and --page-only exclude each other.")
    if ref is not None and not page_only and not consent:
        say(BEFORE_CONSENT)
        consent = click.confirm("Was the patient told this, and do they agree?", err=True)
    with writing(ctx) as desk:
        if clinic is not None:
            issued = [addresses.issue_to_clinic(desk, clinic, label=label)]
        else:
            assert ref is not None
            issued = addresses.issue_to_patient(
                desk, ref, label=label, consented=consent, page=not calendar_only, calendar=not page_only
            )
    _show(ctx, issued, output_format, qr)


@feed.command("list")
@click.argument("ref", required=False)
@click.option("--clinic", metavar="ID", help="One clinic only.")
@format_option
@click.pass_context
def list_(ctx: click.Context, *, ref: str | None, clinic: str | None, output_format: str) -> None:
    """Addresses, who last fetched from them, and which were withdrawn.

    "Last fetched" is a program's visit. It does not say that anybody has looked.
    """
    from monitor.services.addresses import list_for

    with reading(ctx) as desk:
        found = list_for(desk, ref, clinic_id=clinic)
    if output_format == "json":
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        click.echo(_told(one))
    if not found:
        click.echo("There are no addresses yet: `monitor feed issue REF --label …` makes them.")


@feed.command()
@ID
@REASON
@click.pass_context
def revoke(ctx: click.Context, *, address_id: int, reason: str) -> None:
    """Withdraw an address for good. A page takes the calendars made from it along.

    A calendar shows one notice for thirty days, since programs keep what they once fetched. Copies that providers
    hold cannot be called back.
    """
    from monitor.services import addresses

    with writing(ctx) as desk:
        ended = addresses.revoke(desk, address_id, reason=reason)
    for one in ended:
        click.echo(f"Withdrawn: {KINDS[one.purpose]} “{one.label}” (address {one.id}).")


@feed.command()
@ID
@REASON
@click.option(
    "--qr", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.svg", help="Write the code to scan."
)
@format_option
@click.pass_context
def replace(ctx: click.Context, *, address_id: int, reason: str, qr: Path | None, output_format: str) -> None:
    """Withdraw an address and make a new one in its stead, for instance after a telephone was lost."""
    from monitor.services import addresses

    with writing(ctx) as desk:
        issued = addresses.replace(desk, address_id, reason=reason)
    _show(ctx, issued, output_format, qr)


@feed.command()
@click.argument("ref")
@click.option("--off", is_flag=True, help="Let the patient choose again.")
@click.pass_context
def lock(ctx: click.Context, *, ref: str, off: bool) -> None:
    """Fix how a patient's calendars and page speak; the patient then sees the settings but cannot change them."""
    from monitor.services.enrolling import get_patient
    from monitor.services.telling import lock_wishes

    with writing(ctx) as desk:
        lock_wishes(desk, get_patient(desk, ref).id, locked=not off)
    click.echo(f"{ref}: the patient {'chooses' if off else 'no longer chooses'} how calendars and page speak.")


@feed.command()
@click.argument("ref")
@TREATMENT
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file.")
@click.option("--detail/--discreet", default=None, help="Name what is tested, or not. Default: as the patient wishes.")
@click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: the patient's language.")
@click.pass_context
def render(
    ctx: click.Context, *, ref: str, treatment: int | None, output: Path | None, detail: bool | None,
    language: str | None,
) -> None:  # fmt: skip
    """Write a patient's calendar to a file. The same record gives the same file, and no visit appears twice."""
    from monitor.services.feeds import get_feed

    config = program_of(ctx).config
    with reading(ctx) as desk:
        found = get_feed(desk, config, ref, treatment_id=treatment, language=language, names_tests=detail)
    write_result(found.render(), output)
    if output:
        say("A phone that imports this file keeps a copy; it does not follow later changes.")


def _show(ctx: click.Context, issued: Sequence[Issued], output_format: str, qr: Path | None) -> None:
    from monitor.services.examining_address import is_this_machine

    base = program_of(ctx).config.web.public_url
    if output_format == "json":
        print_json(
            {
                "addresses": [
                    {
                        "id": one.address.id,
                        "purpose": one.address.purpose,
                        "label": one.address.label,
                        "address": base + one.path,
                    }
                    for one in issued
                ]
            }
        )
    else:
        for one in issued:
            click.echo(f"{KINDS[one.address.purpose]} “{one.address.label}” (address {one.address.id}):")
            click.echo(f"  {base}{one.path}")
        say("Shown this once. Whoever has an address can open it: give it to nobody else, and mail it to nobody.")
        if is_this_machine(urlsplit(base).hostname or ""):
            say(f"It begins with {base}, which opens on this machine alone: set web.public_url for patients.")
        if any(one.address.purpose == "page" for one in issued):
            say("The patient scans or types the page's address; the page helps to add the calendar to a phone.")
    if qr:
        import segno

        segno.make(base + issued[0].path, error="m", micro=False).save(str(qr), kind="svg", border=4, scale=8)
        say(f"Written: {qr}")


KINDS = {"page": "Page of the patient", "appointments": "Calendar", "worklist": "Worklist calendar"}


def _told(one: Listed) -> str:
    address = one.address
    whose = one.reference or address.clinic_id
    lines = [
        f"{address.id:>5}  {whose}  {KINDS[address.purpose]} “{address.label}”, issued {address.entered_at:%Y-%m-%d}"
    ]
    if address.consented_on:
        lines[0] += f", the patient agreed on {address.consented_on}"
    if address.ended_at:
        lines.append(f"       withdrawn {address.ended_at:%Y-%m-%d}: {address.end_reason}")
    fetched = ", ".join(f"{fetch.client} ({fetch.fetched_at:%Y-%m-%d %H:%M} UTC)" for fetch in one.fetched)
    if address.purpose != "page":
        lines.append(f"       last fetched by {fetched}" if fetched else "       never fetched")
    return "\n".join(lines)


def _as_json(one: Listed) -> dict[str, object]:
    address = one.address
    return {
        "id": address.id,
        "patient": one.reference,
        "clinic": address.clinic_id,
        "purpose": address.purpose,
        "label": address.label,
        "issued_at": address.entered_at,
        "consented_on": address.consented_on,
        "withdrawn_at": address.ended_at,
        "reason": address.end_reason,
        "fetched": [{"client": fetch.client, "at": fetch.fetched_at} for fetch in one.fetched],
    }
