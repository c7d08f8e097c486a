"""What tests of letters share: invented recipients, who is away, and what became of earlier letters."""

from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import select, update

from db import people, tables
from db.engine import writing
from db.facts import Stamp, add_fact
from db.recipients import Recipient, list_recipients
from monitor.bootstrap import Program


def add_recipient(
    program: Program, login: str, *clinics: str, confirmed: bool = True, at: datetime | None = None, **choices: Any
) -> int:
    """A recipient with a confirmed address, home at the first of the clinics; returns the person's id."""
    at = at or program.clock.now()
    with writing(program.engine) as connection:
        person = people.find_person(connection, login)
        assert person is not None
        stamp = Stamp(person.id, at)
        values: dict[str, Any] = {
            "clinic_id": clinics[0], "clinic_ids": list(clinics), "address": f"{login}@hospital.example",
            "language": "en", "is_weekly": False, "attaches_worklist": False, "is_physician": False,
            "code_sha256": "c" * 64,
        }  # fmt: skip
        row = add_fact(connection, tables.recipient, person.id, stamp=stamp, **(values | choices))
        if confirmed:
            add_fact(connection, tables.confirmation, row, stamp=stamp)
    return person.id


def change_recipient(program: Program, login: str, **choices: Any) -> None:
    """Another row in place of the one that holds."""
    with writing(program.engine) as connection:
        recipient = tables.recipient
        person = people.find_person(connection, login)
        assert person is not None
        newest = select(recipient).where(recipient.c.person_id == person.id).order_by(recipient.c.id.desc()).limit(1)
        old = dict(connection.execute(newest).mappings().one())
        names = ("clinic_id", "clinic_ids", "address", "language", "is_weekly", "attaches_worklist", "is_physician")
        values = {name: old[name] for name in (*names, "code_sha256")} | choices
        stamp = Stamp(person.id, program.clock.now())
        add_fact(connection, recipient, person.id, stamp=stamp, replaces_id=old["id"], **values)


def send_away(program: Program, login: str, from_on: date, until_on: date, deputy: str | None = None) -> None:
    with writing(program.engine) as connection:
        away = people.find_person(connection, login)
        standing_in = people.find_person(connection, deputy) if deputy else None
        assert away is not None
        add_fact(
            connection, tables.cover, away.id, stamp=Stamp(away.id, program.clock.now()), from_on=from_on,
            until_on=until_on, deputy_id=standing_in.id if standing_in else None,
        )  # fmt: skip


def end_letters(program: Program, state: str = "sent", *, fault: str | None = None, key: str | None = None) -> None:
    """What the mail server made of the letters that wait, or of the one named."""
    letter = tables.letter
    where = letter.c.key == key if key else letter.c.state == "planned"
    values = {"state": state, "ended_at": program.clock.now(), "fault": fault}
    with writing(program.engine) as connection:
        assert connection.execute(update(letter).where(where).values(values)).rowcount


def letters_of(program: Program) -> dict[str, Any]:
    """Every row of the outbox by its key, in the order of planning."""
    with program.engine.connect() as connection:
        rows = connection.execute(select(tables.letter).order_by(tables.letter.c.id)).all()
    return {row.key: row for row in rows}


def recipients_of(program: Program) -> dict[str, Recipient]:
    with program.engine.connect() as connection:
        return {one.login: one for one in list_recipients(connection)}


def read_letter(body: bytes) -> EmailMessage:
    message = message_from_bytes(body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part_of(message: EmailMessage, kind: str) -> str:
    """The text (`plain`) or the page (`html`) of a letter."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


class Page(HTMLParser):
    """A letter's page, read again: its words, what it would load, and that every element is closed in its place."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.loads: list[str] = []
        self.title = ""
        self._open: list[str] = []
        assert page.startswith("<!doctype html>\n")
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "background", "srcset"}]
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        match self._open:
            case [*_, "style"]:
                self.loads += [word for word in ("url(", "@import") if word in data]
            case [*_, "title"]:
                self.title = data
            case [_, "body", *_]:
                self.words += data.split()
