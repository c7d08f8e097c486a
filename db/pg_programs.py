"""PostgreSQL's own programs: pg_dump and pg_restore, with the password in the environment and never on a command."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, Select, func, select, text

from db import tables
from db.backup_counts import COUNTED, find_loss
from db.engine import reading
from db.migrate import current_revision
from schedules.errors import Conflict, Unacceptable

MISSING = "Debian: apt install postgresql-client"
COPY, END_OF_COPY = re.compile(rb'COPY (?:\w+\.)?"?(\w+)"? '), b"\\.\n"
NOT_OURS = ("--no-owner", "--no-privileges")
"""Roles belong to a server and not to the record."""


def dump_whole(engine: Engine, target: Path) -> None:
    """One consistent view in the custom format, then read back to the last row to see that it is whole."""
    with reading(engine) as connection:
        at_start = {name: connection.execute(_count_of(name)).scalar_one() for name in COUNTED}
    _run(engine, "pg_dump", "--format=custom", f"--file={target}", *NOT_OURS)
    _read_contents(target)
    if loss := find_loss(at_start, count_rows(target)):
        raise Unacceptable(f"The copy is not whole ({loss}); no backup was made.", "Try again; look at the disk.")


def count_rows(file: Path) -> dict[str, int]:
    """The rows of each table in a dump. Every byte of it is read: what is damaged inside shows here."""
    command = [find_program("pg_restore"), "--data-only", "--file=-", str(file)]
    found: dict[str, int] = {}
    table: str | None = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout is not None
        for line in process.stdout:
            if table is None:
                begun = COPY.match(line)
                table = begun[1].decode() if begun else None
                if table is not None:
                    found[table] = 0
            elif line == END_OF_COPY:
                table = None
            else:
                found[table] += 1
    if process.returncode != 0:
        raise Unacceptable(f"{file} is damaged.", "Choose another backup of the same database.")
    return found


def _count_of(table: str) -> Select[Any]:
    return select(func.count()).select_from(tables.metadata.tables[table])


def load(engine: Engine, source: Path, *, overwrite: bool) -> None:
    """In one transaction: killed half-way, the database is as it was."""
    _read_contents(source)
    if not overwrite and _has_tables(engine):
        raise Conflict(
            "The database is not empty; nothing was touched.", "Say --yes-overwrite to put the backup in its place."
        )
    clean = ("--clean", "--if-exists") if overwrite else ()
    _run(engine, "pg_restore", "--single-transaction", "--exit-on-error", *clean, *NOT_OURS, str(source))


def _has_tables(engine: Engine) -> bool:
    if current_revision(engine) is not None:
        return True
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"))
        return bool(found.scalar_one())


def _read_contents(file: Path) -> None:
    listed = subprocess.run(  # noqa: S603  # our own program and a file name, no shell
        [find_program("pg_restore"), "--list", file], capture_output=True, text=True, check=False
    )
    if listed.returncode != 0 or "TABLE DATA" not in listed.stdout or " history " not in listed.stdout:
        raise Unacceptable(
            f"{file} is damaged or no backup of this program.", "Choose another backup of the same database."
        )


def _run(engine: Engine, program: str, *arguments: str) -> None:
    conninfo, environment = _connection(engine)
    done = subprocess.run(  # noqa: S603  # as above
        [find_program(program), f"--dbname={conninfo}", *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        # The last line says what went wrong; the ones before may quote a row.
        reason = next((line for line in done.stderr.splitlines() if "error:" in line), "it gave no reason")
        raise Unacceptable(
            f"{program} stopped: {reason.partition('error:')[2].strip() or reason}.", "Nothing was kept."
        )


def _connection(engine: Engine) -> tuple[str, dict[str, str]]:
    _, options = engine.dialect.create_connect_args(engine.url)
    environment = dict(os.environ)
    if "password" in options:
        environment["PGPASSWORD"] = str(options.pop("password"))
    options.pop("context", None)  # the driver's own, not the server's
    return make_conninfo(**options), environment


def find_program(name: str) -> str:
    """Where the program is: on the PATH, or where Debian keeps those of each version."""
    newest = max(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]), default=None
    )
    found = str(newest) if newest else shutil.which(name)
    if found is None:
        raise Unacceptable(f"The program {name} is not installed; nothing was done.", MISSING)
    return found
