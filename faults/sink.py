"""The sink: a real mail server on loopback, a process of its own, that writes down every letter it takes."""

import asyncio
import json
import re
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

from faults.processes import CONTEXT, end_with_parent

MESSAGE_ID = re.compile(rb"^Message-ID:[ \t]*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)


class Copy(NamedTuple):
    """A letter as the mail server got it."""

    to: str
    message_id: str
    sha256: str


class Sink:
    """Takes letters on one port while it is `up`; whoever knocks while it is `down` is refused."""

    def __init__(self, folder: Path, *, seconds: float) -> None:
        self._file, self._seconds = folder / "taken.jsonl", seconds
        self._file.touch()
        # Bound once and for all, so that nobody else takes the port while the server is down.
        self._bound = socket.socket()
        self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._bound.bind(("127.0.0.1", 0))
        self.port: int = self._bound.getsockname()[1]
        self._process: object = None

    def up(self) -> None:
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=_serve, args=(self._file, self.port, self._seconds, theirs), daemon=True)
        process.start()
        theirs.close()
        assert ours.recv() == "ready"
        ours.close()
        self._process = process

    def down(self) -> None:
        if self._process is not None:
            self._process.kill()  # type: ignore[attr-defined]
            self._process.join()  # type: ignore[attr-defined]
            self._process = None

    def close(self) -> None:
        self.down()
        self._bound.close()

    def copies(self) -> list[Copy]:
        """Everything that was taken so far, in that order; a line that is being written is left for the next look."""
        lines = self._file.read_text(encoding="utf-8").splitlines(keepends=True)
        return [Copy(**json.loads(line)) for line in lines if line.endswith("\n")]


@contextmanager
def new_sink(folder: Path, *, seconds: float = 0.0) -> Iterator[Sink]:
    """A server that is up; it takes `seconds` between having a letter and saying so."""
    sink = Sink(folder, seconds=seconds)
    try:
        sink.up()
        yield sink
    finally:
        sink.close()


def extra_copies(copies: Sequence[Copy]) -> Counter[str]:
    """How many more than one came of each Message-ID; those that came once are left out."""
    return Counter(
        {name: number - 1 for name, number in Counter(one.message_id for one in copies).items() if number > 1}
    )


def differing(copies: Sequence[Copy]) -> int:
    """Message-IDs of which two copies are not the same, byte for byte and by their recipient."""
    return len(set(copies)) - len({one.message_id for one in copies})


class _Recorder:
    def __init__(self, file: Path, seconds: float) -> None:
        self._file, self._seconds = file, seconds

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (the library's)
        content = envelope.original_content or b""
        found = MESSAGE_ID.search(content.partition(b"\r\n\r\n")[0])
        for address in envelope.rcpt_tos:
            copy = Copy(address, found[1].decode() if found else "", sha256(content).hexdigest())
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(copy._asdict()) + "\n")
        # It has the letter, and nobody knows yet: who is killed now has sent it and never hears so (RFC 1047).
        await asyncio.sleep(self._seconds)
        return "250 taken"


def _serve(file: Path, port: int, seconds: float, ready: Connection) -> None:
    end_with_parent()
    asyncio.run(_listen(file, port, seconds, ready))


async def _listen(file: Path, port: int, seconds: float, ready: Connection) -> None:
    recorder = _Recorder(file, seconds)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(recorder, hostname="sink.example", ident="sink"), "127.0.0.1", port, reuse_port=True
    )
    ready.send("ready")
    ready.close()
    await server.serve_forever()
