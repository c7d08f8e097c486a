"""The ward: a clinic with recipients and a mail server, and a program that looks when the test's clock says so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine, Row, select

from db import people, tables
from db.engine import reading, writing
from db.facts import Stamp, add_fact
from faults.clinic import CLINIC, new_clinic
from faults.clocks import STARTS_AT
from faults.place import Place
from faults.sink import Sink, new_sink
from faults.working import SENDER, STEPS_OF
from monitor.bootstrap import Program, mailer_of
from monitor.clock import FixedClock
from monitor.config.settings import Mail
from monitor.jobs.ticking import tick

RECIPIENTS = ("ada", "bea", "olga")


def add_recipients(engine: Engine, at: datetime, homes: Sequence[tuple[str, str]]) -> None:
    """Logins, each with a home clinic and a confirmed address; an administrator's digest is about every clinic."""
    with writing(engine) as connection:
        for login, clinic_id in homes:
            person = people.find_person(connection, login)
            assert person is not None
            clinics = sorted(person.clinic_ids) if person.role == "admin" else [clinic_id]
            stamp = Stamp(person.id, at)
            row = add_fact(
                connection, tables.recipient, person.id, stamp=stamp, clinic_id=clinic_id, clinic_ids=clinics,
                address=f"{login}@hospital.example", language="en", is_weekly=False, attaches_worklist=False,
                is_physician=False, code_sha256="c" * 64,
            )  # fmt: skip
            add_fact(connection, tables.confirmation, row, stamp=stamp)


class Ward:
    """Three recipients of one clinic; it begins on Monday at 06:00 in Berlin, and nobody has had a letter yet."""

    def __init__(self, base: Program, sink: Sink) -> None:
        mail = Mail(kind="smtp", host="127.0.0.1", port=sink.port, security="none", sender=SENDER)
        config = base.config.model_copy(update={"mail": mail})
        self.clock, self.sink = FixedClock(STARTS_AT - timedelta(hours=1)), sink
        self.program = Program(config, base.engine, self.clock, base.rulebook, mailer_of(config))
        add_recipients(base.engine, self.clock.now() - timedelta(hours=12), [(login, CLINIC) for login in RECIPIENTS])

    def look(self) -> None:
        tick(self.program, "replica", STEPS_OF["digests"])

    def look_until(self, until: datetime, *, every: timedelta) -> None:
        """Look now, and again and again until the clock shows that instant."""
        while self.clock.now() < until:
            self.look()
            self.clock.advance(min(every, until - self.clock.now()))
        self.look()

    def letters(self) -> list[Row[Any]]:
        with reading(self.program.engine) as connection:
            return list(connection.execute(select(tables.letter).order_by(tables.letter.c.id)))

    def days(self, state: str) -> list[date]:
        """The days of all letters in that state; each stands here as often as there are such letters."""
        return sorted(row.day for row in self.letters() if row.state == state)

    def text_of(self, login: str, day: date) -> str:
        """What somebody read on a day."""
        address = f"{login}@hospital.example"
        body = next(row.body for row in self.letters() if row.address == address and row.day == day)
        message = message_from_bytes(body, policy=policy.default)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@contextmanager
def new_ward(place: Place, kind: str, *, patients: int = 2) -> Iterator[Ward]:
    base, _, _ = new_clinic(place.new_database(kind), patients=patients, at=STARTS_AT - timedelta(days=1))
    try:
        with new_sink(place.new_folder("mail")) as sink:
            yield Ward(base, sink)
    finally:
        base.engine.dispose()
