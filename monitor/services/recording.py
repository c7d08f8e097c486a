"""Recording: what was really done, on which day, and that somebody looked at the result."""

from collections.abc import Sequence
from datetime import date

from db import caring, people, tables
from db.dossiers import Dossier, Entered, get_dossier
from db.facts import add_fact
from monitor.services.changing import Change, change, follow_dossier, lock
from monitor.services.desk import Desk
from schedules.errors import Conflict, NotFound, Unacceptable
from schedules.following import Outcome
from schedules.model import Check, Key, Sample, Settlement
from schedules.problems import did_you_mean
from schedules.protocol import Protocol, Rule
from schedules.settling import by_family, find_check_for, in_settling_order
from schedules.titles import title_of

SUBJECT = 200
"""So many characters of what an act was about stand in the history."""


def record_samples(
    desk: Desk,
    treatment_id: int,
    rules: Sequence[str],
    *,
    taken_on: date,
    number: int | None = None,
    performed_by: str | None = None,
    reason: str | None = None,
    expected_revision: int | None = None,
) -> Change:
    """Record what was done on a day for one rule, or for several at one visit.

    A sample belongs to the check that was open on its day; `number` says otherwise, for one rule alone.
    Refuses a day to come, a rule that the protocol lacks, a number whose window had not opened by then, and
    (Conflict) a sample of the same tests and day that somebody has already recorded.
    """
    dossier = _own_dossier(desk, treatment_id)
    protocol, outcome = follow_dossier(desk, dossier)
    _refuse_impossible_day(desk, dossier, taken_on)
    families = list(dict.fromkeys(get_rule(protocol, rule).family for rule in rules))
    said = _said(outcome, rules, number, taken_on)
    for family in families:
        _refuse_second(desk, dossier, protocol, family, taken_on)

    def enter() -> None:
        for family in families:
            add_fact(
                desk.connection, tables.sample, treatment_id, stamp=desk.stamp(reason=reason), family=family,
                taken_on=taken_on, said_rule=said.rule if said else None, said_number=said.number if said else None,
                performed_by=performed_by,
            )  # fmt: skip

    subject = f"{', '.join(rules)} of {taken_on}"
    return change(
        desk, treatment_id, "done", enter, subject=subject, reason=reason, expected_revision=expected_revision
    )


def mark_seen(
    desk: Desk,
    treatment_id: int,
    rule: str,
    number: int | None = None,
    *,
    seen_by: str | None = None,
    result: str | None = None,
) -> Change:
    """Somebody looked at the result. Without a number: of the rule's latest sample that nobody has seen."""
    dossier = _own_dossier(desk, treatment_id)
    protocol, outcome = follow_dossier(desk, dossier)
    sample = _sample_to_see(dossier, outcome, get_rule(protocol, rule), rule, number)
    _refuse_seen(desk, dossier, protocol, sample, rule)

    def enter() -> None:
        add_fact(
            desk.connection, tables.seen, sample.id, stamp=desk.stamp(), seen_by=seen_by or desk.actor.name,
            result=result,
        )  # fmt: skip

    return change(desk, treatment_id, "seen", enter, subject=f"{rule} of {sample.taken_on}")


def mark_results_seen(
    desk: Desk,
    treatment_id: int,
    results: Sequence[tuple[str, date]],
    *,
    result: str | None = None,
    expected_revision: int | None = None,
) -> Change:
    """Somebody looked at several results at once, each named by its family and day; `result` is said of all of them.

    Refuses a sample that is not there, and (Conflict) one that somebody has marked already.
    """
    dossier = _own_dossier(desk, treatment_id)
    protocol, _ = follow_dossier(desk, dossier)
    samples = [_get_sample(desk, dossier, protocol, family, taken_on) for family, taken_on in results]
    for sample in samples:
        _refuse_seen(desk, dossier, protocol, sample, sample.family)

    def enter() -> None:
        for sample in samples:
            add_fact(
                desk.connection, tables.seen, sample.id, stamp=desk.stamp(), seen_by=desk.actor.name, result=result
            )

    days: dict[date, list[str]] = {}
    for sample in samples:
        days.setdefault(sample.taken_on, []).append(sample.family)
    subject = "; ".join(f"{', '.join(families)} of {day}" for day, families in sorted(days.items()))
    return change(
        desk, treatment_id, "seen", enter, subject=shorten(subject), expected_revision=expected_revision
    )  # fmt: skip


def get_rule(protocol: Protocol, rule_id: str) -> Rule:
    """The rule, or one of the family of that name; else a refusal with the nearest that the protocol has."""
    if found := protocol.find_rule(rule_id):
        return found
    if own := [rule for rule in protocol.rules if rule.family == rule_id]:
        return own[0]
    known = [rule.id for rule in protocol.rules]
    raise NotFound(
        f"'{protocol.id}' has no rule '{rule_id}'.", did_you_mean(rule_id, known) or f"It has: {', '.join(known)}.",
        code="rule-unknown", rule=rule_id,
    )  # fmt: skip


def get_check(outcome: Outcome, rule: str, number: int) -> Check:
    """The check of that rule and number in the plan of today."""
    for one in outcome.settled:
        if one.check.key == Key(rule, number):
            return one.check
    numbers = [one.check.number for one in outcome.settled if one.check.rule == rule]
    raise NotFound(
        f"The plan has no check {rule}/{number}.",
        f"It has {rule}/{numbers[0]} to {rule}/{numbers[-1]}." if numbers else "It has no check of that rule at all.",
        code="check-unknown", check=f"{rule}/{number}",
    )  # fmt: skip


def told(desk: Desk, entered: Entered) -> str:
    """Who entered a fact and when: " by ada on 2026-11-02 at 09:14 (UTC)"."""
    who = people.list_logins(desk.connection).get(entered.entered_by, "somebody")
    return f" by {who} on {entered.entered_at:%Y-%m-%d} at {entered.entered_at:%H:%M} (UTC)"


def who_and_when(desk: Desk, dossier: Dossier, entered: Entered) -> dict[str, object]:
    """The same as facts of a refusal: who, at which instant, and by which clock a page shall say it."""
    login = people.list_logins(desk.connection).get(entered.entered_by, "")
    zone = desk.rulebook.zone_of(desk.connection, dossier.clinic_id).key
    return {"who": caring.list_names(desk.connection).get(login, "?"), "at": entered.entered_at, "zone": zone}


def shorten(subject: str) -> str:
    """So that a line of the history stays one."""
    return subject if len(subject) <= SUBJECT else f"{subject[: SUBJECT - 1]}…"


def _own_dossier(desk: Desk, treatment_id: int) -> Dossier:
    """The dossier, after the lock: who comes second reads what the first one did."""
    desk.require_writer()
    lock(desk, treatment_id)
    return get_dossier(desk.connection, treatment_id)


def _refuse_impossible_day(desk: Desk, dossier: Dossier, taken_on: date) -> None:
    today = desk.today[dossier.clinic_id]
    if taken_on > today:
        raise Unacceptable(
            f"{taken_on} is still to come (today is {today}), so nothing can have been done then.",
            "Use `monitor check book` for a day that was agreed.",
            code="day-to-come", day=taken_on, today=today,
        )  # fmt: skip
    if dossier.detail.born_on and taken_on < dossier.detail.born_on:
        raise Unacceptable(
            f"{taken_on} lies before the patient's birth date.", "Correct the day.", code="before-birth", day=taken_on
        )


def _said(outcome: Outcome, rules: Sequence[str], number: int | None, taken_on: date) -> Key | None:
    """The check that a person named, where the day alone would give another one."""
    if number is None:
        return None
    if len(rules) != 1:
        raise Unacceptable(
            "A number belongs to one rule, and several were named.", "Record them one by one.", code="number-one-rule"
        )
    check = get_check(outcome, rules[0], number)
    if check.opens_on > taken_on:
        raise Unacceptable(
            f"{check.key} opens on {check.opens_on}, and a sample of {taken_on} comes too early for it.",
            "Leave out the number, and the sample goes to the check that was open on its day.",
            code="too-early", check=str(check.key), opens_on=check.opens_on, day=taken_on,
        )  # fmt: skip
    members = by_family(in_settling_order(one.check for one in outcome.settled))[check.family]
    by_day = find_check_for(members, taken_on)
    return None if by_day and by_day.key == check.key else check.key


def _refuse_second(desk: Desk, dossier: Dossier, protocol: Protocol, family: str, taken_on: date) -> None:
    for sample, entered in dossier.samples:
        if sample.family == family and sample.taken_on == taken_on:
            raise Conflict(
                f"The {family} of {taken_on} was already recorded{told(desk, entered)}.",
                "Nothing was added; use `monitor check undo` if that entry is wrong.",
                code="already-recorded", test=title_of(protocol, family), day=taken_on,
                **who_and_when(desk, dossier, entered),
            )  # fmt: skip


def _refuse_seen(desk: Desk, dossier: Dossier, protocol: Protocol, sample: Sample, rule: str) -> None:
    if known := dossier.seen.get(sample.id):
        raise Conflict(
            f"The result of {rule} of {sample.taken_on} was already marked as seen{told(desk, known.entered)}.",
            "Nothing needs to be done.",
            code="already-seen", test=title_of(protocol, rule), day=sample.taken_on,
            **who_and_when(desk, dossier, known.entered),
        )  # fmt: skip


def _get_sample(desk: Desk, dossier: Dossier, protocol: Protocol, family: str, taken_on: date) -> Sample:
    """Of several of one day the one that was entered last."""
    own = [one for one, _ in dossier.samples if one.family == family and one.taken_on == taken_on]
    if not own:
        raise NotFound(
            f"There is no sample of '{family}' of {taken_on} any more.", "Look at the patient again.",
            code="sample-gone", test=title_of(protocol, family), day=taken_on,
        )  # fmt: skip
    return own[-1]


def _sample_to_see(dossier: Dossier, outcome: Outcome, rule: Rule, name: str, number: int | None) -> Sample:
    if number is not None:
        key = get_check(outcome, name, number).key
        settled = next(one for one in outcome.settled if one.check.key == key)
        if settled.settlement is not Settlement.DONE:
            raise Unacceptable(
                f"{key} has no sample yet, so there is no result to see.", "Record the sample first.",
                code="no-sample", test=rule.title,
            )  # fmt: skip
        return settled.samples[-1]
    own = sorted((one for one, _ in dossier.samples if one.family == rule.family), key=lambda one: one.taken_on)
    if not own:
        raise NotFound(
            f"There is no sample of '{rule.family}' yet.", "Record the sample first.", code="no-sample", test=rule.title
        )
    return next((one for one in reversed(own) if one.id not in dossier.seen), own[-1])
