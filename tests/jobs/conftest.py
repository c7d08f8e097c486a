"""A mailer that keeps what it gets or fails as it is told, and letters in the outbox for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from db import people, tables
from db.engine import reading, writing
from db.letters import Letter, add_letter
from monitor.bootstrap import Program
from monitor.render.mail_message import message_id_of, write_message

SENDER = "monitor@localhost"


@dataclass(slots=True)
class FakeMailer:
    """`failures` are raised one after the other, before the letter goes out; `after` once it has gone out."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    after: list[Exception] = field(default_factory=list)
    on_deliver: Callable[[], None] = lambda: None

    def deliver(self, letter: bytes, sender: str, to: str, *, before_data: Callable[[], None]) -> None:
        self.on_deliver()
        if self.failures:
            raise self.failures.pop(0)
        before_data()
        self.sent.append((to, letter))
        if self.after:
            raise self.after.pop(0)


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def posting(program: Program, mailer: FakeMailer) -> Program:
    """The invented clinic with the fake mailer."""
    return replace(program, mailer=mailer)


Plan = Callable[..., int]


def plan_letter(
    program: Program, login: str = "ada", *, kind: str = "daily", day: date = date(2026, 11, 2), number: int = 1
) -> int:
    """A letter in the outbox; its id."""
    key, to = f"{kind}/{day}/{login}/{number}", f"{login}@hospital.example"
    at = program.clock.now()
    body = write_message(key=key, sender=SENDER, to=to, subject="s", at=at, text=f"letter {number}\n")
    with writing(program.engine) as connection:
        person = people.find_person(connection, login)
        assert person is not None
        letter = Letter(
            key=key, kind=kind, person_id=person.id, clinic_id="north", day=day, address=to, subject="s",
            message_id=message_id_of(key, SENDER), body=body,
        )  # fmt: skip
        add_letter(connection, letter, at)
        return int(connection.execute(select(tables.letter.c.id).where(tables.letter.c.key == key)).scalar_one())


@pytest.fixture
def plan(program: Program) -> Plan:
    return lambda *args, **options: plan_letter(program, *args, **options)


def row_of(program: Program, letter_id: int) -> dict[str, Any]:
    with reading(program.engine) as connection:
        return dict(connection.execute(select(tables.letter).where(tables.letter.c.id == letter_id)).mappings().one())
