"""The digest of a clinic: proof that every patient was looked at, and what needs somebody this morning."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db import digests
from db.looks import find_look_before
from db.people import Clinic
from monitor.render.digest_parts import ClinicPart
from monitor.services.desk import Desk
from monitor.services.digest_orphans import list_astray, list_orphans
from monitor.services.digest_walk import Walked, walk
from monitor.services.looking import Failure, end_of, local_day
from monitor.services.worklist import SEEN_WITHIN, clinics_of, exposures, lines_of_clinic
from schedules.changes import count_gone, mark
from schedules.findings import OVERDUE, Finding, Section, sort_lines
from schedules.titles import title_of_family
from schedules.worklists import Line, in_order

WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Order:
    """What a digest is to say: `named_in` are the clinics in which names stand beside references, `since` is when
    the reader's last one was written, so that no event falls between two of them."""

    seen_within: int = SEEN_WITHIN
    named_in: Collection[str] = ()
    since: datetime | None = None


Computed = dict[tuple[str, date, datetime], ClinicPart]
"""Parts by clinic, day and since when events are told: worked out once, however many people read them."""


def make_digest(
    desk: Desk,
    *,
    day: date | None = None,
    clinic: str | None = None,
    order: Order | None = None,
    computed: Computed | None = None,
) -> list[ClinicPart]:
    """The digest of each of the person's clinics on a day (None: today there); a past one as it was known then.

    A clinic that cannot be computed says so and leaves the others whole. What stands in `computed` is taken from
    there, and what is worked out is put there; it must be of the same order.
    """
    order, computed = order or Order(), {} if computed is None else computed
    return [_of_clinic(desk, one, day or desk.today[one.id], order, computed) for one in clinics_of(desk, clinic)]


def _of_clinic(desk: Desk, clinic: Clinic, day: date, order: Order, computed: Computed) -> ClinicPart:
    key = clinic.id, day, _since(clinic, day, order.since)[0]
    if key in computed:
        return computed[key]
    try:
        # PostgreSQL answers nothing more after a failure, except behind a savepoint.
        with desk.connection.begin_nested():
            computed[key] = _compute(desk, clinic, day, order)
            return computed[key]
    except Exception as fault:  # noqa: BLE001 - shown in the digest (a lost connection fails for good at the head)
        return ClinicPart(clinic.id, clinic.name, clinic.time_zone, day, fault=type(fault).__name__)


def _compute(desk: Desk, clinic: Clinic, day: date, order: Order) -> ClinicPart:
    walked, failures = walk(desk, clinic, day)
    followed = [one for one in walked if one.is_followed(day)]
    since, since_on = _since(clinic, day, order.since)
    findings = dict.fromkeys(_find(desk, clinic, day, order, walked=walked, failures=failures, since=since))
    before = find_look_before(desk.connection, clinic.id, day)
    by_section: dict[Section, list[Finding]] = {}
    for one in mark(findings, before):
        by_section.setdefault(one.section, []).append(one)
    for section in OVERDUE:
        by_section.get(section, []).sort(key=lambda one: (-(one.days or 0), one.patient, one.on or day))
    sorted_findings = {section: by_section[section] for section in Section if section in by_section}
    return ClinicPart(
        clinic=clinic.id,
        name=clinic.name,
        zone=clinic.time_zone,
        day=day,
        followed=len({one.dossier.patient_id for one in followed}) + len(failures),
        checks=sum(one.open_checks for one in walked),
        findings=sorted_findings,
        since_on=since_on,
        compared_on=before.day if before else None,
        gone=count_gone(list(findings), before) if before else 0,
        names=_names(walked) if clinic.id in order.named_in else {},
    )


def _find(
    desk: Desk,
    clinic: Clinic,
    day: date,
    order: Order,
    *,
    walked: list[Walked],
    failures: list[Failure],
    since: datetime,
) -> Iterator[Finding]:
    followed = [one for one in walked if one.is_followed(day)]
    lines = in_order(lines_of_clinic(desk, clinic, day, seen_within=order.seen_within))
    known_on = min(day, desk.today[clinic.id])
    week = lines_of_clinic(desk, clinic, day + WEEK, seen_within=order.seen_within, known_on=known_on)
    yield from (Finding(Section.FAILED, one.reference, word=one.fault) for one in failures)
    yield from sort_lines(lines)
    yield from _week(week, day)
    yield from _longest(followed, day)
    yield from list_orphans(desk, followed, day)
    if day >= desk.today[clinic.id]:
        yield from list_astray(desk, clinic.id)  # a damage that only the rows of today can show
    yield from _events(desk, clinic, walked, since, end_of(day, clinic.time_zone))
    yield from _reported(followed)
    yield from _finishing(followed, day)


def _since(clinic: Clinic, day: date, last: datetime | None) -> tuple[datetime, date]:
    """From when on events are told, and that day: since yesterday began, or since the reader's last digest."""
    yesterday = end_of(day - timedelta(days=2), clinic.time_zone)
    if last is None or last >= yesterday:
        return yesterday, day - timedelta(days=1)
    return last, local_day(last, clinic.time_zone)


def _names(walked: Iterable[Walked]) -> dict[str, str]:
    return {one.dossier.reference: one.dossier.detail.name for one in walked if one.dossier.detail.name}


def _week(lines: Iterable[Line], day: date) -> Iterator[Finding]:
    """What falls due in the seven days from this one on."""
    for line in lines:
        for check in line.checks:
            if day <= check.due_on <= day + WEEK:
                booked = line.booked is not None and line.booked.booked_on >= day
                yield Finding(
                    Section.WEEK, line.patient, line.family, tuple(line.titles[check.rule].items()), on=check.due_on,
                    is_unbooked=not booked,
                )  # fmt: skip


def _longest(followed: Iterable[Walked], day: date) -> Iterator[Finding]:
    """Per family the patient without a sample for longest."""
    worst: dict[str, Finding] = {}
    for one in followed:
        for family, clock in exposures(one.dossier, one.protocol, day).items():
            if family not in worst or clock.days > (worst[family].days or 0):
                title = tuple(title_of_family(one.protocol, family).items())
                worst[family] = Finding(
                    Section.LONGEST, one.dossier.reference, family, title, days=clock.days, limit_days=clock.limit_days
                )
    yield from sorted(worst.values(), key=lambda one: -(one.days or 0) / max(one.limit_days or 1, 1))


def _events(
    desk: Desk, clinic: Clinic, walked: Iterable[Walked], since: datetime, until: datetime
) -> Iterator[Finding]:
    """Checks that a re-plan took or postponed, and who was discharged."""
    for deed in digests.list_deeds_between(desk.connection, since, until, clinic_ids=[clinic.id]):
        for lost in deed.details.get("losses", ()):
            yield Finding(Section.LOSSES, deed.reference, word=lost["check"], on=date.fromisoformat(lost["due_on"]))
    for one in walked:
        gone = one.dossier.departure
        if gone and since < gone.entered.entered_at <= until:
            yield Finding(Section.DISCHARGED, one.dossier.reference, word=gone.kind, on=gone.discharged_on)


def _reported(followed: Iterable[Walked]) -> Iterator[Finding]:
    """What patients say was done, as long as no sample answers it."""
    for one in followed:
        for report in one.reports:
            title = tuple(title_of_family(one.protocol, report.family).items())
            yield Finding(Section.REPORTED, one.dossier.reference, report.family, title, on=report.done_on)


def _finishing(followed: Iterable[Walked], day: date) -> Iterator[Finding]:
    for one in followed:
        if one.ends_on and one.ends_on >= day and (one.ends_on.year, one.ends_on.month) == (day.year, day.month):
            yield Finding(Section.FINISHING, one.dossier.reference, on=one.ends_on)
