"""Patient visits: what a patient's page says of each visit, from stored rows and the protocol's texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from db.checks import StoredCheck, StoredPeriod, StoredVisit
from db.dossiers import Dossier
from monitor.render.site.values import Progress, Reported, VisitShown, VisitState
from monitor.services.changing import follow_dossier
from monitor.services.desk import Desk
from monitor.services.telling_done import Occasion, occasion_of
from schedules.following import FOLLOW_UP
from schedules.model import Report, Settlement
from schedules.protocol import OnInfusionDay, Place, Protocol, Recurring, Rule
from schedules.status import State, state_of

NEVER_SHOWN = {Settlement.BEFORE_RECORD, Settlement.WITHDRAWN}
STATES = {
    State.UPCOMING: VisitState.UPCOMING,
    State.OPEN: VisitState.OPEN,
    State.DUE: VisitState.DUE,
    State.OVERDUE: VisitState.OVERDUE,
}


@dataclass(frozen=True)
class Treated:
    """One treatment of a patient as the record has it, with the protocol that it follows."""

    dossier: Dossier
    protocol: Protocol
    checks: Sequence[StoredCheck]
    visits: Sequence[StoredVisit]
    periods: Sequence[StoredPeriod]
    today: date
    language: str

    @property
    def has_left(self) -> bool:
        return self.dossier.departure is not None

    def titles(self, rows: Sequence[StoredCheck]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.protocol.text(rule.title, self.language) for rule in self.rules(rows)))

    def rules(self, rows: Sequence[StoredCheck]) -> list[Rule]:
        """The rules that some checks follow, in the order of the protocol."""
        found = [rule for row in rows if (rule := self.protocol.find_rule(row.rule))]
        return sorted(found, key=lambda rule: self.order[rule.id])

    @cached_property
    def order(self) -> Mapping[str, int]:
        return {rule.id: place for place, rule in enumerate(self.protocol.rules)}


def show_visits(treated: Treated, reported: Sequence[Reported]) -> list[VisitShown]:
    """Every visit of a treatment that concerns the patient: not the office's work, not what was before the record,
    and of a treatment that ended here only what had begun by then."""
    members: dict[str, list[StoredCheck]] = {}
    for row in treated.checks:
        if row.settlement not in NEVER_SHOWN and treated.protocol.find_rule(row.rule):
            members.setdefault(row.visit_id, []).append(row)
    told = {one.visit_id: one for one in sorted(reported, key=lambda one: one.id)}
    gone_on = treated.dossier.departure.discharged_on if treated.dossier.departure else date.max
    return [
        _show(visit, members[visit.id], treated, told.get(visit.id))
        for visit in treated.visits
        if visit.id in members and visit.place is not Place.OFFICE and visit.opens_on <= gone_on
    ]


def _show(visit: StoredVisit, checks: Sequence[StoredCheck], treated: Treated, reported: Reported | None) -> VisitShown:
    state, counted = _state(checks, treated.today)
    done = [one for one in checks if one.settlement is Settlement.DONE]
    rules, is_open = treated.rules(counted), state.is_still_to_do
    at_home = visit.place is Place.HOME
    in_course = any(isinstance(rule.schedule, OnInfusionDay) for rule in rules)
    done_on = max((one.settled_on for one in done if one.settled_on), default=None)
    return VisitShown(
        id=visit.id,
        day=visit.visit_on,
        opens_on=max(one.opens_on for one in counted),
        closes_on=min(one.closes_on for one in counted),
        state=state,
        titles=treated.titles(counted),
        specimens=tuple(dict.fromkeys(rule.specimen for rule in rules)),
        place=visit.place,
        # Instructions speak to the staff, but for what a patient does at home.
        instructions=tuple(
            treated.protocol.text(rule.instructions, treated.language) for rule in rules if rule.instructions
        )
        if at_home
        else (),
        to_arrange=not at_home and not in_course,
        booked_on=visit.booked_on if is_open else None,
        booked_at=visit.booked_at if is_open else None,
        done_on=done_on if state is VisitState.DONE else None,
        already_done=treated.titles(done) if state is not VisitState.DONE else (),
        reported=reported if is_open else None,
    )


def _state(checks: Sequence[StoredCheck], today: date) -> tuple[VisitState, Sequence[StoredCheck]]:
    """Where a visit stands, and the checks that this speaks of: what is open first, then what was missed, then done."""
    by: dict[Settlement, list[StoredCheck]] = {}
    for one in checks:
        by.setdefault(one.settlement, []).append(one)
    if still_open := by.get(Settlement.OPEN):
        presses = min(still_open, key=lambda one: one.closes_on)
        return STATES[state_of(presses, today)], still_open
    if left := by.get(Settlement.DISCHARGED):
        return VisitState.LEFT, left
    if missed := by.get(Settlement.SUPERSEDED):
        return VisitState.MISSED, missed
    if done := by.get(Settlement.DONE):
        return VisitState.DONE, done
    return VisitState.NOT_NEEDED, checks


# --- What the patient said ----------------------------------------------------------------------------


def list_reported(desk: Desk, treated: Treated) -> list[Reported]:
    """What the patient said of checks that are still open, by visit; entries of one form have one id.

    One day in a laboratory may speak of two visits: of November's blood, and of October's thyroid test.
    """
    if not treated.dossier.reports:
        return []
    _, outcome = follow_dossier(desk, treated.dossier)
    entered = {report.id: one for report, one in treated.dossier.reports}
    ids: dict[Occasion, int] = {}
    for report in sorted(outcome.reported.values(), key=lambda one: one.id):
        ids.setdefault(occasion_of(report, entered[report.id]), report.id)
    groups: dict[tuple[str, int], list[tuple[Report, StoredCheck]]] = {}
    for row in treated.checks:
        if told := outcome.reported.get(row.key):
            groups.setdefault((row.visit_id, ids[occasion_of(told, entered[told.id])]), []).append((told, row))
    found = [_reported(*name, members, treated) for name, members in groups.items()]
    return sorted(found, key=lambda one: (one.done_on, one.id))


def _reported(visit_id: str, form_id: int, members: Sequence[tuple[Report, StoredCheck]], treated: Treated) -> Reported:
    report, _ = members[0]
    titles = treated.titles([row for _, row in members])
    return Reported(id=form_id, visit_id=visit_id, titles=titles, done_on=report.done_on, place=report.place or "")


def join_forms(reported: Sequence[Reported]) -> list[Reported]:
    """One entry a form, with everything that it spoke of: it can only be taken back as a whole."""
    forms: dict[int, Reported] = {}
    for one in reported:
        known = forms.get(one.id)
        titles = tuple(dict.fromkeys([*(known.titles if known else ()), *one.titles]))
        forms[one.id] = replace(known or one, titles=titles)
    return list(forms.values())


# --- How far it is ------------------------------------------------------------------------------------


def measure_progress(treated: Treated) -> Progress | None:
    """Months of follow-up in which everything was done, of all that have a visit; None before the first infusion.

    A check on the 12th and the closing one on the 29th are one month: 48 months after the last infusion there are
    sixty, whether the plan has sixty or sixty-one checks.
    """
    months = _by_month(treated)
    if not months:
        return None
    done = sum(_is_done(families) for families in months.values())
    ends_on = max(
        (one.ends_on for one in treated.periods if one.name == FOLLOW_UP and one.ends_on and not one.is_withdrawn),
        default=None,
    )
    return Progress(done=done, total=None if _is_for_good(treated.protocol) else len(months), ends_on=ends_on)


Families = dict[str, set[Settlement]]


def _by_month(treated: Treated) -> Mapping[tuple[int, int], Families]:
    """By month and family how the checks were settled; months in which nothing was or is to be done are left out."""
    months: dict[tuple[int, int], Families] = {}
    for row in treated.checks:
        rule = treated.protocol.find_rule(row.rule)
        if rule and rule.is_follow_up and rule.place is not Place.OFFICE and row.settlement not in NEVER_SHOWN:
            families = months.setdefault((row.due_on.year, row.due_on.month), {})
            families.setdefault(row.family, set()).add(row.settlement)
    not_counted = {Settlement.WAIVED, Settlement.DISCHARGED}
    return {month: found for month, found in months.items() if not set().union(*found.values()) <= not_counted}


def _is_done(families: Families) -> bool:
    """Every family was done or waived; a check that a later one of the same month overtook counts with that one."""
    return any(Settlement.DONE in found for found in families.values()) and all(
        Settlement.OPEN not in found and (Settlement.DONE in found or found == {Settlement.WAIVED})
        for found in families.values()
    )


def _is_for_good(protocol: Protocol) -> bool:
    return any(
        isinstance(rule.schedule, Recurring) and rule.schedule.until == "for-good" and rule.place is not Place.OFFICE
        for rule in protocol.rules
    )
