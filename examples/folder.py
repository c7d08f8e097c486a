"""The demo's own folder: whatever the demo did not make there stays as it is."""

from pathlib import Path

from schedules.errors import Unacceptable

MARK = "made-by-the-demo.txt"
DATABASE = "record.sqlite3"
TEXT = """This folder was made by `python3 run.py demo`. Everything in it is invented.

The demo deletes the files named below when it runs again, and no others:

"""


class Folder:
    """Keeps a list of what the demo wrote, in the folder itself, before it writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = path / MARK

    def clear(self) -> None:
        """Delete what an earlier run made. Refuses a folder that holds other things and no list."""
        if self.path.exists() and not self._mark.is_file() and any(self.path.iterdir()):
            raise Unacceptable(
                f"The folder {self.path} holds files that the demo did not make, so it was left alone.",
                "Move them away, or name another folder with --to.",
            )
        for name in self._names():
            self._delete(self.path / name)
        self.path.mkdir(parents=True, exist_ok=True)
        self._mark.write_text(TEXT, encoding="utf-8")

    def claim(self, name: str) -> Path:
        """The path for a file that the demo is about to write; refuses one that somebody else wrote."""
        path = self.path / name
        if name not in self._names():
            if path.exists():
                raise Unacceptable(
                    f"{path} was not made by the demo, so it was not overwritten.",
                    "Move it away, or name another folder with --to.",
                )
            with self._mark.open("a", encoding="utf-8") as mark:
                mark.write(f"{name}\n")
        path.parent.mkdir(exist_ok=True)
        return path

    def claim_mails(self, name: str) -> Path:
        """The path for a folder into which the program itself writes mails, at its own time."""
        path = self.claim(f"{name}/")
        path.mkdir(exist_ok=True)
        return path

    def _names(self) -> list[str]:
        if not self._mark.is_file():
            return []
        text = self._mark.read_text(encoding="utf-8")
        return [name for name in text.removeprefix(TEXT).splitlines() if name and ".." not in Path(name).parts]

    def _delete(self, path: Path) -> None:
        if path.is_dir():
            for mail in path.glob("*.eml"):
                mail.unlink()
            if not any(path.iterdir()):
                path.rmdir()
            return
        path.unlink(missing_ok=True)
        if path.name == DATABASE:
            for ending in ("-wal", "-shm", "-journal"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
        if path.parent != self.path and path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
