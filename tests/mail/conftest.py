"""A letter as the program writes it."""

from datetime import UTC, datetime

import pytest

from monitor.render.mail_message import write_message

SENDER, TO = "monitor@hospital.example", "ada@hospital.example"


@pytest.fixture
def letter() -> bytes:
    return write_message(
        key="daily/2026-11-02/1", sender=f"Follow-up <{SENDER}>", to=TO, subject="Überfällig: 3",
        at=datetime(2026, 11, 2, 6, tzinfo=UTC), text="Guten Morgen\n.\n..zwei Punkte\nEnde\n",
        page="<p>Guten Morgen</p>",
    )  # fmt: skip
