"""Recipients for tests: entered as an administrator does, confirmed with the code of the mail that was written."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from sqlalchemy import Engine, select

from db import tables
from db.engine import reading
from db.recipients import Recipient, find_recipient
from monitor.bootstrap import Program
from monitor.services.confirming import confirm
from monitor.services.recipients import Choices, add_recipient

CODE = re.compile(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b")


def mails(engine: Engine, kind: str | None = None) -> list[EmailMessage]:
    """The bodies in the outbox, oldest first, read as a mail program reads them."""
    letter = tables.letter
    query = select(letter.c.body).where(letter.c.body.is_not(None)).order_by(letter.c.id)
    if kind is not None:
        query = query.where(letter.c.kind == kind)
    with reading(engine) as connection:
        bodies = list(connection.execute(query).scalars())
    return [message_from_bytes(one, policy=default) for one in bodies]


def text_of(mail: EmailMessage) -> str:
    """The plain text, as it is read."""
    content = mail.get_body(("plain",))
    assert content is not None
    return str(content.get_content())


def latest_code(engine: Engine) -> str:
    """The code in the newest mail that holds one."""
    return code_in(text_of(mails(engine, "confirmation")[-1]))


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found is not None
    return found[0]


def add(program: Program, login: str, home: str = "north", **choices: Any) -> Recipient:
    """A recipient who has yet to confirm; without clinics those that the person may see."""
    chosen = Choices(address=choices.pop("address", f"{login}@hospital.example"), home=home, **choices)
    with program.writing("root-admin") as desk:
        return add_recipient(desk, program.config, login, chosen)


def add_confirmed(program: Program, login: str, home: str = "north", **choices: Any) -> Recipient:
    """A recipient who has confirmed with the code of the mail."""
    added = add(program, login, home, **choices)
    with program.writing(login) as desk:
        assert confirm(desk, login, latest_code(program.engine))
        found = find_recipient(desk.connection, added.person_id)
    assert found is not None
    return found
