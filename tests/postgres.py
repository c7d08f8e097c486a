"""A PostgreSQL server of the tests' own: started once a session, gone with it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

OWNER = "postgres"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


def find_programs() -> Path | None:
    """The directory of the newest server's programs, where Debian or an ordinary PATH has them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Server:
    """A running server, listening on a socket in its own directory only."""

    def __init__(self, directory: Path, command: Sequence[str], user: str | None) -> None:
        self.directory = directory
        self._command, self._user = command, user
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.directory}"

    def admin(self) -> psycopg.Connection:
        return psycopg.connect(f"host={self.directory} user={OWNER} dbname=postgres", autocommit=True)

    def create(self, template: str = "template0") -> str:
        """A new database, as a copy of another; returns its name."""
        name = f"record_{next(self._numbers)}"
        with self.admin() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        with self.admin() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def end_connections(self, database: str) -> int:
        """Ends every connection to a database, whatever it is doing, as a fail-over does; returns how many."""
        ending = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        with self.admin() as connection:
            row = connection.execute(ending, [database]).fetchone()
        return int(row[0]) if row else 0

    def start(self) -> None:
        log = self.directory / "log"
        with log.open("a") as out:
            self._process = subprocess.Popen(
                self._command, stdout=out, stderr=out, cwd=self.directory, env=ENVIRONMENT, user=self._user,
                group=self._user, extra_groups=[] if self._user else None,
            )  # fmt: skip
        _wait(self, self._process, log)

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT ends all connections; SIGQUIT is a crash, as `pg_ctl stop -m immediate`."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None


@contextmanager
def running(programs: Path, *settings: str) -> Iterator[Server]:
    """Start a server and stop it; about a second. As root it runs under its own user, as it insists.

    `settings` come after the quick ones: "synchronous_commit=on" where a test lets the server crash.
    """
    # Not under pytest's own directory: that one is closed to other users.
    directory = Path(tempfile.mkdtemp(prefix="record-pg-"))
    user = OWNER if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user, user)
    data = str(directory / "data")
    initdb = [
        str(programs / "initdb"),
        "-D",
        data,
        "-U",
        OWNER,
        "--auth=trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    subprocess.run(
        initdb, check=True, capture_output=True, cwd=directory, env=ENVIRONMENT, user=user, group=user,
        extra_groups=[] if user else None,
    )  # fmt: skip
    options = [part for setting in (*QUICK, *settings) for part in ("-c", setting)]
    command = [str(programs / "postgres"), "-D", data, "-k", str(directory), "-c", "listen_addresses=", *options]
    server = Server(directory, command, user)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise AssertionError(f"the server did not start:\n{log.read_text()}")
        try:
            server.admin().close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the server did not answer:\n{log.read_text()}")
