"""Posting: a draft becomes a message, and the outbox keeps it once, with what became of the days before."""

from collections.abc import Callable, Mapping

from db import looks
from db.engine import Connection
from db.letters import Letter, add_letter, add_skipped, skip_older
from db.recipients import Recipient
from monitor.config import Config
from monitor.render.digest_forms import as_html, as_text
from monitor.render.digest_head import written_day
from monitor.render.digest_parts import Chapter, Document
from monitor.render.digest_words import say
from monitor.render.mail_message import message_id_of, write_message
from monitor.services.confirming import LEAVE, link_of
from monitor.services.daily import Draft, draft_daily
from monitor.services.desk import Desk
from monitor.services.digest import Computed
from monitor.services.due_letters import DAILY, Due
from monitor.services.weekly import draft_weekly
from schedules.gaps import NOT_RUN, OVERTAKEN

LeaveToken = Callable[[Connection, Recipient], str | None]
"""The token of the link by which a recipient leaves; None for the last one of a clinic."""


def draft(desk: Desk, config: Config, due: Due, computed: Computed | None = None) -> Draft:
    """What the letter says, whichever kind it is; see `make_digest` for `computed`."""
    return draft_daily(desk, config, due, computed) if due.kind == DAILY else draft_weekly(desk, config, due)


def draft_failure(due: Due, fault: str) -> Draft:
    """The letter in place of one that could not be computed: silence would be taken for a quiet day."""
    language, day = due.recipient.language, written_day(due.day, due.recipient.language)
    sentences = [
        say("failed-what", language, day=day, fault=fault),
        say("failed-worklist", language),
        say("failed-check", language),
        say("failed-clinics", language, clinics=", ".join(sorted(due.recipient.clinic_ids))),
    ]
    subject = say(f"failed-{due.kind}", language, day=day)
    return Draft(Document(subject, Chapter("", sentences, ()), (), say("failed-net", language)))


def write_letter(
    desk: Desk, config: Config, due: Due, drafted: Draft, *, leave_token: LeaveToken
) -> Letter:  # fmt: skip
    """The letter as it will go out, byte for byte."""
    to, document = due.recipient, drafted.document
    body = write_message(
        key=due.key,
        sender=config.mail.sender,
        to=to.address,
        subject=document.subject,
        at=desk.at,
        text=as_text(document),
        page=as_html(document, language=to.language),
        headers=_headers(desk, config, to, leave_token),
        attachments=drafted.attachments,
    )
    return Letter(
        key=due.key, kind=due.kind, person_id=to.person_id, clinic_id=to.clinic_id, day=due.day, address=to.address,
        subject=document.subject, message_id=message_id_of(due.key, config.mail.sender), body=body,
    )  # fmt: skip


def keep_letter(desk: Desk, config: Config, due: Due, letter: Letter, drafted: Draft) -> bool:
    """Put it into the outbox, once. False where another replica was first, and nothing is changed.

    Letters of earlier days that no server has got are given up, since this one says more; days that nobody planned
    are kept as skipped.
    """
    connection, person_id = desk.connection, due.recipient.person_id
    if not add_letter(connection, letter, desk.at):
        return False
    skip_older(connection, person_id=person_id, kind=due.kind, before=due.day, at=desk.at, why=OVERTAKEN)
    for day in drafted.gaps.unplanned if drafted.gaps else ():
        key = f"{due.kind}/{day}/{person_id}"
        missed = Letter(
            key, due.kind, person_id, letter.clinic_id, day, letter.address, "",
            message_id_of(key, config.mail.sender), b"",
        )  # fmt: skip
        add_skipped(connection, missed, desk.at, why=NOT_RUN)
    for seen in drafted.looks:  # by clinic: two replicas that wait for each other would do so in one order
        looks.add_look(connection, seen)
    return True


def _headers(desk: Desk, config: Config, to: Recipient, leave_token: LeaveToken) -> Mapping[str, str]:
    """How to leave (RFC 2369, and by one click, RFC 8058), where the person may and the address can be reached."""
    token = leave_token(desk.connection, to)
    link = link_of(config, token, LEAVE) if token else None
    if link is None:
        return {}
    found = {"List-Unsubscribe": f"<{link}>"}
    if link.startswith("https://"):
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found
