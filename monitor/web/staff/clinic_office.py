"""The office: letters and who gets them, jobs and health, addresses, and the history, for administrators."""

import io
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from urllib.parse import urlencode

from starlette.responses import Response

from db import audit, heartbeats, job_runs
from db.letters import LetterState
from db.people import list_people
from monitor.render.staff.values import Section
from monitor.render.tables import write_csv
from monitor.services import addresses, confirming, covering
from monitor.services import letters as service
from monitor.services import recipients as receiving
from monitor.services.chaining import find_head
from monitor.services.health import list_ailments, list_cautions
from monitor.services.recipients import Choices
from monitor.services.worklist import clinics_of
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from schedules.errors import NotFound

DAYS = 60
STATES = tuple(one.value for one in LetterState)


def letters(asked: Asked) -> Response:
    state = asked.query("state")
    wanted = [LetterState(state)] if state in STATES else []
    return asked.page(
        "letters.html", Section.CLINIC, letters=service.list_letters(asked.desk, days=DAYS, states=wanted), state=state,
        states=STATES, zone=_zone(asked),
    )  # fmt: skip


def letter(asked: Asked) -> Response:
    """As it was sent. The stored message is shown as text, whatever it holds."""
    found = service.get_letter(asked.desk, asked.number("letter_id"))
    try:
        message = message_from_bytes(service.get_body(asked.desk, found.id), policy=policy.default)
        part = message.get_body(preferencelist=("plain", "html"))
        # The code in a confirmation proves who reads the mailbox; whoever saw it here could confirm in their place.
        body = part.get_content() if part is not None and found.kind != "confirmation" else ""
    except NotFound:
        body = ""
    asked.read("letter", clinic_id=found.clinic_id, patients=0)
    return asked.page("letter_kept.html", Section.CLINIC, letter=found, body=body, zone=_zone(asked))


def act_on_letter(asked: Asked) -> Response:
    form, letter_id = asked.form, asked.number("letter_id")
    what = form.choice("what", ("send", "settle"))
    reason = form.text("reason", required=what == "settle")
    form.finish()
    if what == "send":
        service.send_again(asked.desk, letter_id, reason=reason or None)
    else:
        service.settle(asked.desk, letter_id, reason=reason)
    return asked.back(f"/clinic/letters/{letter_id}")


def recipients(asked: Asked) -> Response:
    return asked.page(
        "recipients.html", Section.CLINIC, recipients=receiving.list_recipients(asked.desk),
        covers=covering.list_covers(asked.desk), people=list_people(asked.desk.connection),
        clinics=clinics_of(asked.desk), zone=_zone(asked),
    )  # fmt: skip


def change_recipient(asked: Asked) -> Response:
    """Enter somebody, send the code again, take somebody off, or note who is away."""
    form, config = asked.form, asked.program.config
    what = form.choice("what", ("add", "resend", "leave", "cover", "back"))
    if what == "back":
        cover_id = form.number("cover")
        form.finish()
        assert cover_id is not None
        covering.undo_cover(asked.desk, cover_id, reason="taken back")
        return asked.back("/clinic/recipients")
    login = form.line("login", required=True)
    if what == "add":
        choices = Choices(
            address=form.line("address", required=True), home=form.get("home") or None, clinics=form.all("clinic"),
            language=form.get("language") or None, is_weekly=form.ticked("weekly"),
            attaches_worklist=form.ticked("attach"), is_physician=form.ticked("physician"),
        )  # fmt: skip
        form.finish()
        receiving.add_recipient(asked.desk, config, login, choices)
    elif what == "cover":
        from_on, until_on = form.day("from_on"), form.day("until_on")
        form.finish()
        assert from_on is not None
        assert until_on is not None
        covering.add_cover(
            asked.desk, login, from_on=from_on, until_on=until_on, deputy=form.line("deputy") or None
        )  # fmt: skip
    else:
        form.finish()
        if what == "resend":
            confirming.resend_code(asked.desk, config, login)
        else:
            receiving.leave(asked.desk, login, reason=form.line("reason") or "by an administrator")
    return asked.back("/clinic/recipients")


def jobs(asked: Asked) -> Response:
    config = asked.program.config
    return asked.page(
        "jobs.html", Section.CLINIC, ailments=list_ailments(asked.desk, config),
        cautions=list(list_cautions(asked.desk, config)), beats=heartbeats.list_heartbeats(asked.desk.connection),
        runs=job_runs.list_latest(asked.desk.connection), head=find_head(asked.desk), zone=_zone(asked),
        at=asked.desk.at,
    )  # fmt: skip


def feeds(asked: Asked) -> Response:
    found = addresses.list_for(asked.desk)
    asked.read("feeds", patients=len({one.reference for one in found if one.reference}))
    return asked.page("feeds.html", Section.CLINIC, found=found, zone=_zone(asked))


def revoke_feed(asked: Asked) -> Response:
    feed_id, reason = asked.form.number("address"), asked.form.line("reason", required=True)
    asked.form.finish()
    assert feed_id is not None
    addresses.revoke(asked.desk, feed_id, reason=reason)
    return asked.back("/clinic/feeds")


def _search(asked: Asked, at_once: int = audit.AT_ONCE) -> tuple[audit.Wanted, list[audit.Searched]]:
    before = asked.query("before")
    wanted = audit.Wanted(
        login=asked.query("login"), act=asked.query("act"), reference=asked.query("patient"),
        text=asked.query("text")[:100],
        since=_midnight(asked.query("since")), until=_midnight(asked.query("until"), days=1),
        before_id=int(before) if before.isascii() and before.isdigit() and len(before) < 15 else None,
    )  # fmt: skip
    clinic_ids = sorted(asked.desk.actor.clinic_ids)
    found = audit.search(asked.desk.connection, wanted, clinic_ids=clinic_ids, at_once=at_once)
    asked.read("history", patients=len({one.reference for one in found if one.reference}))
    return wanted, found


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    try:
        return datetime.combine(datetime.fromisoformat(text[:10]).date(), time(), UTC) + timedelta(days=days)
    except ValueError:
        return None


def history(asked: Asked) -> Response:
    wanted, found = _search(asked)
    asked_for = {name: asked.query(name) for name in ("login", "act", "patient", "text", "since", "until")}
    more = urlencode({**asked_for, "before": found[-1].id}) if len(found) == audit.AT_ONCE else ""
    return asked.page(
        "history.html", Section.CLINIC, found=found, asked_for=asked_for, more=more, wanted=wanted,
        acts=audit.list_acts(asked.desk.connection), people=list_people(asked.desk.connection), zone=_zone(asked),
        file=urlencode(asked_for), head=find_head(asked.desk),
    )  # fmt: skip


def history_csv(asked: Asked) -> Response:
    _, found = _search(asked, at_once=50_000)
    text = io.StringIO()
    heading = ["id", "at", "login", "act", "patient", "subject", "reason", "clinic"]
    rows = [
        [one.id, one.at.isoformat(), one.login, one.act, one.reference, one.subject, one.reason, one.clinic_id]
        for one in found
    ]
    write_csv([heading, *rows], text)
    return download(text.getvalue().encode(), "text/csv; charset=utf-8", "history.csv")


def _zone(asked: Asked) -> str:
    """Instants that belong to no clinic are told by the clock of the person's first one."""
    found = clinics_of(asked.desk)
    return found[0].time_zone if found else asked.program.config.clinic_defaults.time_zone
