"""A PostgreSQL server of the tests' own: started once a session, gone with it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

OWNER = "postgres"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60")


def find_programs() -> Path | None:
    """The directory of the newest server's programs, where Debian or an ordinary PATH has them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Server:
    """A running server, listening on a socket in its own directory only."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._numbers = count(1)

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


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Start a server and stop it; about a second. As root it runs under its own user, as it insists."""
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
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    groups: list[str] | None = [] if user else None
    subprocess.run(
        initdb, check=True, capture_output=True, cwd=directory, env=environment, user=user, group=user,
        extra_groups=groups,
    )  # fmt: skip
    settings = [part for setting in QUICK for part in ("-c", setting)]
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", data, "-k", str(directory), "-c", "listen_addresses=", *settings],
            stdout=log, stderr=log, cwd=directory, env=environment, user=user, group=user, extra_groups=groups,
        )  # fmt: skip
        try:
            server = Server(directory)
            _wait(server, process, directory / "log")
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
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
