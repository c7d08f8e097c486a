"""`monitor person`: who may use the program, and where."""

import click

from monitor.cli.context import print_json, reading, writing
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
