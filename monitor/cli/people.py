"""`monitor person`: who may use the program, and where."""

from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, program_of, reading, say, writing
from monitor.cli.inviting import say_link
from monitor.cli.printing import print_list

if TYPE_CHECKING:
    from db.people import Actor

format_option = click.option(
    "--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group()
def person() -> None:
    """The people who use the program: let them in and out (administrators only)."""


ROLES = click.Choice(["viewer", "nurse", "clinician", "admin"])
ROLE_HELP = "viewer: only looks. nurse: records. clinician: also decides. admin: also people, clinics, protocols."


@person.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The person's name, as it shall stand in the history.")
@click.option("--role", type=ROLES, required=True, help=ROLE_HELP)
@click.option("--clinic", "clinics", multiple=True, metavar="ID", help="A clinic the person may see; repeatable.")
@click.pass_context
def add_person(ctx: click.Context, *, login: str, name: str, role: str, clinics: tuple[str, ...]) -> None:
    """Let a person use the program, and print a link with which they choose a password.

    An administrator sees every clinic.
    """
    from monitor.services import people
    from monitor.services.inviting import invite as make_link

    with writing(ctx) as desk:
        added = people.add_person(desk, login=login, name=name, role=role, clinic_ids=clinics)
        invited = make_link(desk, program_of(ctx).config, login)
    click.echo(f"Added {added.login} ({added.role}), who sees: {_seen_by(added)}.")
    say_link(program_of(ctx), invited)


@person.command()
@click.argument("login")
@click.pass_context
def invite(ctx: click.Context, *, login: str) -> None:
    """Print a link with which a person chooses a password, once: the first, or another when it is forgotten.

    An earlier link ends; the password that there was holds until the link is used.
    """
    from monitor.services.inviting import invite as make_link

    with writing(ctx) as desk:
        invited = make_link(desk, program_of(ctx).config, login)
    say_link(program_of(ctx), invited)


@person.command()
@click.argument("login")
@click.option("--role", type=ROLES, help=f"{ROLE_HELP}  [default: as it is]")
@click.option("--clinic", "clinics", multiple=True, metavar="ID", help="Replaces those before; repeatable.")
@click.pass_context
def change(ctx: click.Context, *, login: str, role: str | None, clinics: tuple[str, ...]) -> None:
    """Give a person another role or other clinics. They are signed out, and sign in again."""
    from monitor.services.people import get_colleague
    from monitor.services.staffing import change_person

    with writing(ctx) as desk:
        desk.require_admin()
        known = get_colleague(desk.connection, login)
        change_person(desk, login, role=role or known.role, clinic_ids=clinics or sorted(known.clinic_ids))
        changed = get_colleague(desk.connection, login)
    click.echo(f"Changed {login}: {changed.role}, who sees: {_seen_by(changed)}.")


@person.command()
@click.argument("login")
@click.option("--reason", default="", help="Why; it stands in the history.")
@click.pass_context
def disable(ctx: click.Context, *, login: str, reason: str) -> None:
    """Shut a person out: signed out at once; link, password, calendars and digest end. What they did stays theirs."""
    from monitor.services.staffing import disable as shut_out

    with writing(ctx) as desk:
        done = shut_out(desk, login, reason=reason)
    click.echo(f"{login} may not use the program any more.")
    if done.lonely:
        say(f"They still get the digest of {', '.join(done.lonely)}, since nobody else does. Add another, then:")
        say(f"  monitor recipient leave {login} --reason left")


@person.command()
@click.argument("login")
@click.pass_context
def enable(ctx: click.Context, *, login: str) -> None:
    """Let a person in again, in the role and the clinics that they had; they need a new link."""
    from monitor.services.staffing import enable as let_in

    with writing(ctx) as desk:
        let_in(desk, login)
    click.echo(f"{login} may use the program again. Make a link: monitor person invite {login}")


@person.command()
@click.argument("login")
@click.argument("subject")
@click.pass_context
def link(ctx: click.Context, *, login: str, subject: str) -> None:
    """Say who a person is at the hospital's own sign-in service: the SUBJECT ("sub") that it has for them."""
    from monitor.services.identities import link as say_who

    with writing(ctx) as desk:
        say_who(desk, program_of(ctx).config.sign_in.oidc.issuer, login, subject)
    click.echo(f"Linked {login}.")


@person.command()
@click.argument("login")
@click.argument("subject")
@click.pass_context
def unlink(ctx: click.Context, *, login: str, subject: str) -> None:
    """Take that back; whoever is signed in is signed out."""
    from monitor.services.identities import unlink as take_back

    with writing(ctx) as desk:
        take_back(desk, login, program_of(ctx).config.sign_in.oidc.issuer, subject)
    click.echo(f"Unlinked {login}.")


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
                {
                    "login": one.login,
                    "name": one.name,
                    "role": one.role,
                    "clinics": sorted(one.clinic_ids),
                    "disabled": one.is_disabled,
                }
                for one in found
            ]
        )
        return
    print_list(
        ["Login", "Name", "Role", "Clinics"],
        [
            (one.login, one.name, "may not any more" if one.is_disabled else one.role,
             ", ".join(sorted(one.clinic_ids)) or "none")
            for one in found
        ],
        empty="Nobody is in the record.",
    )  # fmt: skip


def _seen_by(one: "Actor") -> str:
    return ", ".join(sorted(one.clinic_ids)) or "no clinic yet"
