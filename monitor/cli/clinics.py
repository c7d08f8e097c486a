"""`monitor clinic`: where the program is used, when it is open there, and what a change of that moves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from monitor.cli.context import DAY, print_json, program_of, reading, writing
from monitor.cli.people import format_option
from monitor.cli.printing import print_list
from monitor.cli.progress import counting

if TYPE_CHECKING:
    from db.people import Clinic
    from monitor.services.clinics import Changed

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLINIC_ID = click.argument("clinic_id", metavar="ID")
preview_option = click.option("--preview", is_flag=True, help="Say how many suggested days would move; keep nothing.")


@click.group()
def clinic() -> None:
    """Add, change, close and list clinics."""


@clinic.command("add")
@click.argument("clinic_id", metavar="ID")
@click.option("--name", required=True, help="The clinic's name.")
@click.option("--time-zone", help="Decides when a new day begins, such as Europe/Berlin.  [default: configuration]")
@click.option("--country", help="Decides the public holidays: two letters, such as DE.  [default: configuration]")
@click.option("--subdivision", help="A part of the country with holidays of its own, such as BY.")
@click.pass_context
def add_clinic(
    ctx: click.Context,
    *,
    clinic_id: str,
    name: str,
    time_zone: str | None,
    country: str | None,
    subdivision: str | None,
) -> None:
    """Add a clinic (administrators only). Its id stands in commands and files: small letters, such as north."""
    from db.people import Clinic
    from monitor.services import people

    usual = program_of(ctx).config.clinic_defaults
    wanted = Clinic(clinic_id, name, time_zone or usual.time_zone, country or usual.country, subdivision)
    with writing(ctx) as desk:
        logins = people.add_clinic(desk, wanted)
    click.echo(f"Added clinic {wanted.id}: {wanted.time_zone}, public holidays of {_holidays(wanted)}.")
    click.echo(f"Seen by the administrators ({', '.join(logins)}). Let others in with `monitor person add`.")


@clinic.command("list")
@format_option
@click.pass_context
def list_clinics(ctx: click.Context, output_format: str) -> None:
    """The clinics that you may see."""
    from monitor.services import people
    from schedules.working_days import MONDAY_TO_FRIDAY

    with reading(ctx) as desk:
        found = people.list_clinics(desk)
    if output_format == "json":
        print_json(
            [
                {
                    "id": one.id,
                    "name": one.name,
                    "time_zone": one.time_zone,
                    "country": one.country,
                    "subdivision": one.subdivision,
                    "weekdays": list(one.working_weekdays or MONDAY_TO_FRIDAY),
                }
                for one in found
            ]
        )
        return
    print_list(
        ["Clinic", "Name", "Time zone", "Holidays", "Works"],
        [(one.id, one.name, one.time_zone, _holidays(one), _weekdays(one)) for one in found],
        empty="You see no clinic yet. An administrator adds one with `monitor clinic add`.",
    )


def _holidays(one: Clinic) -> str:
    return f"{one.country}-{one.subdivision}" if one.subdivision else one.country


def _weekdays(one: Clinic) -> str:
    return "mon-fri" if one.working_weekdays is None else ",".join(WEEKDAYS[day] for day in one.working_weekdays)


class Weekdays(click.ParamType[tuple[int, ...]]):
    """Days of the week with commas between them: mon,tue,wed."""

    name = "weekdays"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        words = [one.strip().lower()[:3] for one in str(value).split(",")]
        unknown = [one for one in words if one not in WEEKDAYS]
        if unknown:
            self.fail(f"'{value}' names no days of the week; write them as mon,tue,wed,thu,fri", param, ctx)
        return tuple(sorted({WEEKDAYS.index(one) for one in words}))


@clinic.command()
@CLINIC_ID
@click.option("--name", help="The clinic's name.")
@click.option("--time-zone", help="Decides when a new day begins. Nothing planned moves; today is worked out anew.")
@click.option("--country", help="Decides the public holidays: two letters, such as DE.")
@click.option("--subdivision", help="A part of the country with holidays of its own, such as BY; '' for none.")
@click.option("--weekdays", type=Weekdays(), help="When it works, such as mon,tue,wed,thu,fri.")
@click.option("--reason", default="", help="Why; it stands in the history. Needed unless this is a preview.")
@preview_option
@click.pass_context
def change(
    ctx: click.Context,
    *,
    clinic_id: str,
    name: str | None,
    time_zone: str | None,
    country: str | None,
    subdivision: str | None,
    weekdays: tuple[int, ...] | None,
    reason: str,
    preview: bool,
) -> None:
    """Change a clinic's settings (administrators only). Suggested days follow its working days; no deadline moves."""
    from dataclasses import replace

    from monitor.services.clinics import change_clinic, get_clinic

    with writing(ctx) as desk:
        known = get_clinic(desk, clinic_id)
        wanted = replace(
            known,
            name=known.name if name is None else name,
            time_zone=time_zone or known.time_zone,
            country=country or known.country,
            # Another country's parts are others: the old one goes unless a new one is named.
            subdivision=subdivision if subdivision is not None or country else known.subdivision,
            working_weekdays=known.working_weekdays if weekdays is None else weekdays,
        )
        changed = change_clinic(desk, wanted, reason=reason, preview=preview)
    _tell(ctx, changed, f"Changed clinic {clinic_id}.", preview=preview)


@clinic.command()
@CLINIC_ID
@click.option("--from", "from_on", type=DAY, required=True, help="The first day on which it is closed.")
@click.option("--until", "until_on", type=DAY, required=True, help="The last one.")
@click.option("--name", required=True, help="What it is, such as 'Christmas closing'.")
@click.option("--reason", default="", help="Why, where the name does not say it.")
@preview_option
@click.pass_context
def close(
    ctx: click.Context, *, clinic_id: str, from_on: date, until_on: date, name: str, reason: str, preview: bool
) -> None:
    """Enter days on which a clinic is closed beside its public holidays (administrators only)."""
    from monitor.services import clinics

    with writing(ctx) as desk:
        changed = clinics.close(
            desk, clinic_id, from_on=from_on, until_on=until_on, name=name, reason=reason, preview=preview
        )
    _tell(ctx, changed, f"Clinic {clinic_id} is closed from {from_on} to {until_on}: {name}.", preview=preview)


@clinic.command()
@click.argument("closure_id", metavar="CLOSURE", type=int)
@click.option("--reason", default="", help="Why; it stands in the history. Needed unless this is a preview.")
@preview_option
@click.pass_context
def reopen(ctx: click.Context, *, closure_id: int, reason: str, preview: bool) -> None:
    """Take a closure back by its number (administrators only); `monitor clinic closures` shows the numbers."""
    from monitor.services import clinics

    with writing(ctx) as desk:
        changed = clinics.reopen(desk, closure_id, reason=reason, preview=preview)
    _tell(ctx, changed, f"Clinic {changed.clinic.id} works on these days again.", preview=preview)


@clinic.command()
@CLINIC_ID
@format_option
@click.pass_context
def closures(ctx: click.Context, *, clinic_id: str, output_format: str) -> None:
    """The days on which a clinic is closed beside its public holidays."""
    from monitor.services.clinics import list_closures

    with reading(ctx) as desk:
        found = list_closures(desk, clinic_id)
    if output_format == "json":
        print_json([{"closure": one.id, "from": one.from_on, "until": one.until_on, "name": one.name} for one in found])
        return
    print_list(
        ["Closure", "From", "Until", "Name"],
        [(str(one.id), str(one.from_on), str(one.until_on), one.name) for one in found],
        empty=f"Clinic {clinic_id} closes on public holidays alone.",
    )


def _tell(ctx: click.Context, changed: Changed, done: str, *, preview: bool) -> None:
    """What was done, and the suggested days after it, a few treatments at a time."""
    from monitor.services.suggesting import follow_all, list_waiting

    if preview:
        click.echo(f"About {changed.shifts} suggested days would move, no deadline does. Nothing was kept.")
        return
    click.echo(done)
    with reading(ctx) as desk:
        left = next((left for one, left in list_waiting(desk) if one.clinic_id == changed.clinic.id), None)
    if left is None:
        return
    with counting("Moving suggested days", left) as advance:
        moved = follow_all(lambda: writing(ctx), changed.clinic.id, on_done=advance)
    click.echo(f"{moved} suggested {'day' if moved == 1 else 'days'} moved; no deadline did.")
