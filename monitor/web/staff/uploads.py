"""Uploads: a file that a person chose, and that the report's own page brings back, byte for byte."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from monitor.web.staff.forms import Form
from schedules.errors import Unacceptable

LARGEST = 4 * 1024 * 1024
"""Bytes of a file: a list of tens of thousands of rows. A longer one is a matter for the command line."""
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file by the name that the person knows it by."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def packed(self) -> str:
        """The bytes as a field of a form, so that the next step acts on what was reported and nothing is stored."""
        return base64.b64encode(zlib.compress(self.content)).decode("ascii")

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The file under its own name, for as long as it is read."""
        with TemporaryDirectory(prefix="monitor-upload-") as folder:
            path = Path(folder) / self.name
            path.write_bytes(self.content)
            yield path


def read_upload(form: Form) -> Upload:
    """The file that was chosen. Refuses one that is empty, too large, or by its name no table."""
    name, content = form.files.get("file", ("", b""))
    if not name:
        form.complain("file", "missing")
        form.finish()
    return _accept(name, content)


def read_again(form: Form) -> Upload:
    """The file that came back with the report. Refuses what is not whole any more."""
    again = Unacceptable("The file did not come back whole.", "Choose it once more.", code="file-not-whole")
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.b64decode(form.get("content"), validate=True), LARGEST + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise again from None
    if not unpacking.eof:
        raise again
    return _accept(form.get("file_name"), content)


def _accept(name: str, content: bytes) -> Upload:
    plain = _plain(name)
    if not content:
        raise Unacceptable(f"{plain} is empty.", code="file-empty", file=plain)
    if len(content) > LARGEST:
        raise Unacceptable(
            f"{plain} is larger than {LARGEST // 1024 // 1024} MB.", "Use `monitor import` on the server.",
            code="file-too-large", file=plain, most=LARGEST // 1024 // 1024,
        )  # fmt: skip
    if not plain.lower().endswith(ENDINGS):
        raise Unacceptable(
            f"{plain} is no table.", "Save it as CSV (UTF-8) or as an Excel workbook (.xlsx).", code="file-no-table",
            file=plain,
        )  # fmt: skip
    return Upload(plain, content)


def _plain(name: str) -> str:
    """The last part of a name, with nothing in it that a path could misunderstand."""
    last = PurePath(name.replace("\\", "/")).name
    kept = "".join(one if one.isalnum() or one in "-_. ()" else "_" for one in last).strip(". ")
    return kept[-100:] or "file"
