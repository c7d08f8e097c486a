"""`monitor backup`, `restore` and `verify`: copies that can be trusted, and a record that agrees with its facts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, program_of, say
from monitor.cli.printing import print_list
from monitor.cli.progress import counting
from monitor.cli.unready import unready_program_of

if TYPE_CHECKING:
    from monitor.bootstrap import Program
    from monitor.services.verifying import Fault


@click.command()
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The new file.  [default: beside the database, with day and time in its name]")  # fmt: skip
@click.pass_context
def backup(ctx: click.Context, target: Path | None) -> None:
    """Copy the whole database to one file, while others go on working (administrators only).

    The copy is checked before it counts. It holds patients' names: keep it as safe as the database.
    """
    from db.backup import back_up, suggest_name
    from monitor.services.keeping import enter_backup

    program = unready_program_of(ctx)
    login = ctx.obj["login"]
    is_current = _is_current(program)
    if is_current:
        with program.reading(login) as desk:
            desk.require_admin()
    file = target or suggest_name(program.engine, program.clock.now())
    back_up(program.engine, file)
    if is_current:
        with program.writing(login) as desk:
            enter_backup(desk, file)
    click.echo(f"Backup written to {file} ({_size(file)}), checked and readable only by you.")
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


@click.command()
@click.option("--clinic", "clinics", multiple=True, metavar="ID", help="Only this clinic; repeatable.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def verify(ctx: click.Context, *, clinics: tuple[str, ...], output_format: str) -> None:
    """Plan every patient again from the facts and compare with the record; exit 1 if anything differs.

    Also asks the database whether it is sound, and looks for rows that belong to nothing.
    """
    from monitor.services import verifying

    with program_of(ctx).reading(ctx.obj["login"]) as desk:
        ids = verifying.list_treatment_ids(desk, clinics)
        unsound = verifying.list_unsound(desk)
        with counting("Verifying", len(ids)) as advance:
            faults = list(verifying.verify(desk, ids, on_done=advance))
    if output_format == "json":
        _print_as_json(len(ids), unsound, faults)
    else:
        _print_as_table(len(ids), unsound, faults)
    if faults or unsound:
        sys.exit(1)


def _print_as_json(looked_at: int, unsound: list[str], faults: list[Fault]) -> None:
    lines = [
        {"clinic": one.clinic_id, "patient": one.reference, "treatment": one.treatment_id, "subject": one.subject,
         "difference": one.what}
        for one in faults
    ]  # fmt: skip
    print_json({"treatments": looked_at, "unsound": unsound, "differences": lines})


def _print_as_table(looked_at: int, unsound: list[str], faults: list[Fault]) -> None:
    for line in unsound:
        click.echo(line)
    if faults:
        rows = [(one.clinic_id, one.reference, one.subject, one.what) for one in faults]
        print_list(["Clinic", "Patient", "Check or visit", "Difference"], rows, empty="")
    treatments = f"{looked_at} treatment{'' if looked_at == 1 else 's'}"
    if not (faults or unsound):
        click.echo(f"Verified {treatments}: the record is what its facts say, and the database is sound.")
        return
    patients = len({one.reference for one in faults})
    say(f"Looked at {treatments}: {len(faults)} differences in {patients} patients, {len(unsound)} unsound rows.")
    say("Make a backup of this state before anything else; `monitor replan` brings a patient's plan up to date.")


def _is_current(program: Program) -> bool:
    from db.migrate import HEAD, current_revision

    return current_revision(program.engine) == HEAD


def _enter_restore(program: Program, login: str | None, source: Path) -> None:
    from monitor.services.keeping import enter_restore
    from schedules.errors import NotAllowed

    try:
        with program.writing(login) as desk:
            enter_restore(desk, source)
    except NotAllowed:
        say("The history does not say who restored it: nobody of the record was named (--by LOGIN).")


def _size(file: Path) -> str:
    size = file.stat().st_size / 1024
    return f"{size / 1024:.1f} MB" if size >= 1024 else f"{size:.0f} kB"
