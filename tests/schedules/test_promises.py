"""What holds for every patient, whatever was given, recorded, decided or corrected: the promises, over random facts."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count, pairwise

from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

from schedules.following import name_visits
from schedules.intervals import Interval, Unit, after
from schedules.model import Booking, Check, Extra, Infusion, Key, Origin, Sample, Settlement, Waiver
from schedules.planning import ON_THE_GRID
from schedules.protocol import Place, Recurring
from schedules.replanning import Standing, compare, losses
from schedules.settling import TAKEOVER, assign_bookings, by_family, in_settling_order
from schedules.status import State, days_overdue, state_of
from schedules.visits import Known, Visit, keep_identities, suggest_day
from schedules.working_days import working_days
from tests.schedules.invented_patients import (
    Patient,
    belongs_to,
    corrections_of,
    courses_of,
    days,
    days_near_checks,
    examples,
    follow_up_rules,
    followed_patients,
    longest_days,
    months_after,
    of_rule,
    patients,
    samples_of,
    settle_slowly,
    some_days,
    standings,
    waived_by,
    waivers_of,
)

IS_WORKING_DAY = working_days("DE")


# --- The plan -----------------------------------------------------------------------------------------


@examples(50)
@given(patients(), st.randoms(use_true_random=False))
def test_the_same_infusions_give_the_same_plan_in_whatever_order_they_were_typed(patient: Patient, random) -> None:
    shuffled = list(patient.infusions)
    random.shuffle(shuffled)
    assert replace(patient, infusions=tuple(shuffled)).plan() == patient.plan()


@examples(100)
@given(patients())
def test_follow_up_ends_48_months_after_the_last_infusion_given(patient: Patient) -> None:
    planned = patient.plan()
    assert planned.ends_on == max(patient.given) + relativedelta(months=48)
    assert [one.ends_on for one in planned.episodes if one.ends_on] == [one.ends_on for one in patient.follow_ups]


@examples(100)
@given(patients())
def test_the_last_check_of_every_follow_up_rule_falls_on_the_end_day_and_opens_on_it(patient: Patient) -> None:
    checks = patient.plan().checks
    ends = [one.ends_on for one in patient.follow_ups]
    assert patient.rules
    for rule, _ in patient.rules:
        own = of_rule(checks, rule.id)
        assert (own[-1].opens_on, own[-1].due_on) == (ends[-1], ends[-1])
        assert own[-1].closes_on == ends[-1] + some_days(rule.window.after_days)
        assert [check.due_on for check in own if check.origin is Origin.CLOSING] == ends


@examples(100)
@given(patients())
def test_every_follow_up_day_agrees_with_a_second_arithmetic(patient: Patient) -> None:
    """From the anchor in one step, by dateutil and by the length of the month; and no check more or fewer."""
    checks = patient.plan().checks
    for rule, step in patient.rules:
        before, tail = some_days(rule.window.before_days), some_days(rule.window.after_days)
        expected = []
        for one in patient.follow_ups:
            anchor_on = one.anchor_on(rule)
            for nth in count(1):
                due_on = anchor_on + relativedelta(months=step * nth)
                assert due_on == months_after(anchor_on, step * nth)
                if due_on + tail >= one.ends_on:
                    break
                expected.append((due_on - before, due_on, due_on + tail))
            expected.append((one.ends_on, one.ends_on, one.ends_on + tail))
        assert [(one.opens_on, one.due_on, one.closes_on) for one in of_rule(checks, rule.id)] == expected


@examples(60)
@given(patients())
def test_baselines_and_infusion_day_checks_agree_with_a_second_arithmetic(patient: Patient) -> None:
    planned = patient.plan()
    starts = {course.number: course.starts_on for course in planned.courses}
    days_of = {course.number: [one.infused_on for one in course.infusions] for course in planned.courses}
    for check in planned.checks:
        match check.origin:
            case Origin.BASELINE:
                assert check.due_on == starts[check.number] - relativedelta(days=7)
            case Origin.IN_COURSE:
                assert check.due_on == days_of[check.number][check.step - 1]
            case _:
                assert check.origin in ON_THE_GRID


@examples(200)
@given(days, st.integers(-60, 130), st.sampled_from(Unit))
def test_an_interval_lands_where_two_other_ways_of_counting_land(day: date, times: int, unit: Unit) -> None:
    found = after(day, Interval(1, unit), times)
    assert found == day + relativedelta(**{f"{unit}s": times})  # type: ignore[arg-type]
    if unit in {Unit.MONTH, Unit.YEAR}:
        assert found == months_after(day, times * (12 if unit is Unit.YEAR else 1))


@examples(100)
@given(patients())
def test_no_number_is_due_later_than_its_grid_day_plus_the_tail_of_its_window(patient: Patient) -> None:
    checks = patient.plan().checks
    for rule, step in patient.rules:
        tail = some_days(rule.window.after_days)
        number = 0
        for one in patient.follow_ups:
            anchor_on = one.anchor_on(rule)
            own = [check for check in of_rule(checks, rule.id) if anchor_on < check.due_on <= one.ends_on]
            for nth, check in enumerate(own, start=1):
                assert check.number == number + nth
                assert check.due_on <= months_after(anchor_on, step * nth) + tail
            number += len(own)


@examples(100)
@given(patients())
def test_neighbouring_checks_of_a_rule_are_at_most_one_step_and_the_windows_width_apart(patient: Patient) -> None:
    checks = patient.plan().checks
    for rule, step in patient.rules:
        for one in patient.follow_ups:
            anchor_on = one.anchor_on(rule)
            due = [check.due_on for check in of_rule(checks, rule.id) if anchor_on < check.due_on <= one.ends_on]
            for earlier, later in pairwise([anchor_on, *due]):
                assert 0 < (later - earlier).days <= longest_days(rule, step)


@examples(100)
@given(patients())
def test_every_day_belongs_to_the_window_of_at_most_one_check_of_a_follow_up_rule(patient: Patient) -> None:
    checks = patient.plan().checks
    for rule, _ in patient.rules:
        for earlier, later in pairwise(of_rule(checks, rule.id)):
            assert earlier.closes_on < later.opens_on


@examples(40)
@given(followed_patients())
def test_numbers_run_from_one_without_gaps_and_no_key_means_two_checks(patient: Patient) -> None:
    checks = [one.check for one in patient.follow().settled]
    assert len({check.key for check in checks}) == len(checks)
    for rule, _ in patient.rules:
        own = of_rule(checks, rule.id)
        assert [check.number for check in own] == list(range(1, len(own) + 1))
    for family in {extra.rule for extra in patient.extras}:
        numbers = sorted(check.number for check in checks if check.rule == f"{family}-extra")
        assert numbers == list(range(1, len(numbers) + 1))


@examples(30)
@given(followed_patients())
def test_every_window_holds_its_due_day_and_the_plan_is_in_order(patient: Patient) -> None:
    outcome = patient.follow()
    for check in (one.check for one in outcome.settled):
        assert check.opens_on <= check.due_on <= check.closes_on
    for checks in (outcome.plan.checks, [one.check for one in outcome.settled]):
        assert [check.due_on for check in checks] == sorted(check.due_on for check in checks)


@examples(60)
@given(followed_patients())
def test_an_order_for_extra_checks_is_kept_whatever_is_planned(patient: Patient) -> None:
    checks = patient.plan().checks
    for extra in patient.extras:
        own = [
            check
            for check in of_rule(checks, f"{extra.rule}-extra")
            if extra.first_number <= check.number < extra.first_number + extra.times
        ]
        assert len(own) == extra.times
        assert own[0].due_on == extra.starts_on <= own[0].opens_on
        assert all(earlier.closes_on < later.opens_on for earlier, later in pairwise(own))


# --- A further infusion -------------------------------------------------------------------------------


@examples(100)
@given(patients(), st.integers(30, 1600))
def test_a_later_infusion_never_shortens_follow_up_and_removes_no_follow_up_check(patient: Patient, later: int) -> None:
    """Every check keeps its number and its days; only the former closing check becomes an ordinary one.

    That one moves to its day on the grid at the most, or to the new end day where its window reaches it.
    """
    day = max(one.infused_on for one in patient.infusions) + some_days(later)
    before, now = patient.plan(), patient.with_infusions(Infusion(day)).plan()
    assert before.ends_on is not None
    assert now.ends_on == day + relativedelta(months=48)
    assert now.ends_on > before.ends_on
    keys = {check.key: check for check in now.checks}
    former = patient.follow_ups[-1]
    for rule, step in patient.rules:
        own = of_rule(before.checks, rule.id)
        assert [keys[check.key][:6] for check in own[:-1]] == [check[:6] for check in own[:-1]]
        nth = sum(former.anchor_on(rule) < check.due_on for check in own)
        grid_on = months_after(former.anchor_on(rule), step * nth) + some_days(rule.window.after_days)
        assert keys[own[-1].key].due_on <= max(grid_on, former.ends_on)


@examples(60)
@given(patients(), st.integers(30, 1600))
def test_a_later_infusion_removes_a_baseline_only_where_follow_up_asks_for_the_same(
    patient: Patient, later: int
) -> None:
    day = max(one.infused_on for one in patient.infusions) + some_days(later)
    before, now = patient.plan(), patient.with_infusions(Infusion(day)).plan()
    kept = set(now.checks)
    for check in before.checks:
        if check.origin is Origin.BASELINE and check not in kept:
            start = check.anchor_on
            of_family = [one.due_on for one in now.checks if one.family == check.family and one.origin in ON_THE_GRID]
            assert any(start - timedelta(days=30) <= due_on < start for due_on in of_family)
        assert check.origin is not Origin.IN_COURSE or check in kept


@examples(60)
@given(patients(), st.integers(1, 1600))
def test_any_infusion_after_the_last_one_given_never_shortens_follow_up(patient: Patient, later: int) -> None:
    before = patient.plan()
    now = patient.with_infusions(Infusion(max(patient.given) + some_days(later))).plan()
    assert before.ends_on is not None
    assert now.ends_on is not None
    assert now.ends_on >= before.ends_on


@examples(60)
@given(patients(), days)
def test_a_course_that_is_only_planned_brings_no_follow_up_and_moves_none(patient: Patient, day: date) -> None:
    assume(all(abs((one.infused_on - day).days) >= 30 for one in patient.infusions))
    before, now = patient.plan(), patient.with_infusions(Infusion(day, planned=True)).plan()
    on_the_grid = [[one for one in found.checks if one.origin in ON_THE_GRID] for found in (before, now)]
    assert on_the_grid[0] == on_the_grid[1]
    assert now.ends_on == before.ends_on


@examples(60)
@given(patients(), st.data())
def test_what_was_done_on_a_day_stays_done_on_that_day_when_an_infusion_is_added(
    patient: Patient, data: st.DataObject
) -> None:
    samples = data.draw(samples_of(patient.plan()))
    patient = patient.with_facts(samples=samples)
    day = max(one.infused_on for one in patient.infusions) + some_days(data.draw(st.integers(30, 1600)))
    assert _done_days(patient) == _done_days(patient.with_infusions(Infusion(day)))


# --- Samples and settlement ---------------------------------------------------------------------------


@examples(70)
@given(followed_patients())
def test_settlement_agrees_with_a_slow_second_definition(patient: Patient) -> None:
    """Which check each sample belongs to, what is waived, overtaken, before the record, discharged or open."""
    settled = patient.follow().settled
    found = {one.check.key: (one.settlement, tuple(sample.taken_on for sample in one.samples)) for one in settled}
    assert found == settle_slowly([one.check for one in settled], patient.facts)


@examples(40)
@given(followed_patients(), st.data())
def test_every_sample_on_or_after_the_first_window_belongs_to_exactly_one_check(
    patient: Patient, data: st.DataObject
) -> None:
    """Before and after a correction of the infusions: none is lost, none counts twice."""
    for one in (patient, data.draw(corrections_of(patient))):
        settled = one.follow().settled
        families = by_family(found.check for found in settled)
        owned = [sample for found in settled for sample in found.samples]
        for sample in one.facts.samples:
            first = min((check.opens_on for check in families.get(sample.family, ())), default=date.max)
            assert owned.count(sample) == (1 if sample.taken_on >= first else 0)
        assert all((found.settlement is Settlement.DONE) == bool(found.samples) for found in settled)


@examples(30)
@given(followed_patients(), st.randoms(use_true_random=False))
def test_the_order_in_which_samples_were_typed_changes_nothing(patient: Patient, random) -> None:
    shuffled = list(patient.facts.samples)
    random.shuffle(shuffled)
    assert patient.with_facts(samples=tuple(shuffled)).follow() == patient.follow()


def test_blood_drawn_for_an_order_answers_the_check_that_was_open_on_that_day() -> None:
    """Ordered for 1 and 15 February (on time from the 9th), drawn on the 10th: the month's check of the 12th is met."""
    order = Extra("blood-count", 1, date(2024, 2, 1), Interval.parse("2 weeks"), 2)
    patient = Patient("alemtuzumab-eu", (Infusion(date(2024, 1, 12)),), extras=(order,))
    settled = patient.with_facts(samples=(Sample(1, "blood-count", date(2024, 2, 10)),)).follow().settled
    found = {str(one.check.key): one.settlement for one in settled}
    assert found["blood-count-extra/2"] is Settlement.DONE
    assert found["blood-count/1"] is Settlement.SUPERSEDED
    assert found["blood-count/2"] is Settlement.OPEN


@examples(40)
@given(patients())
def test_a_patient_who_comes_on_every_due_day_has_nothing_open_and_no_gap(patient: Patient) -> None:
    checks = patient.plan().checks
    asked = dict.fromkeys((check.family, check.due_on) for check in checks)
    samples = tuple(Sample(number, *one) for number, one in enumerate(asked))
    settled = patient.with_facts(samples=samples).follow().settled
    assert Settlement.OPEN not in {one.settlement for one in settled}
    for rule, _ in patient.rules:
        for one in settled:
            if one.check.rule == rule.id:
                assert one.settlement is Settlement.DONE
                assert one.check.due_on in [sample.taken_on for sample in one.samples]


@examples(80)
@given(followed_patients(with_decisions=False))
def test_after_any_sample_the_next_open_check_is_due_within_one_step_and_the_windows_width(patient: Patient) -> None:
    """Promise 2, with extras, with a person's word for a number, and right after taking over.

    Taken over without a recent sample, the next check is due on the first day here.
    """
    settled = patient.follow().settled
    from_on = patient.facts.followed_here_from
    for rule, step in patient.rules:
        gap = some_days(longest_days(rule, step))
        taken = [sample.taken_on for sample in patient.facts.samples if sample.family == rule.family]
        next_on = min(
            (one.check.due_on for one in settled if one.check.family == rule.family and one.settlement == "open"),
            default=date.max,
        )
        for stretch in patient.follow_ups:
            anchor_on = stretch.anchor_on(rule)
            last_on = max([anchor_on, *(day for day in taken if day < stretch.ends_on)])
            if any(day >= stretch.ends_on for day in taken):
                continue  # a sample after the end closes the whole stretch
            if from_on is None or from_on <= last_on:
                assert next_on <= last_on + gap
            elif from_on < stretch.ends_on:
                assert next_on <= max(from_on, last_on + gap)


@examples(60)
@given(patients(), st.data())
def test_a_family_with_a_recent_sample_gets_no_alarm_on_taking_over(patient: Patient, data: st.DataObject) -> None:
    planned = patient.plan()
    from_on = data.draw(days_near_checks(planned.checks))
    rule, step = data.draw(st.sampled_from(patient.rules))
    ahead = min((one.due_on for one in of_rule(planned.checks, rule.id) if one.closes_on >= from_on), default=from_on)
    earliest = max(from_on, ahead) - some_days(longest_days(rule, step))
    recent = data.draw(st.dates(min(earliest, from_on - some_days(1)), from_on - some_days(1)))
    assume(recent >= earliest)
    sample = Sample(1, rule.family, recent)
    settled = patient.with_facts(samples=(sample,), followed_here_from=from_on).follow().settled
    assert rule.family + TAKEOVER not in {one.check.rule for one in settled}


@examples(60)
@given(patients(), st.data())
def test_a_waiver_never_reaches_a_check_farther_away_than_the_tail_of_its_window(
    patient: Patient, data: st.DataObject
) -> None:
    waivers = data.draw(waivers_of(patient.plan()))
    settled = data.draw(corrections_of(patient)).with_facts(waivers=waivers).follow().settled
    waived = {waived_by(waiver, [one.check for one in settled]) for waiver in waivers}
    for one in settled:
        assert (one.settlement is Settlement.WAIVED) == (one.check.key in waived)
        if one.waiver:
            distance = abs(one.check.due_on - one.waiver.due_on)
            assert one.waiver.rule == one.check.rule
            assert distance <= one.check.closes_on - one.check.due_on


@examples(30)
@given(followed_patients())
def test_a_waiver_of_a_due_day_in_the_plan_settles_that_check_and_no_other(patient: Patient) -> None:
    patient = patient.with_facts(discharged_on=None, waivers=())
    settled = patient.follow().settled
    open_ones = [one.check for one in settled if one.settlement is Settlement.OPEN and one.check.origin != "extra"]
    assume(open_ones)
    meant = open_ones[len(open_ones) // 2]
    waived = patient.with_facts(waivers=(_waiver(meant),)).follow().settled
    assert [(one.check.key, one.settlement) for one in waived] == [
        (one.check.key, Settlement.WAIVED if one.check == meant else one.settlement) for one in settled
    ]


@examples(30)
@given(followed_patients(), days)
def test_discharge_settles_what_is_open_and_readmission_restores_it(patient: Patient, day: date) -> None:
    here = patient.with_facts(discharged_on=None)
    gone = here.with_facts(discharged_on=day)
    discharged = {Settlement.OPEN: Settlement.DISCHARGED}
    assert [(one.check, discharged.get(one.settlement, one.settlement)) for one in here.follow().settled] == [
        (one.check, one.settlement) for one in gone.follow().settled
    ]
    assert gone.with_facts(discharged_on=None).follow() == here.follow()


@examples(60)
@given(followed_patients(), st.data())
def test_a_booking_belongs_to_the_check_that_a_sample_of_its_day_would_settle(
    patient: Patient, data: st.DataObject
) -> None:
    checks = [one.check for one in patient.follow().settled]
    near = data.draw(st.sampled_from(checks))
    booked_on = data.draw(days_near_checks(checks))
    ((key, _),) = assign_bookings(checks, [Booking(1, near.family, booked_on)]).items()
    members = by_family(in_settling_order(checks))[near.family]
    assert key == (belongs_to(Sample(1, near.family, booked_on), checks) or members[0].key)


# --- Where a check stands -----------------------------------------------------------------------------


@examples(100)
@given(patients(most=1), st.data())
def test_a_state_only_moves_forward_as_today_does_and_agrees_with_a_second_definition(
    patient: Patient, data: st.DataObject
) -> None:
    check = data.draw(st.sampled_from(patient.plan().checks))
    order = list(State)
    found = []
    for offset in range(-3, (check.closes_on - check.opens_on).days + 4):
        today = check.opens_on + some_days(offset)
        boundaries_behind = [today >= check.opens_on, today >= check.due_on, today > check.closes_on]
        assert state_of(check, today) is order[sum(boundaries_behind)]
        assert days_overdue(check, today) == len(range(check.closes_on.toordinal(), today.toordinal()))
        assert (days_overdue(check, today) > 0) == (state_of(check, today) is State.OVERDUE)
        found.append(order.index(state_of(check, today)))
    assert found == sorted(found)
    assert state_of(check, date(2999, 1, 1)) is State.OVERDUE  # nothing expires by itself


# --- Re-planning --------------------------------------------------------------------------------------


@examples(60)
@given(followed_patients(), st.data())
def test_following_an_unchanged_patient_again_changes_nothing_and_twice_is_once(
    patient: Patient, data: st.DataObject
) -> None:
    corrected = data.draw(corrections_of(patient))
    before, now = standings(patient.follow().settled), standings(corrected.follow().settled)
    assert compare(before, standings(patient.follow().settled)).is_empty
    stored = _stored(before, now)
    assert compare(stored, now).is_empty
    assert compare(stored, now).untouched == len(now)


@examples(40)
@given(followed_patients(), st.data())
def test_nothing_that_was_open_vanishes_without_standing_in_the_difference(
    patient: Patient, data: st.DataObject
) -> None:
    before = standings(patient.follow().settled)
    now = standings(data.draw(corrections_of(patient)).follow().settled)
    difference = compare(before, now)
    named = {pair.key for pair in (*difference.moved, *difference.settled)} | {key for key, _ in difference.withdrawn}
    for key, standing in before.items():
        assert key in named or now.get(key) == standing
    changed = {pair.key: pair.after for pair in (*difference.moved, *difference.settled)} | dict(difference.added)
    withdrawn = {key for key, _ in difference.withdrawn}
    assert {key: one for key, one in (before | changed).items() if key not in withdrawn} == now
    assert len(before) + len(difference.added) - len(withdrawn) == len(now)


@examples(60)
@given(followed_patients(), st.data())
def test_whatever_was_due_or_overdue_and_goes_or_is_postponed_stands_in_the_losses(
    patient: Patient, data: st.DataObject
) -> None:
    patient = patient.with_facts(discharged_on=None)
    outcome = patient.follow()
    before = standings(outcome.settled)
    now = standings(data.draw(corrections_of(patient)).follow().settled)
    today = data.draw(days_near_checks(outcome.plan.checks)) + some_days(30)
    lost = set()
    for key, old in before.items():
        if old.settlement != "open" or today < old.due_on:
            continue
        new = now.get(key)
        if new is None or new.settlement == "before-record" or (new.settlement == "open" and _is_later(old, new)):
            lost.add((key, old))
    found = losses(compare(before, now), today)
    assert set(found) == lost
    assert len(found) == len(lost)


@examples(60)
@given(followed_patients(), st.data())
def test_a_late_known_sample_takes_away_no_check_but_the_one_of_taking_over(
    patient: Patient, data: st.DataObject
) -> None:
    """Typing in a sample never asks for a confirmation: whatever it changes is answered by the sample itself."""
    patient = patient.with_facts(discharged_on=None)
    outcome = patient.follow()
    near = data.draw(st.sampled_from(outcome.plan.checks))
    known = patient.facts.samples
    added = Sample(len(known), near.family, data.draw(days_near_checks(outcome.plan.checks)))
    before = standings(outcome.settled)
    now = standings(patient.with_facts(samples=(*known, added)).follow().settled)
    difference = compare(before, now)
    assert {key.rule for key, _ in difference.withdrawn} <= {near.family + TAKEOVER}
    assert not difference.added
    assert not difference.moved
    assert losses(difference, data.draw(days)) == ()


# --- Visits -------------------------------------------------------------------------------------------


@examples(60)
@given(followed_patients())
def test_every_check_stands_in_exactly_one_visit_of_its_day_and_place(patient: Patient) -> None:
    outcome = patient.follow()
    checks = {one.check.key: one.check for one in outcome.settled}
    assert sorted(key for visit in outcome.visits for key in visit.keys) == sorted(checks)
    assert len({(visit.due_on, visit.place) for visit in outcome.visits}) == len(outcome.visits)
    for visit in outcome.visits:
        for key in visit.keys:
            assert checks[key].due_on == visit.due_on
            assert patient.protocol.get_rule(key.rule).place is visit.place


@examples(60)
@given(followed_patients())
def test_a_visit_is_on_time_for_all_its_checks_and_on_a_working_day_where_there_is_one(patient: Patient) -> None:
    outcome = patient.follow()
    checks = {one.check.key: one.check for one in outcome.settled}
    for visit in outcome.visits:
        own = [checks[key] for key in visit.keys]
        assert all(check.opens_on <= visit.visit_on <= check.closes_on for check in own)
        assert visit.opens_on == max(check.opens_on for check in own)
        assert visit.closes_on == min(check.closes_on for check in own)
        if any(check.origin is Origin.IN_COURSE for check in own):
            assert visit.visit_on == visit.due_on  # blood is taken on the day of the infusion, Sunday or not
            continue
        width = (visit.closes_on - visit.opens_on).days
        on_time = [visit.opens_on + some_days(offset) for offset in range(width + 1)]
        assert IS_WORKING_DAY(visit.visit_on) or not any(map(IS_WORKING_DAY, on_time))


@examples(200)
@given(days, st.integers(0, 8), st.integers(0, 8), st.sets(st.integers(-10, 10), max_size=5))
def test_the_suggested_day_is_the_nearest_working_day_and_the_earlier_of_two(
    due_on: date, before: int, tail: int, working: set[int]
) -> None:
    """With few working days, so that the first and the last day of a window are often the only ones."""
    window = [due_on + some_days(offset) for offset in range(-before, tail + 1)]
    open_days = {due_on + some_days(offset) for offset in working}
    nearest = sorted(open_days & set(window), key=lambda day: (abs(day - due_on), day))
    assert suggest_day(due_on, window[0], window[-1], open_days.__contains__) == (nearest or [due_on])[0]


KEYS = [Key(rule, number) for rule in ("first", "second", "third", "unknown-extra") for number in (1, 2, 3)]
ORDER = {"first": 0, "second": 1, "third": 2}


@st.composite
def parted_keys(draw: st.DrawFn, most: int) -> list[tuple[Key, ...]]:
    """The keys, each in one of a few visits or, withdrawn, in none."""
    groups: dict[int, list[Key]] = {}
    for key in KEYS:
        if (group := draw(st.integers(0, most))) > 0:
            groups.setdefault(group, []).append(key)
    return [tuple(keys) for keys in groups.values()]


@examples(200)
@given(parted_keys(6), parted_keys(6), st.integers(0, 2))
def test_a_visit_keeps_the_oldest_identity_whose_first_rule_it_still_holds(
    old: list[tuple[Key, ...]], new: list[tuple[Key, ...]], empty: int
) -> None:
    """On a split the first rule in the protocol's order keeps it, on a join the older one survives."""
    known = [Known(f"old-{age}", age, keys) for age, keys in enumerate([*old, *[()] * empty])]
    visits = [Visit(date(2024, 1, 1), Place.CLINIC, keys, *[date(2024, 1, 1)] * 3) for keys in new]
    fresh = (f"new-{number}" for number in count())
    ids = keep_identities(visits, known[::-1], ORDER, lambda: next(fresh))
    assert len(set(ids)) == len(ids) == len(visits)
    there = {key for keys in new for key in keys}
    for visit, visit_id in zip(visits, ids, strict=True):
        claims = []
        for one in known:
            alive = sorted((ORDER.get(key.rule, 99), key) for key in one.keys if key in there)
            if alive and alive[0][1] in visit.keys:
                claims.append(one.id)
        assert visit_id == claims[0] if claims else visit_id.startswith("new-")
    again = [
        Known(visit_id, place, visit.keys) for place, (visit, visit_id) in enumerate(zip(visits, ids, strict=True))
    ]
    assert keep_identities(visits, again, ORDER, lambda: next(fresh)) == ids


@examples(40)
@given(followed_patients(), st.data())
def test_a_visit_that_returns_revives_its_identity(patient: Patient, data: st.DataObject) -> None:
    """An infusion typed wrongly and typed right again: a calendar shows the same entries as before."""
    visits = patient.follow().visits
    numbers = count()
    ids = name_visits(patient.protocol, visits, (), lambda: f"{next(numbers):04}")
    known = [Known(own, age, visit.keys) for age, (own, visit) in enumerate(zip(ids, visits, strict=True))]
    wrong = data.draw(corrections_of(patient)).follow().visits
    wrong_ids = name_visits(patient.protocol, wrong, known, lambda: f"{next(numbers):04}")
    assert len(set(wrong_ids)) == len(wrong_ids)
    still_there = {key for visit in wrong for key in visit.keys}
    lost = [one for one in known if not set(one.keys) & still_there]
    assert {one.id for one in lost}.isdisjoint(wrong_ids)
    back = name_visits(patient.protocol, visits, known, lambda: f"{next(numbers):04}")
    assert back == ids


# --- The helpers of these tests -----------------------------------------------------------------------


@examples(40)
@given(courses_of())
def test_random_patients_have_at_least_one_infusion_given_and_no_day_twice(infusions: tuple[Infusion, ...]) -> None:
    found = [one.infused_on for one in infusions]
    assert found == sorted(set(found))
    assert not all(one.planned for one in infusions)


def test_the_longest_gaps_of_the_protocol_are_one_step_and_the_width_of_the_window() -> None:
    for name in ("alemtuzumab-eu", "alemtuzumab-us"):
        found = Patient(name, ()).protocol
        recurring = [rule for rule in found.rules if isinstance(rule.schedule, Recurring)]
        assert len(recurring) == len(follow_up_rules(found))
        assert found.longest_gaps == {rule.family: longest_days(rule, step) for rule, step in follow_up_rules(found)}


def _done_days(patient: Patient) -> set[tuple[str, date]]:
    settled = patient.follow().settled
    return {(one.check.family, sample.taken_on) for one in settled for sample in one.samples}


def _waiver(check: Check) -> Waiver:
    return Waiver(1, check.rule, check.due_on)


def _is_later(old: Standing, new: Standing) -> bool:
    return new.closes_on > old.closes_on


def _stored(before: dict[Key, Standing], now: dict[Key, Standing]) -> dict[Key, Standing]:
    """The record after the change: what the new plan no longer asks for stays in it as withdrawn."""
    gone = {key: one._replace(settlement=Settlement.WITHDRAWN, settled_on=None) for key, one in before.items()}
    return gone | now
