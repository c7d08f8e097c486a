"""Health: whether the digest can be relied on today, as a verdict from the record that needs no mail server."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from db import heartbeats, job_runs, joining, outbox, people, recipients
from db.heartbeats import Heartbeat
from db.letters import LetterState
from db.outbox import KeptLetter
from db.people import Clinic
from db.recipients import Recipient
from monitor.config import Config
from monitor.services.desk import Desk
from monitor.services.found import Finding, Weight
from schedules.letter_days import due_day, instant_of

INTERVALS = 3
"""So many looks may be missed before it counts as silence."""
REMEMBERED = timedelta(days=14)
STRUGGLES_FROM = 4
"""Attempts: a server that is away for a few minutes is no news."""


def list_ailments(desk: Desk, config: Config) -> list[Finding]:
    """What makes the program unwell: each an error, most urgent first. Empty means that all is well."""
    beats = heartbeats.list_heartbeats(desk.connection)
    return [
        *_judge_ticks(beats, config, desk.at),
        *_judge_digests(desk, config),
        *_judge_letters(outbox.list_undelivered(desk.connection, desk.at - REMEMBERED)),
        *_judge_steps(beats, config, desk.at),
        *_judge_runs(desk),
    ]


def list_cautions(desk: Desk, config: Config) -> Iterator[Finding]:
    """What is no fault yet, and what an administrator should know of."""
    if config.mail.kind != "smtp" and recipients.list_recipients(desk.connection):
        yield Finding(
            "mail-goes-nowhere", Weight.WARNING,
            f"There are recipients, but mail.kind is {config.mail.kind}: no digest reaches anybody's mailbox.",
            "Set mail.kind to smtp, and mail.host and mail.sender to those of your mail server.",
            facts={"mail": config.mail.kind},
        )  # fmt: skip
    struggling = outbox.list_struggling(desk.connection, STRUGGLES_FROM)
    if struggling:
        worst = max(struggling, key=lambda one: one.attempts)
        yield Finding(
            "letter-retried", Weight.WARNING,
            f"{_count(len(struggling))} not taken so far and still being tried, one of them after {worst.attempts} "
            f"attempts. The last fault: {worst.fault}.",
            "Check the mail server and the settings under mail. `monitor letter list` names them.",
            facts={"count": len(struggling), "attempts": worst.attempts, "fault": worst.fault},
        )  # fmt: skip


def summarise(ailments: Sequence[Finding]) -> str:
    """In one sentence, for whoever looks at something else; empty where all is well."""
    ids = {one.id for one in ailments}
    if not ids:
        return ""
    late = next((one.sentence for one in ailments if one.id == "digest-late"), "")
    return f"{late or ailments[0].sentence} Do not rely on the digest until `monitor doctor` finds nothing wrong."


def _judge_ticks(beats: Sequence[Heartbeat], config: Config, at: datetime) -> Iterator[Finding]:
    patience = INTERVALS * timedelta(seconds=config.jobs.tick_seconds)
    # A heartbeat from the future was written before a clock was set back, and says nothing about now.
    if any(abs(at - one.ticked_at) <= patience for one in beats):
        return
    last = f"The last one looked {_ago(at - beats[0].ticked_at)}." if beats else "None ever has."
    yield Finding(
        "tick-missing", Weight.ERROR,
        f"No process runs the jobs, so that no digest is planned or sent. {last}",
        "Start `monitor serve`, or `monitor jobs` beside it, and see to it that they start with the machine.",
    )  # fmt: skip


def _ago(past: timedelta) -> str:
    seconds = round(abs(past).total_seconds())
    if seconds < 120:
        when = f"{seconds} seconds"
    else:
        when = f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds // 3600} hours"
    return f"{when} ago" if past >= timedelta(0) else f"{when} from now, by the clock"


def _judge_digests(desk: Desk, config: Config) -> Iterator[Finding]:
    clinics = {one.id: one for one in people.list_clinics(desk.connection)}
    joined = joining.list_joined(desk.connection)
    sent = outbox.last_sent_days(desk.connection, "daily")
    confirmed = [one for one in recipients.list_recipients(desk.connection) if one.is_confirmed and one.clinic_ids]
    late = {one: _late_day(one, clinics[one.clinic_id], joined, sent, config, desk.at) for one in confirmed}
    missing = [one for one, day in late.items() if day is not None]
    if missing:
        is_today = any(day == desk.today[one.clinic_id] for one, day in late.items())
        when = "today" if is_today else f"on {min(day for day in late.values() if day)}"
        names = ", ".join(one.login for one in missing[:6]) + (" and others" if len(missing) > 6 else "")
        yield Finding(
            "digest-late", Weight.ERROR,
            f"No digest went out {when} to {len(missing)} of {len(confirmed)} recipients: {names}.",
            "Look at `monitor letter list`. Until it works use `monitor digest` and `monitor worklist`.",
            facts={"count": len(missing), "all": len(confirmed), "names": names},
        )  # fmt: skip


def _late_day(  # noqa: PLR0917
    one: Recipient,
    clinic: Clinic,
    joined: Mapping[tuple[int, str], datetime],
    sent: Mapping[int, date],
    config: Config,
    at: datetime,
) -> date | None:
    """The day whose digest this recipient should have by now and has not.

    Until today's is late yesterday's counts: a verdict must not become better by the passing of an hour.
    """
    zone, hour = ZoneInfo(clinic.time_zone), config.digest_time(clinic.id)
    day = due_day(at - timedelta(minutes=config.digest.late_after_minutes), hour, zone)
    since = joined.get((one.person_id, one.address))
    if since is None or since > instant_of(day, hour, zone):
        return None
    newest = sent.get(one.person_id)
    return day if newest is None or newest < day else None


def _judge_letters(undelivered: Sequence[KeptLetter]) -> Iterator[Finding]:
    ordered = sorted(undelivered, key=lambda one: (one.state, one.id))
    for state, group in groupby(ordered, key=lambda one: one.state):
        letters = list(group)
        last = letters[-1]
        facts = {"count": len(letters), "letter": last.id, "login": last.login, "fault": last.fault or "–"}
        which = f"the last, number {last.id}, was the {last.kind} letter of {last.day} for '{last.login}'"
        if state is LetterState.DEAD:
            yield Finding(
                "letter-dead", Weight.ERROR,
                f"{_count(len(letters))} given up: {which} ({last.fault or 'no reason is known'}).",
                _remedy(last),
                facts=facts,
            )  # fmt: skip
        else:
            yield Finding(
                "letter-unknown", Weight.ERROR,
                f"{_count(len(letters))} sent without an answer of the mail server, so that nobody knows whether "
                f"they arrived: {which}.",
                f"Ask '{last.login}'. {_remedy(last)}",
                facts=facts,
            )  # fmt: skip


def _count(letters: int) -> str:
    return "One letter was" if letters == 1 else f"{letters} letters were"


def _remedy(last: KeptLetter) -> str:
    return (
        f"`monitor letter show {last.id}` shows it, `monitor letter send {last.id}` tries again, "
        f"`monitor letter settle {last.id} --reason …` says that it is dealt with."
    )


def _judge_steps(beats: Sequence[Heartbeat], config: Config, at: datetime) -> Iterator[Finding]:
    patience = INTERVALS * timedelta(seconds=config.jobs.tick_seconds)
    for one in beats:
        is_alive = abs(at - one.ticked_at) <= patience
        if is_alive and one.failing_since is not None and at - one.failing_since >= patience:
            yield Finding(
                "job-failed", Weight.ERROR,
                f"Since {one.failing_since:%Y-%m-%d %H:%M} UTC something fails at every look: {one.fault}.",
                f"The log of the process {one.replica} says where. Report it; other steps go on meanwhile.",
                facts={"what": one.replica, "fault": one.fault},
            )  # fmt: skip
            return


def _judge_runs(desk: Desk) -> Iterator[Finding]:
    for one in job_runs.list_latest(desk.connection):
        if one.state == job_runs.FAILED:
            yield Finding(
                "job-failed", Weight.ERROR,
                f"The job '{one.job}' failed for {one.day}, after {one.attempts} attempts: {one.fault}.",
                "The log says where. It is tried again by itself after a pause.",
                facts={"what": one.job, "fault": one.fault},
            )  # fmt: skip
