"""Inviting from the shell: how a link is printed, and how a password is asked for without showing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.bootstrap import Program
    from monitor.services.inviting import Invited

MOST_TRIES = 5


def say_link(program: Program, invited: Invited) -> None:
    """The link on stdout, all talk about it on stderr; it is shown this once."""
    until = f"{invited.expires_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"A link for {invited.login} to choose a password, once, until {until}; nobody can look it up later:",
               err=True)  # fmt: skip
    click.echo(f"  {invited.link}")
    if program.config.sign_in.passwords:
        click.echo("It opens while `monitor serve` runs. Hand it over where nobody else reads.", err=True)
    else:
        click.echo("It links the hospital's own sign-in, since sign_in.passwords is off.", err=True)


def ask_password(login: str, name: str) -> str:
    """Typed twice and not shown; asks again after a weak one. Refuses after a few, and where nobody answers."""
    from monitor.services.passwords import refuse_weak
    from schedules.errors import Refusal, Unacceptable

    for _ in range(MOST_TRIES):
        try:
            typed: str = click.prompt(f"Password of {login}", hide_input=True, confirmation_prompt="Again", err=True)
        except click.Abort:
            click.echo(err=True)  # ends the line of the question
            break
        try:
            refuse_weak(typed, login=login, name=name)
        except Refusal as no:
            click.echo(f"{no.sentence} {no.next_step}", err=True)
            continue
        return typed
    raise Unacceptable(
        "No password was chosen, so nobody was added.", "Run `monitor init` again; without --password it prints a link."
    )
