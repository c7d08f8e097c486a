"""`monitor person` and `monitor clinic`: who may use the program, and where."""

import click

from monitor.cli.context import print_json, program_of, reading, writing
from monitor.cli.printing import print_list

format_option = click.option(
    "--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group()
def person() -> None:
    """Add and list the people who use the program (administrators only)."""


@person.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The person's name, as it shall stand in the history.")
@click.option(
    "--role",
    type=click.Choice(["viewer", "nurse", "clinician", "admin"]),
    required=True,
    help="viewer: only looks. nurse: records. clinician: also decides. admin: also people, clinics, protocols.",
)
@click.option("--clinic", "clinics", multiple=True, metavar="ID", help="A clinic the person may see; repeatable.")
@click.pass_context
def add_person(ctx: click.Context, *, login: str, name: str, role: str, clinics: tuple[str, ...]) -> None:
    """Let a person use the program. An administrator sees every clinic."""
    from monitor.services import people

    with writing(ctx) as desk:
        added = people.add_person(desk, login=login, name=name, role=role, clinic_ids=clinics)
    click.echo(
        f"Added {added.login} ({added.role}), who sees: {', '.join(sorted(added.clinic_ids)) or 'no clinic yet'}."
    )


@person.command("list")
@format_option
@click.pass_context
def list_persons(ctx: click.Context, output_format: str) -> None:
    """Everybody who uses the program, by login."""
    from monitor.services import people

    with reading(ctx) as desk:
        found = people.list_people(desk)
    if output_format == "json":
        print_json(
            [
                {"login": one.login, "name": one.name, "role": one.role, "clinics": sorted(one.clinic_ids)}
                for one in found
            ]
        )
        return
    print_list(
        ["Login", "Name", "Role", "Clinics"],
        [(one.login, one.name, one.role, ", ".join(sorted(one.clinic_ids)) or "none") for one in found],
        empty="Nobody is in the record.",
    )


@click.group()
def clinic() -> None:
    """Add and list clinics."""


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
                }
                for one in found
            ]
        )
        return
    print_list(
        ["Clinic", "Name", "Time zone", "Holidays"],
        [(one.id, one.name, one.time_zone, _holidays(one)) for one in found],
        empty="You see no clinic yet. An administrator adds one with `monitor clinic add`.",
    )


def _holidays(one: object) -> str:
    country, part = getattr(one, "country", ""), getattr(one, "subdivision", None)
    return f"{country}-{part}" if part else country
