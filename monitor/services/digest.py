"""The digest: proof that every patient was looked at, and what needs somebody this morning."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from db import digests, patients, protocols
from db.digests import Reach
from db.dossiers import Dossier, list_dossiers
from db.people import Clinic
from monitor.render.digest import ClinicPart
from monitor.services import approving
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from monitor.services.looking import Failure, end_of
from monitor.services.worklist import SEEN_WITHIN, clinics_of, exposures, lines_of_clinic, title_of_family
from schedules.errors import NeedsApproval
from schedules.findings import Finding, Section, sort_lines
from schedules.following import Outcome
from schedules.model import Settlement
from schedules.planning import group_courses, group_episodes
from schedules.protocol import Protocol, Recurring, Sex
from schedules.worklists import Line, in_order

WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Walked:
    """One treatment as far as the digest needs it; `ends_on` is the end of follow-up."""

    dossier: Dossier
    protocol: Protocol
    ends_on: date | None
    is_treated: bool
    reach: Mapping[str, Reach]

    @property
    def open_checks(self) -> int:
        return sum(one.open_checks for one in self.reach.values())

    def is_followed(self, day: date) -> bool:
        """Neither discharged nor at the end of follow-up with nothing left open."""
        ended = self.ends_on is not None and self.ends_on < day
        return self.dossier.departure is None and not (ended and not self.open_checks)


def make_digest(
    desk: Desk, *, day: date | None = None, clinic: str | None = None, seen_within: int = SEEN_WITHIN
) -> list[ClinicPart]:
    """The digest of each of the person's clinics on a day (None: today there); a past one as it was known then."""
    return [
        _of_clinic(desk, one, day or desk.today[one.id], seen_within=seen_within) for one in clinics_of(desk, clinic)
    ]


def _of_clinic(desk: Desk, clinic: Clinic, day: date, *, seen_within: int) -> ClinicPart:
    walked, failures = _walk(desk, clinic, day)
    followed = [one for one in walked if one.is_followed(day)]
    lines = in_order(lines_of_clinic(desk, clinic, day, seen_within=seen_within))
    week = lines_of_clinic(desk, clinic, day + WEEK, seen_within=seen_within, known_on=min(day, desk.today[clinic.id]))
    findings = [
        *(Finding(Section.FAILED, one.reference, word=one.fault) for one in failures),
        *sort_lines(lines),
        *_week(week, day),
        *_longest(followed, day),
        *_orphans(desk, followed, day),
        *_since_yesterday(desk, clinic, walked, day),
        *_finishing(followed, day),
    ]
    by_section: dict[Section, list[Finding]] = {}
    for finding in dict.fromkeys(findings):
        by_section.setdefault(finding.section, []).append(finding)
    until = end_of(day, clinic.time_zone)
    return ClinicPart(
        clinic=clinic.id,
        name=clinic.name,
        zone=clinic.time_zone,
        day=day,
        followed=len({one.dossier.patient_id for one in followed}) + len(failures),
        checks=sum(one.open_checks for one in walked),
        last_import=digests.find_last_import(desk.connection, until),
        findings={section: by_section[section] for section in Section if section in by_section},
    )


def _walk(desk: Desk, clinic: Clinic, day: date) -> tuple[list[Walked], list[Failure]]:
    """Every treatment of the clinic, none left out: one that cannot be computed is a failure of its own."""
    is_past = day < desk.today[clinic.id]
    known_at = end_of(day, clinic.time_zone) if is_past else None
    reach = {} if is_past else digests.list_reach(desk.connection, clinic_ids=[clinic.id])
    ids = [one.id for one in patients.list_treatments(desk.connection, clinic_ids=[clinic.id])]
    walked, failures = [], []
    for dossier in list_dossiers(desk.connection, ids, known_at=known_at):
        try:
            protocol = desk.rulebook.get(desk.connection, dossier.assignment, clinic.id)
            own = _reach_of(follow_dossier(desk, dossier)[1]) if is_past else reach.get(dossier.treatment_id, {})
            courses = group_courses(dossier.given_and_planned, protocol.courses.gap_days)
            ends = [one.ends_on for one in group_episodes(courses, protocol.follow_up.lasts) if one.ends_on]
            walked.append(Walked(dossier, protocol, ends[-1] if ends else None, bool(courses), own))
        except Exception as fault:  # noqa: BLE001 - one patient's failure is shown and hides nobody else
            failures.append(Failure(dossier.reference, dossier.treatment_id, type(fault).__name__))
    return walked, failures


def _reach_of(outcome: Outcome) -> dict[str, Reach]:
    found: dict[str, Reach] = {}
    for one in outcome.settled:  # in order of the due day
        if one.settlement is not Settlement.DISCHARGED:
            before = found.get(one.check.family, Reach(0, None, None))
            is_open = one.settlement is Settlement.OPEN
            last_open_on = one.check.due_on if is_open else before.last_open_on
            found[one.check.family] = Reach(before.open_checks + is_open, one.check.due_on, last_open_on)
    return found


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


def _orphans(desk: Desk, followed: Iterable[Walked], day: date) -> Iterator[Finding]:
    """Patients whom nothing would bring to anybody's notice."""
    outdated: dict[str, bool] = {}
    for one in followed:
        reference, ends_on = one.dossier.reference, one.ends_on
        if not one.reach:
            yield Finding(Section.NO_PLAN, reference, word="infusions" if one.is_treated else "")
        elif ends_on and ends_on >= day:
            for family in _follow_up_families(one):
                reach = one.reach.get(family)
                if reach is None or reach.last_due_on is None or reach.last_due_on < day:
                    title = tuple(title_of_family(one.protocol, family).items())
                    yield Finding(Section.NO_NEXT, reference, family, title)
        elif ends_on and any(reach.last_open_on and reach.last_open_on >= ends_on for reach in one.reach.values()):
            yield Finding(Section.NOT_CLOSED, reference, on=ends_on, days=(day - ends_on).days)
        if any(_is_outdated(desk, mark, outdated) for mark in _marks(one.dossier)):
            yield Finding(Section.OUTDATED, reference, word=f"{one.protocol.id} {one.protocol.version}")


def _follow_up_families(one: Walked) -> list[str]:
    """Families that have a check until the end of follow-up, whoever the patient is; age limits may end one."""
    known = one.dossier.detail.sex
    families = [
        rule.family
        for rule in one.protocol.rules
        if isinstance(rule.schedule, Recurring) and rule.schedule.until == "follow-up-end"
        if rule.only_for is None
        or (rule.only_for.sex in {None, known} and rule.only_for.age_from is None and rule.only_for.age_to is None)
        or (rule.only_for.sex is not None and known not in {Sex.FEMALE, Sex.MALE})
    ]
    return list(dict.fromkeys(families))


def _marks(dossier: Dossier) -> tuple[str, ...]:
    return dossier.assignment.fingerprint, *dossier.assignment.overlays


def _is_outdated(desk: Desk, mark: str, known: dict[str, bool]) -> bool:
    """Whether a newer version of the same protocol has been approved since."""
    if mark not in known:
        stored = protocols.find_protocol(desk.connection, mark)
        try:
            known[mark] = stored is not None and approving.get_approved(desk, stored.protocol_id) != mark
        except NeedsApproval:
            known[mark] = True
    return known[mark]


def _since_yesterday(desk: Desk, clinic: Clinic, walked: Iterable[Walked], day: date) -> Iterator[Finding]:
    """Checks that a re-plan took or postponed, and who was discharged, since yesterday began."""
    since, until = end_of(day - timedelta(days=2), clinic.time_zone), end_of(day, clinic.time_zone)
    for deed in digests.list_deeds_between(desk.connection, since, until, clinic_ids=[clinic.id]):
        for lost in deed.details.get("losses", ()):
            yield Finding(Section.LOSSES, deed.reference, word=lost["check"], on=date.fromisoformat(lost["due_on"]))
    for one in walked:
        gone = one.dossier.departure
        if gone and since < gone.entered.entered_at <= until:
            yield Finding(Section.DISCHARGED, one.dossier.reference, word=gone.kind, on=gone.discharged_on)


def _finishing(followed: Iterable[Walked], day: date) -> Iterator[Finding]:
    for one in followed:
        if one.ends_on and one.ends_on >= day and (one.ends_on.year, one.ends_on.month) == (day.year, day.month):
            yield Finding(Section.FINISHING, one.dossier.reference, on=one.ends_on)
