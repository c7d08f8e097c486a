"""`monitor init`: a database at the program's version, and one administrator who can let the others in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from monitor.cli.unready import unready_program_of

if TYPE_CHECKING:
    from db.people import Clinic
    from monitor.bootstrap import Program


@click.command()
@click.option("--login", help="The first administrator's login; asked for if it is not given.")
@click.option("--name", help="The first administrator's name; asked for if it is not given.")
@click.option("--clinic", "clinic_id", metavar="ID", help="Also add a first clinic of this id, such as north.")
@click.option("--clinic-name", help="The first clinic's name.  [default: its id]")
@click.option("--password", "asks_password", is_flag=True, help="Ask for a password (twice) in place of a link.")
@click.pass_context
def init(
    ctx: click.Context, *, login: str | None, name: str | None, clinic_id: str | None, clinic_name: str | None,
    asks_password: bool,
) -> None:  # fmt: skip
    """Create the database or upgrade it, and add its first administrator.

    Prints a link with which the administrator chooses a password, once; there is no default password.
    Run it again at any time: what is done already stays as it is. Make a backup before an upgrade.
    """
    from db.engine import reading, writing
    from monitor.cli.inviting import ask_password, say_link
    from monitor.services.inviting import make_invitation
    from monitor.services.passwords import set_password
    from monitor.services.people import add_first_administrator, find_administrators

    program = unready_program_of(ctx)
    click.echo(_bring_up_to_date(program))
    with reading(program.engine) as connection:
        there = find_administrators(connection)
    if there:
        _greet_again(there, login)
        return
    login, name = _ask(login, name)
    clinic = _first_clinic(program, clinic_id, clinic_name)
    password = ask_password(login, name) if asks_password else None
    at = program.clock.now()
    with writing(program.engine) as connection:
        actor = add_first_administrator(connection, login=login, name=name, clinic=clinic, at=at)
        invited = None
        if password is None:
            invited = make_invitation(connection, program.config, actor, at)
        else:
            set_password(connection, actor.id, password, at)
    click.echo(f"Added the administrator {actor.login}.")
    if clinic:
        click.echo(f"Added clinic {clinic.id}: {clinic.time_zone}, public holidays of {clinic.country}.")
    if invited:
        say_link(program, invited)
    _say_what_is_next(actor.login, clinic)


def _bring_up_to_date(program: Program) -> str:
    from db.migrate import HEAD, current_revision, require_current, sqlite_file, upgrade

    before = current_revision(program.engine)
    if before is not None and before >= HEAD:
        require_current(program.engine)  # refuses a newer one
        return f"The database is up to date (revision {HEAD})."
    upgrade(program.engine)
    if before is None:
        file = sqlite_file(program.engine)
        return f"Created the database {file or 'on the server'} (revision {HEAD})."
    return (
        f"Upgraded the database from revision {before} to {HEAD}.\n"
        "Now run `monitor replan --reason upgrade`, which stores what this version adds, and then `monitor verify`."
    )


def _greet_again(there: Sequence[str], login: str | None) -> None:
    from schedules.errors import Conflict

    if login is not None and login not in there:
        raise Conflict(
            f"There is an administrator already: {', '.join(there)}. '{login}' was not added.",
            f"Add others with `monitor --by {there[0]} person add`.",
        )
    click.echo(f"Administrators: {', '.join(there)}.")


def _ask(login: str | None, name: str | None) -> tuple[str, str]:
    from schedules.errors import Unacceptable

    try:
        login = login or click.prompt("Login of the first administrator", err=True)
        name = name or click.prompt("Name of the first administrator", err=True)
    except click.Abort:
        click.echo(err=True)  # ends the line of the question
        raise Unacceptable(
            "The database is ready, but nobody may use it yet.",
            "Run `monitor init` again, or `monitor init --login LOGIN --name NAME` in a script.",
        ) from None
    return login, name


def _first_clinic(program: Program, clinic_id: str | None, clinic_name: str | None) -> Clinic | None:
    from db.people import Clinic

    if clinic_id is None:
        return None
    usual = program.config.clinic_defaults
    return Clinic(clinic_id, clinic_name or clinic_id, usual.time_zone, usual.country)


def _say_what_is_next(login: str, clinic: Clinic | None) -> None:
    click.echo("Next:")
    if clinic is None:
        click.echo(f"  monitor --by {login} clinic add north --name 'North Clinic'")
    place = clinic.id if clinic else "north"
    click.echo(f"  monitor --by {login} person add ada --name 'Ada Example' --role nurse --clinic {place}")
    click.echo(f"  monitor --by {login} protocol approve alemtuzumab-eu --by 'Name of the physician'")
