"""`monitor session`: who is signed in to the pages, and signing them out."""

from __future__ import annotations

import click

from monitor.cli.context import print_json, program_of, reading, writing
from monitor.cli.people import format_option
from monitor.cli.printing import print_list


@click.group()
def session() -> None:
    """Who is signed in to the pages (administrators only)."""


@session.command("list")
@click.argument("login", required=False)
@format_option
@click.pass_context
def list_(ctx: click.Context, *, login: str | None, output_format: str) -> None:
    """Everybody's sessions that are not over, or one person's; the one used last first."""
    from monitor.services.staffing import list_sessions_of

    with reading(ctx) as desk:
        found = list_sessions_of(desk, program_of(ctx).config.sign_in, login)
    if output_format == "json":
        print_json(
            [
                {
                    "id": one.id,
                    "login": person.login,
                    "browser": one.device,
                    "began_at": one.began_at,
                    "used_at": one.used_at,
                    "by_hospital": one.is_external,
                }
                for person, one in found
            ]
        )
        return
    print_list(
        ["Session", "Login", "Browser", "Began (UTC)", "Last used (UTC)"],
        [
            (str(one.id), person.login, one.device, f"{one.began_at:%Y-%m-%d %H:%M}", f"{one.used_at:%Y-%m-%d %H:%M}")
            for person, one in found
        ],
        empty="Nobody is signed in.",
    )


@session.command("end")
@click.argument("login")
@click.option("--session", "session_id", type=int, help="Only this one, as `session list` numbers it.  [default: all]")
@click.pass_context
def end(ctx: click.Context, *, login: str, session_id: int | None) -> None:
    """Sign a person out, everywhere or in one browser."""
    from monitor.services.staffing import end_session_of

    with writing(ctx) as desk:
        ended = end_session_of(desk, login, session_id)
    click.echo(f"Ended {ended} {'session' if ended == 1 else 'sessions'} of {login}.")
