"""Files: each letter becomes one file in a folder that only its owner can read, whole or not at all."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from monitor.mail.delivering import NotTaken
from monitor.mail.faults import say_error
from monitor.mail.reading import headers_of

UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class FileMailer:
    """Writes letters into a folder, for an installation that has no mail server yet."""

    folder: Path

    def deliver(self, letter: bytes, sender: str, to: str, *, before_data: Callable[[], None]) -> None:
        before_data()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self.folder / name_of(letter), letter)
        except OSError as error:
            # Whatever is there by now, the next attempt puts the same bytes in its place.
            raise NotTaken(say_error("writing the file", error), concerns_all=True) from None


def name_of(letter: bytes) -> str:
    """`2026-11-02-3f9c….eml`, from its day and its Message-ID: the same letter again is the same file."""
    headers = headers_of(letter)
    day = parsedate_to_datetime(headers["Date"]).date()
    mark = UNSAFE.sub("-", headers["Message-ID"].strip("<> ").partition("@")[0])
    return f"{day}-{mark}.eml"


def _write(file: Path, content: bytes) -> None:
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    _keep_name(file.parent)


def _keep_name(folder: Path) -> None:
    """Without this a power failure could take the new name away again. Windows has no such call."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
