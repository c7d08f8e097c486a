"""What holds for protocols of every shape, every treatment and every sequence of facts."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import count, pairwise
from random import Random

from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

from schedules.intervals import Interval, Unit, after
from schedules.model import Check, Infusion, Key, Origin, Plan, Settled, Settlement
from schedules.protocol import Anchor, BeforeCourse, Listed, Protocol, Recurring, Rule
from schedules.replanning import Standing, compare, losses
from schedules.settling import TAKEOVER
from schedules.status import State, days_overdue, state_of
from schedules.visits import Known, keep_identities
from tests.schedules.strategies import (
    FIRST_DAYS,
    IN_GERMANY,
    STEPS,
    Record,
    acts,
    any_protocols,
    extras,
    nearby,
    protocols,
    records,
    recurring_rules,
    treatments,
)

Infusions = tuple[Infusion, ...]
PRESSING = {State.DUE, State.OVERDUE}


def plan_of(protocol: Protocol, infusions: Infusions) -> Plan:
    return Record(protocol, infusions).follow().plan


def checks_of(plan: Plan, rule: Rule) -> list[Check]:
    return [check for check in plan.checks if check.rule == rule.id]


def longest_gap(rule: Rule) -> timedelta:
    assert rule.longest_gap_days is not None
    return timedelta(days=rule.longest_gap_days)


def standings(settled: Iterable[Settled]) -> dict[Key, Standing]:
    return {one.check.key: Standing(*one.check[3:6], one.settlement, one.settled_on) for one in settled}


# --- The plan ---------------------------------------------------------------------------------------


@given(records(), st.randoms(use_true_random=False))
def test_planning_is_repeatable_in_whatever_order_facts_are_listed(record: Record, chance: Random) -> None:
    infusions, samples = list(record.infusions), list(record.facts.samples)
    chance.shuffle(infusions)
    chance.shuffle(samples)
    again = replace(record, infusions=tuple(infusions)).with_facts(samples=tuple(samples))
    assert again.follow() == record.follow()


@given(protocols(), treatments())
def test_the_last_check_of_every_follow_up_rule_is_on_the_end_day(protocol: Protocol, infusions: Infusions) -> None:
    plan = plan_of(protocol, infusions)
    last_on = max(one.infused_on for one in infusions if not one.planned)
    assert plan.ends_on == last_on + relativedelta(months=protocol.follow_up.lasts.count)
    for rule, _ in recurring_rules(protocol):
        last = checks_of(plan, rule)[-1]
        assert last.origin is Origin.CLOSING
        assert last.opens_on == last.due_on == plan.ends_on, "a sample of the day before is not the closing one"


@given(protocols(), treatments())
def test_no_number_is_due_later_than_its_day_on_the_grid_and_the_tail(protocol: Protocol, infusions: Infusions) -> None:
    plan = plan_of(protocol, infusions)
    for rule, schedule in recurring_rules(protocol):
        assume(schedule.every and schedule.anchor is not Anchor.LAST_INFUSION)
        for check in checks_of(plan, rule):
            assert schedule.every
            grid_on = after(check.anchor_on, schedule.every, check.step)
            assert check.due_on == grid_on or check.origin is Origin.CLOSING
            assert check.due_on <= grid_on + timedelta(days=rule.window.after_days)


@given(protocols(), treatments())
def test_neighbouring_due_days_lie_at_most_one_step_and_one_window_apart(
    protocol: Protocol, infusions: Infusions
) -> None:
    """After a closing check nothing is followed until a new course; everywhere else the bound holds."""
    plan = plan_of(protocol, infusions)
    for rule, _ in recurring_rules(protocol):
        for earlier, later in pairwise(checks_of(plan, rule)):
            if earlier.origin is not Origin.CLOSING:
                assert later.due_on - earlier.due_on <= longest_gap(rule)


@given(any_protocols(), treatments(), st.data())
def test_one_more_infusion_never_shortens_follow_up(
    protocol: Protocol, infusions: Infusions, data: st.DataObject
) -> None:
    record = Record(protocol, infusions)
    before = record.follow().plan
    longer = replace(record, infusions=(*infusions, Infusion(data.draw(nearby(record))))).follow().plan
    assert before.ends_on
    assert longer.ends_on
    assert longer.ends_on >= before.ends_on
    for rule, schedule in recurring_rules(protocol):
        if schedule.until == "follow-up-end":
            assert checks_of(longer, rule)[-1].due_on >= checks_of(before, rule)[-1].due_on


@given(any_protocols(), treatments())
def test_follow_up_numbers_run_from_1_without_gaps_in_order_of_the_day(
    protocol: Protocol, infusions: Infusions
) -> None:
    plan = plan_of(protocol, infusions)
    for rule, _ in recurring_rules(protocol):
        checks = checks_of(plan, rule)
        assert [check.number for check in checks] == list(range(1, len(checks) + 1))
        assert all(earlier.due_on < later.due_on for earlier, later in pairwise(checks))


@given(records(), st.data())
def test_keys_are_unique_and_every_window_holds_its_due_day(record: Record, data: st.DataObject) -> None:
    day = data.draw(nearby(record))
    record = replace(record, extras=(data.draw(extras(record, day)),)).with_facts(followed_here_from=day)
    checks = [one.check for one in record.follow().settled]
    assert len({check.key for check in checks}) == len(checks)
    assert all(check.opens_on <= check.due_on <= check.closes_on for check in checks)


@given(protocols(), st.data())
def test_windows_of_one_order_never_overlap(protocol: Protocol, data: st.DataObject) -> None:
    record = Record(protocol, (Infusion(date(2024, 1, 31)),))
    order = data.draw(extras(record, data.draw(FIRST_DAYS)))
    plan = replace(record, extras=(order,)).follow().plan
    ordered = [check for check in plan.checks if check.origin is Origin.EXTRA]
    assert len(ordered) == order.times
    assert all(check.opens_on >= order.starts_on for check in ordered)
    assert all(earlier.closes_on < later.opens_on for earlier, later in pairwise(ordered))


# --- A second arithmetic ----------------------------------------------------------------------------


def second_opinion(anchor_on: date, length: Interval, times: int = 1) -> date:
    """The same day by dateutil."""
    number = length.count * times
    match length.unit:
        case Unit.MONTH:
            return anchor_on + relativedelta(months=number)
        case Unit.YEAR:
            return anchor_on + relativedelta(years=number)
        case Unit.WEEK:
            return anchor_on + relativedelta(weeks=number)
        case Unit.DAY:
            return anchor_on + relativedelta(days=number)


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.sampled_from(STEPS), st.integers(-60, 200))
def test_every_addition_agrees_with_dateutil_and_with_the_calendar(anchor_on: date, every: str, times: int) -> None:
    length = Interval.parse(every)
    assume(abs(times) < 40 or length.unit is not Unit.YEAR)
    found = after(anchor_on, length, times)
    assert found == second_opinion(anchor_on, length, times)
    if length.unit in {Unit.MONTH, Unit.YEAR}:
        months = length.count * times * (12 if length.unit is Unit.YEAR else 1)
        assert (found.year - anchor_on.year) * 12 + found.month - anchor_on.month == months
        assert found.day == min(anchor_on.day, monthrange(found.year, found.month)[1])


@given(any_protocols(), treatments())
def test_every_date_of_a_plan_agrees_with_dateutil(protocol: Protocol, infusions: Infusions) -> None:
    given_on = {one.infused_on for one in infusions if not one.planned}
    for check in plan_of(protocol, infusions).checks:
        assert check.due_on in possible_days(protocol, check, given_on)


def possible_days(protocol: Protocol, check: Check, given_on: set[date]) -> set[date]:
    """The days on which the check can fall, by dateutil: one day, but for phases and ends, which have a few."""
    match protocol.get_rule(check.rule).schedule, check.origin:
        case Recurring(until=until), Origin.CLOSING:
            lasts = until if isinstance(until, Interval) else protocol.follow_up.lasts
            return {second_opinion(day, lasts) for day in given_on}
        case Recurring(steps=steps), _:
            starts = [second_opinion(check.anchor_on, phase.until) for phase in steps if phase.until]
            begun = zip([check.anchor_on, *starts], steps, strict=True)
            return {second_opinion(start, phase.every, check.step) for start, phase in begun}
        case Listed(at=at), _:
            return {second_opinion(check.anchor_on, at[check.step - 1])}
        case BeforeCourse(due=due), _:
            return {second_opinion(check.anchor_on, due, -1)}
    return {check.due_on}


# --- Settlement -------------------------------------------------------------------------------------


def assert_samples_settle_once(record: Record, settled: Iterable[Settled]) -> None:
    """Every sample belongs to exactly one check, unless it was taken before every window of its family."""
    owners: Counter[int] = Counter()
    first_on: dict[str, date] = {}
    for check, settlement, samples, _ in settled:
        first_on[check.family] = min(first_on.get(check.family, check.opens_on), check.opens_on)
        owners.update(sample.id for sample in samples)
        assert (settlement is Settlement.DONE) == bool(samples)
        assert all(check.opens_on <= sample.taken_on for sample in samples)
    for sample in record.facts.samples:
        assert owners[sample.id] == int(first_on.get(sample.family, date.max) <= sample.taken_on)


@given(records())
def test_every_sample_belongs_to_exactly_one_check(record: Record) -> None:
    assert_samples_settle_once(record, record.follow().settled)


@given(records(), st.data())
def test_samples_stay_done_on_their_day_whatever_infusion_is_added(record: Record, data: st.DataObject) -> None:
    added = Infusion(data.draw(nearby(record)))
    later = replace(record, infusions=(*record.infusions, added))
    assert_samples_settle_once(later, later.follow().settled)


def is_listed_from_the_last_infusion(rule: Rule) -> bool:
    return isinstance(rule.schedule, Listed) and rule.schedule.anchor is Anchor.LAST_INFUSION


@given(records(), st.integers(30, 900))
def test_a_new_course_takes_no_earlier_sample_away(record: Record, days: int) -> None:
    new_on = max(record.days) + timedelta(days=days)

    def done(one: Record) -> set[int]:
        samples = [sample for settled in one.follow().settled for sample in settled.samples]
        return {sample.id for sample in samples if sample.taken_on < new_on}

    assert done(record) <= done(replace(record, infusions=(*record.infusions, Infusion(new_on))))


@given(records(), st.data())
def test_only_a_sample_from_its_window_or_later_overtakes_a_check(record: Record, data: st.DataObject) -> None:
    day = data.draw(nearby(record))
    settled = replace(record, extras=(data.draw(extras(record, day)),)).follow().settled
    for one in settled:
        later = [other for other in settled if other.check.family == one.check.family]
        later = [other for other in later if other.check.due_on >= one.check.due_on]
        is_overtaken = any(sample.taken_on >= one.check.opens_on for other in later for sample in other.samples)
        assert is_overtaken or one.settlement is not Settlement.SUPERSEDED


def assert_next_check_is_near(record: Record) -> None:
    """Promise 2: while follow-up lasts, the next open check of a family is due at most one step of its grid and the
    width of its window after the last sample, or after the day from which the rule counts where there is none.

    For a patient who was taken over, a check on the first day here is near enough. Waivers are a person's word.
    """
    outcome = record.follow()
    from_on = record.facts.followed_here_from or date.min
    waived = {one.check.family for one in outcome.settled if one.waiver}
    for rule, schedule in recurring_rules(record.protocol):
        family = [one for one in outcome.settled if one.check.family == rule.family]
        grid = [one.check for one in family if one.check.rule == rule.id]
        if not grid or schedule.until != "follow-up-end" or rule.family in waived:
            continue
        taken = [sample.taken_on for one in family for sample in one.samples]
        last_on, ends_on = max([*taken, first_anchor(grid)]), grid[-1].due_on
        if max(last_on, from_on) < ends_on:
            open_on = [one.check.due_on for one in family if one.settlement is Settlement.OPEN]
            assert min(open_on) <= max(last_on + longest_gap(rule), from_on)


def first_anchor(grid: list[Check]) -> date:
    """The day from which the last stretch of follow-up counts: earlier ones ended with a closing check."""
    begins = max((n for n, check in enumerate(grid[:-1], start=1) if check.origin is Origin.CLOSING), default=0)
    return grid[begins].anchor_on


@given(records(protocols()), st.data())
def test_after_any_sample_the_next_check_is_at_most_one_step_and_one_window_away(
    record: Record, data: st.DataObject
) -> None:
    for number in range(data.draw(st.integers(0, 2))):
        order = data.draw(extras(record, data.draw(nearby(record))))
        record = replace(record, extras=(*record.extras, replace(order, first_number=1 + 100 * number)))
    assert_next_check_is_near(record)


@given(records(protocols()), st.data())
def test_nobody_who_is_taken_over_waits_longer_than_that(record: Record, data: st.DataObject) -> None:
    assert_next_check_is_near(record.with_facts(followed_here_from=data.draw(nearby(record))))


# --- States -----------------------------------------------------------------------------------------


@given(any_protocols(), treatments(), st.data())
def test_a_state_only_moves_forward_as_today_does(
    protocol: Protocol, infusions: Infusions, data: st.DataObject
) -> None:
    check = data.draw(st.sampled_from(plan_of(protocol, infusions).checks))
    days = range(-2, (check.closes_on - check.opens_on).days + 3)
    states = [state_of(check, check.opens_on + timedelta(days=day)) for day in days]
    order = list(State)
    assert states == sorted(states, key=order.index)
    assert (states[0], states[-1]) == (State.UPCOMING, State.OVERDUE)
    late = [days_overdue(check, check.opens_on + timedelta(days=day)) > 0 for day in days]
    assert late == [state is State.OVERDUE for state in states]


# --- Re-planning ------------------------------------------------------------------------------------


@given(records(), st.data())
def test_the_same_facts_twice_change_nothing(record: Record, data: st.DataObject) -> None:
    record = data.draw(acts(record))
    before = standings(record.follow().settled)
    difference = compare(before, standings(record.follow().settled))
    assert difference.is_empty
    assert difference.untouched == len(before)


@given(records(), st.data())
def test_nothing_open_is_lost_unless_the_difference_lists_it(record: Record, data: st.DataObject) -> None:
    before = standings(record.follow().settled)
    now = standings(data.draw(acts(record)).follow().settled)
    difference = compare(before, now)
    changed = {pair.key: pair for pair in (*difference.moved, *difference.settled)}
    assert dict(difference.added) == {key: now[key] for key in now.keys() - before.keys()}
    assert dict(difference.withdrawn) == {key: before[key] for key in before.keys() - now.keys()}
    for key in before.keys() & now.keys():
        assert (key in changed) == (before[key] != now[key])
        assert key not in changed or (changed[key].before, changed[key].after) == (before[key], now[key])
    assert len(difference.added) + len(changed) + difference.untouched == len(now)


@given(records(), st.data())
def test_what_was_due_and_goes_or_comes_later_needs_a_confirmation(record: Record, data: st.DataObject) -> None:
    today = data.draw(nearby(record))
    before = standings(record.follow().settled)
    now = standings(data.draw(acts(record)).follow().settled)
    named = {key for key, _ in losses(compare(before, now), today)}
    for key, old in before.items():
        new = now.get(key)
        is_gone = new is None or new.settlement is Settlement.BEFORE_RECORD
        is_later = new is not None and new.settlement is Settlement.OPEN and new.closes_on > old.closes_on
        is_pressing = old.settlement is Settlement.OPEN and state_of(old, today) in PRESSING
        if new is not None or not key.rule.endswith(TAKEOVER):  # that one a late sample may answer without a word
            assert (key in named) == (is_pressing and (is_gone or is_later))


@given(records(), st.data())
def test_promises_hold_through_any_sequence_of_facts(record: Record, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 5))):
        before = standings(record.follow().settled)
        record = data.draw(acts(record))
        outcome = record.follow()
        now = standings(outcome.settled)
        assert len(now) == len(outcome.settled)
        assert_samples_settle_once(record, outcome.settled)
        difference = compare(before, now)
        listed = {pair.key for pair in (*difference.moved, *difference.settled)} | dict(difference.withdrawn).keys()
        assert {key for key in before if now.get(key) != before[key]} == listed
        if record.facts.discharged_on:
            assert Settlement.OPEN not in {standing.settlement for standing in now.values()}
        else:
            assert_next_check_is_near(record)


# --- Visits -----------------------------------------------------------------------------------------


@given(records())
def test_visits_partition_the_checks(record: Record) -> None:
    outcome = record.follow()
    keys = [key for visit in outcome.visits for key in visit.keys]
    assert sorted(keys) == sorted(one.check.key for one in outcome.settled)
    assert len({(visit.due_on, visit.place) for visit in outcome.visits}) == len(outcome.visits)


@given(records())
def test_a_visit_is_suggested_inside_every_window_on_a_working_day_where_there_is_one(record: Record) -> None:
    outcome = record.follow()
    by_key = {one.check.key: one.check for one in outcome.settled}
    for visit in outcome.visits:
        checks = [by_key[key] for key in visit.keys]
        opens_on, closes_on = max(check.opens_on for check in checks), min(check.closes_on for check in checks)
        window = [opens_on + timedelta(days=day) for day in range((closes_on - opens_on).days + 1)]
        assert visit.visit_on in window
        if any(check.origin is Origin.IN_COURSE for check in checks):
            assert visit.visit_on == visit.due_on
        else:
            nearest = min((abs(day - visit.due_on) for day in window if IN_GERMANY(day)), default=timedelta(0))
            assert abs(visit.visit_on - visit.due_on) == nearest
            assert IN_GERMANY(visit.visit_on) or not any(map(IN_GERMANY, window))


@given(records(), st.data())
def test_a_calendar_entry_never_stands_for_two_visits(record: Record, data: st.DataObject) -> None:
    order = {rule.id: place for place, rule in enumerate(record.protocol.rules)}
    numbers = count(1)

    def new_id() -> str:
        return f"entry {next(numbers)}"

    visits = record.follow().visits
    ids = keep_identities(visits, (), order, new_id)
    known = [Known(one, age, visit.keys) for age, (one, visit) in enumerate(zip(ids, visits, strict=True))]
    assert keep_identities(visits, known, order, new_id) == ids

    later = data.draw(acts(record)).follow().visits
    kept = keep_identities(later, known, order, new_id)
    assert len(set(kept)) == len(kept)
    old = {one: set(visit.keys) for one, visit in zip(ids, visits, strict=True)}
    for one, visit in zip(kept, later, strict=True):
        assert one not in old or old[one] & set(visit.keys), "an entry moves with a check of its own"
