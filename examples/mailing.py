"""Lets the invented staff get the digest, as a real installation does: a mail with a code, and its confirmation."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

from examples.inventing import SITES
from examples.setting_up import ADMINISTRATOR
from monitor.bootstrap import Program
from monitor.jobs.sending import send_letters
from monitor.jobs.steps import STEPS
from monitor.jobs.ticking import tick
from monitor.mail.files import FileMailer
from monitor.services.confirming import confirm
from monitor.services.recipients import Choices, add_recipient

OUTBOX = "outbox"
REPLICA = "demo"
CODE = re.compile(r"monitor recipient confirm (\S+) (\S+)")
READERS = {
    ADMINISTRATOR: Choices(is_weekly=True, attaches_worklist=True),
    "dora": Choices(is_physician=True),
    "ada": Choices(clinics=["north"]),
}
"""Two get the digest of every site, one of them its responsible physician; a nurse gets that of her own."""


def let_staff_read(program: Program) -> None:
    """Everybody is asked by mail, and types the code that stands in it."""
    with program.writing(ADMINISTRATOR) as desk:
        for login, choices in READERS.items():
            told = replace(choices, address=f"{login}@hospital.example", home=SITES[0].id)
            add_recipient(desk, program.config, login, told)
    send_letters(program, REPLICA)
    for login, code in _read_codes(program):
        with program.writing(login) as desk:
            assert confirm(desk, login, code)


def send_digest(program: Program) -> None:
    """This morning's digest, unless it went out: one look of the jobs."""
    tick(program, REPLICA, STEPS)


def _read_codes(program: Program) -> list[tuple[str, str]]:
    """Login and code, from the mails as they arrived."""
    assert isinstance(program.mailer, FileMailer)
    mails = [message_from_bytes(file.read_bytes(), policy=default) for file in program.mailer.folder.glob("*.eml")]
    texts = [text.get_content() for mail in mails if (text := mail.get_body(("plain",))) is not None]
    return [(found[1], found[2]) for text in texts if (found := CODE.search(text))]
