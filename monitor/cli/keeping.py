"""`monitor backup` and `restore`: copies that can be trusted, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.context import say
from monitor.cli.unready import unready_program_of

if TYPE_CHECKING:
    from monitor.bootstrap import Program


@click.command()
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The new file.  [default: in backup.folder, or beside the database, "
              "with day and time in its name]")  # fmt: skip
@click.pass_context
def backup(ctx: click.Context, target: Path | None) -> None:
    """Copy the whole database to one file, while others go on working (administrators only).

    The copy is checked before it counts. It holds patients' names: keep it as safe as the database. In backup.folder
    older copies are deleted as the settings there say, as after the nightly one.
    """
    from db.backup import back_up, suggest_name
    from monitor.services.keeping import enter_backup, rotate_copies

    program = unready_program_of(ctx)
    login = ctx.obj["login"]
    is_current = _is_current(program)
    if is_current:
        with program.reading(login) as desk:
            desk.require_admin()
    folder = program.config.backup.folder
    suggested = suggest_name(program.engine, program.clock.now())
    file = target or (folder / suggested.name if folder else suggested)
    back_up(program.engine, file)
    if is_current:
        with program.writing(login) as desk:
            enter_backup(desk, file)
    click.echo(f"Backup written to {file} ({_size(file)}), checked and readable only by you.")
    if target is None and (deleted := rotate_copies(program.config, program.clock.now())):
        click.echo(f"Deleted {len(deleted)} older: {', '.join(one.name for one in deleted)}.")
    say("Keep a copy on another machine, and try `monitor restore` with it from time to time.")


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes-overwrite", is_flag=True, help="Replace the database that is there.")
@click.pass_context
def restore(ctx: click.Context, source: Path, *, yes_overwrite: bool) -> None:
    """Put a backup in place of the database. Stop the program first.

    An SQLite database that was there is set aside and not deleted.
    """
    from db.backup import restore as put_back
    from db.calendars import raise_all
    from db.engine import writing
    from db.migrate import HEAD, current_revision

    program = unready_program_of(ctx)
    aside = put_back(program.engine, source, overwrite=yes_overwrite, at=program.clock.now())
    program.engine.dispose()
    click.echo(f"Restored the database from {source}.")
    if aside:
        click.echo(f"What was there before is now {aside}.")
    with writing(program.engine) as connection:
        raise_all(connection, program.clock.now())
    if not _is_current(program):
        revision = current_revision(program.engine)
        say(f"It is of an older version (revision {revision}; this program needs {HEAD}): run `monitor init`.")
        return
    _enter_restore(program, ctx.obj["login"], source)
    say("Now run `monitor verify`, and enter again what was done since the backup.")
    say("Calendar addresses that were withdrawn since then open again: withdraw them once more (`monitor feed list`).")


def _is_current(program: Program) -> bool:
    from db.migrate import HEAD, current_revision

    return current_revision(program.engine) == HEAD


def _enter_restore(program: Program, login: str | None, source: Path) -> None:
    from monitor.services.keeping import enter_restore
    from schedules.errors import NotAllowed, Unacceptable

    try:
        with program.writing(login) as desk:
            enter_restore(desk, source)
    except NotAllowed:
        say("The history does not say who restored it: nobody of the record was named (--by LOGIN).")
    except Unacceptable as refusal:  # the key of the history's chain is missing here: the record is there all the same
        say(f"The history does not say who restored it. {refusal}")


def _size(file: Path) -> str:
    size = file.stat().st_size / 1024
    return f"{size / 1024:.1f} MB" if size >= 1024 else f"{size:.0f} kB"
