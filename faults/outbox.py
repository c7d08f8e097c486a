"""The outbox as the tests plant and judge it: letters of an invented clinic, and what became of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Engine, Select, func, select
from sqlalchemy import Row as SqlRow

from db import people, tables
from db.engine import reading, writing
from db.failures import FAILURES
from db.letters import Letter, add_letter
from db.people import Clinic
from faults.clocks import SharedClock
from faults.sink import Copy, differing, extra_copies
from faults.working import SENDER
from monitor.render.mail_message import message_id_of, write_message

CLINIC = Clinic("north", "North Clinic (invented)", "Europe/Berlin", "DE")
PATIENCE = 8
LINES = 200
"""A digest of a busy clinic has about as many."""


class Row(NamedTuple):
    """What is left of a letter in the record."""

    kind: str
    message_id: str
    state: str
    attempts: int
    body_sha256: str


class Outcome(NamedTuple):
    """How a run ended: letters against copies."""

    letters: int
    lost: int
    distinct: int
    extra: int
    unexplained: int
    differing: int


def plant(engine: Engine, clock: SharedClock, letters: int) -> None:
    """So many letters of one morning, all due now, each to an address of its own."""
    with writing(engine) as connection:
        people.add_clinic(connection, CLINIC)
        ada = people.add_person(connection, login="ada", name="Ada Example", role="nurse", clinic_ids=[CLINIC.id])
        at = clock.now()
        for number in range(letters):
            add_letter(connection, _letter(number, ada.id, at.date(), clock), at)


def _letter(number: int, person_id: int, day: date, clock: SharedClock) -> Letter:
    key, to, subject = f"daily/{day}/invented-{number}", f"ward-{number}@hospital.example", f"{day}: 3 overdue"
    text = "".join(f"{line}. A-{number:04}-{line:03} blood count overdue\n" for line in range(LINES))
    body = write_message(key=key, sender=SENDER, to=to, subject=subject, at=clock.now(), text=text)
    return Letter(key, "daily", person_id, CLINIC.id, day, to, subject, message_id_of(key, SENDER), body)


def count_ended(engine: Engine) -> int:
    """Letters with which nothing will happen any more."""
    query = select(func.count()).select_from(tables.letter).where(~tables.IS_TO_SEND)
    return int(look_up(engine, query)[0][0])


def list_rows(engine: Engine) -> list[Row]:
    letter = tables.letter
    columns = (letter.c.kind, letter.c.message_id, letter.c.state, letter.c.attempts, letter.c.body_sha256)
    query = select(*columns).order_by(letter.c.id)
    return [Row._make(row) for row in look_up(engine, query)]


def look_up(engine: Engine, query: Select[Any]) -> Sequence[SqlRow[Any]]:
    """Asked again where SQLite kept us waiting for longer than it lets anybody wait: we only watch."""
    for _ in range(PATIENCE):
        try:
            with reading(engine) as connection:
                return connection.execute(query).all()
        except FAILURES:
            continue
    raise AssertionError("the database has not answered for minutes")


def judge(rows: Sequence[Row], copies: Sequence[Copy]) -> Outcome:
    """Lost is what the record calls anything but sent, or what the mail server never got.

    Unexplained is a second copy of a letter that was tried once only; differing a copy with other bytes than the
    record's own, or than another copy.
    """
    taken, extra = {one.message_id for one in copies}, extra_copies(copies)
    attempts = {row.message_id: row.attempts for row in rows}
    wanted = {row.message_id: row.body_sha256 for row in rows}
    return Outcome(
        letters=len(rows),
        lost=sum(row.state != "sent" or row.message_id not in taken for row in rows),
        distinct=len(taken),
        extra=sum(extra.values()),
        unexplained=sum(number for name, number in extra.items() if attempts.get(name, 0) < 2),
        differing=differing(copies) + sum(one.sha256 != wanted.get(one.message_id) for one in copies),
    )


def states_of(engine: Engine) -> Counter[str]:
    return Counter(row.state for row in list_rows(engine))
