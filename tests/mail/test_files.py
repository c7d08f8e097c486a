"""Files and console: a letter without a mail server, whole or not at all, and readable."""

import stat
from pathlib import Path

import pytest

from monitor.mail.console import ConsoleMailer
from monitor.mail.delivering import NotTaken
from monitor.mail.files import FileMailer
from monitor.mail.reading import read_letter
from monitor.render.mail_message import Attachment, write_message
from tests.mail.conftest import SENDER, TO


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_letter_is_a_file_that_only_its_owner_can_read(tmp_path: Path, letter: bytes) -> None:
    folder = tmp_path / "new" / "outbox"
    mailer, calls = FileMailer(folder), []
    for _ in range(2):  # sent again, it is the same file
        mailer.deliver(letter, SENDER, TO, before_data=lambda: calls.append(list(tmp_path.iterdir())))
    (file,) = folder.iterdir()
    assert calls[0] == [], "nothing is there before the handing off is kept"
    assert file.read_bytes() == letter
    assert (mode_of(folder), mode_of(file)) == (0o700, 0o600)
    assert file.name.startswith("2026-11-02-")
    assert file.suffix == ".eml"


def test_a_folder_that_cannot_be_made_is_tried_again_later(tmp_path: Path, letter: bytes) -> None:
    (tmp_path / "outbox").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(NotTaken, match=r"^writing the file: File exists$") as caught:
        FileMailer(tmp_path / "outbox").deliver(letter, SENDER, TO, before_data=lambda: None)
    assert caught.value.concerns_all


def test_the_console_shows_what_a_person_would_read(letter: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleMailer().deliver(letter, SENDER, TO, before_data=lambda: None)
    said = capsys.readouterr().out
    assert "Subject: Überfällig: 3\n" in said
    assert "\n\nGuten Morgen\n.\n..zwei Punkte\nEnde\n" in said


def test_an_attachment_is_named_with_its_size(letter: bytes) -> None:
    attached = Attachment("worklist.csv", "text/csv", b"a,b\r\n1,2\r\n")
    message = write_message(
        key="k", sender=SENDER, to=TO, subject="s", at=_date(letter), text="text\n", attachments=[attached]
    )
    assert read_letter(message).endswith("text\n\nAttached: worklist.csv (10 bytes)\n")


def _date(letter: bytes):
    from email.utils import parsedate_to_datetime

    from monitor.mail.reading import headers_of

    return parsedate_to_datetime(headers_of(letter)["Date"])
