"""The place of a run: a folder and databases of its own, which are gone with it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

from db.engine import open_engine
from db.migrate import upgrade
from tests.postgres import Server, find_programs, running

SQLITE, POSTGRESQL = "sqlite", "postgresql"
ROOT = Path(__file__).parents[1]


class Place:
    """Hands out folders and databases. PostgreSQL's server is started when somebody asks for it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._numbers = count(1)

    @property
    def kinds(self) -> list[str]:
        """The databases that can be tried here; the report says which, since a missing one is no success."""
        return [SQLITE, POSTGRESQL] if find_programs() else [SQLITE]

    def new_folder(self, name: str) -> Path:
        folder = self.folder / f"{next(self._numbers):03}-{name}"
        folder.mkdir()
        return folder

    def new_database(self, kind: str) -> str:
        """The address of a migrated, empty database; a file in a folder of its own, or one of the server."""
        if kind == SQLITE:
            file = self.new_folder("database") / "record.sqlite3"
            shutil.copy(self._migrated_file, file)
            return f"sqlite:///{file}"
        return self.server.url(self.server.create(self._migrated_database))

    def new_server(self, *settings: str) -> Server:
        """Another PostgreSQL, for tests that let it crash; gone with the place."""
        programs = find_programs()
        assert programs, "the server programs of PostgreSQL are not installed"
        return self._stack.enter_context(running(programs, *settings))

    @cached_property
    def server(self) -> Server:
        return self.new_server()

    @cached_property
    def _migrated_file(self) -> Path:
        file = self.new_folder("migrated") / "record.sqlite3"
        _migrate(f"sqlite:///{file}")
        return file

    @cached_property
    def _migrated_database(self) -> str:
        name = self.server.create()
        _migrate(self.server.url(name))
        return name


@contextmanager
def new_place() -> Iterator[Place]:
    """A place in the system's folder for such things; open to the server's own user."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            yield Place(folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _migrate(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
