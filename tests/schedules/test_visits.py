"""Visits: which working day is suggested, and which calendar entry lives on."""

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.model import Away, Check, Infusion, Key, Origin, Person
from schedules.planning import plan
from schedules.protocol import Place
from schedules.visits import Known, Visit, group_visits, keep_identities, suggest_day
from schedules.working_days import IsWorkingDay, count_working_days, is_known_country, working_days
from tests.schedules.strategies import make_protocol, make_rule, shipped

ORDER = {"blood-count": 0, "thyroid": 1, "skin": 2}
GERMANY = working_days("DE")


def day(written: str) -> date:
    return date.fromisoformat(written)


# --- Which checks ----------------------------------------------------------------------------------


def test_one_day_in_two_places_is_two_visits() -> None:
    checks = plan(shipped("alemtuzumab-eu"), Person(), infusions=[Infusion(date(2024, 1, 12))]).checks
    visits = group_visits(shipped("alemtuzumab-eu"), checks, GERMANY)
    first = [(visit.place, [str(key) for key in visit.keys]) for visit in visits if visit.due_on == day("2025-01-12")]
    assert first == [
        (Place.LABORATORY, ["blood-count/12", "creatinine/12", "urinalysis/12", "liver/12", "thyroid/4"]),
        (Place.CLINIC, ["skin/1", "hpv/1"]),
    ]


def test_the_narrowest_window_bounds_the_visit() -> None:
    protocol = make_protocol(
        make_rule("count", {"every": "3 months"}, (2, 1)), make_rule("thyroid", {"every": "3 months"}, (14, 14))
    )
    (visit, *_) = group_visits(
        protocol, plan(protocol, Person(), infusions=[Infusion(day("2024-01-12"))]).checks, GERMANY
    )
    assert [str(one) for one in (visit.opens_on, visit.due_on, visit.closes_on)] == [
        "2024-04-10", "2024-04-12", "2024-04-13",
    ]  # fmt: skip


def test_an_infusion_day_is_never_moved() -> None:
    sunday = day("2024-01-14")
    protocol = make_protocol(make_rule("platelets", {"infusion_day": 1}, (3, 3)))
    (visit,) = group_visits(protocol, plan(protocol, Person(), infusions=[Infusion(sunday)]).checks, GERMANY)
    assert visit.visit_on == sunday


def test_extras_and_takeovers_go_where_their_rule_goes() -> None:
    protocol = make_protocol(make_rule("skin", {"every": "1 year"}, (30, 30), place="clinic"))
    on = day("2024-06-03")
    extra = Check("skin-extra", 1, "skin", on, on, on, Origin.EXTRA, on, 0, False)
    takeover = extra._replace(rule="skin-takeover", origin=Origin.TAKEOVER)
    (visit,) = group_visits(protocol, [extra, takeover], GERMANY)
    assert visit.place is Place.CLINIC


# --- Which day -------------------------------------------------------------------------------------


def never(_: date) -> bool:
    return False


@pytest.mark.parametrize(
    ("due", "opens", "closes", "is_working_day", "suggested"),
    [
        ("2024-12-25", "2024-12-25", "2025-01-01", GERMANY, "2024-12-27"),
        ("2024-05-11", "2024-05-11", "2024-05-11", GERMANY, "2024-05-11"),
        ("2024-05-11", "2024-05-11", "2024-05-13", GERMANY, "2024-05-13"),
        ("2024-05-11", "2024-05-10", "2024-05-13", GERMANY, "2024-05-10"),
        ("2024-05-12", "2024-05-10", "2024-05-12", GERMANY, "2024-05-10"),
        ("2024-05-15", "2024-05-01", "2024-05-31", never, "2024-05-15"),
        ("2024-11-28", "2024-11-21", "2024-12-05", working_days("US"), "2024-11-27"),
        ("2024-08-26", "2024-08-19", "2024-09-02", working_days("GB", "ENG"), "2024-08-27"),
        ("2024-08-26", "2024-08-19", "2024-09-02", working_days("GB", "SCT"), "2024-08-26"),
    ],
    ids=[
        "a closing visit at Christmas", "no other day on time", "only later", "the last day before the window's edge",
        "as far as the window goes", "no working day at all", "Thanksgiving", "August in England", "and in Scotland",
    ],
)  # fmt: skip
def test_suggested_day(due: str, opens: str, closes: str, is_working_day: IsWorkingDay, suggested: str) -> None:
    assert suggest_day(day(due), day(opens), day(closes), is_working_day) == day(suggested)


def test_working_days_after_a_day_up_to_another() -> None:
    """The five after Friday, 22 March 2024: Good Friday and Easter Monday are none in Germany."""
    counted = [
        count_working_days(day("2024-03-22"), day(end), GERMANY) for end in ("2024-03-22", "2024-03-28", "2024-04-02")
    ]
    assert counted == [0, 4, 5]


def test_countries_and_their_parts() -> None:
    assert is_known_country("DE")
    assert is_known_country("DE", "SN")
    assert not is_known_country("DE", "TX")
    assert not is_known_country("XX")


# --- Which entry -----------------------------------------------------------------------------------


def visit(*keys: str) -> Visit:
    found = tuple(Key(rule, int(number)) for rule, _, number in (key.partition("/") for key in keys))
    return Visit(day("2024-05-13"), Place.LABORATORY, found, *[day("2024-05-13")] * 3)


def keep(known: dict[str, Visit], *visits: Visit) -> tuple[str, ...]:
    """Identities of the visits, where `known` are those of the record from the oldest to the youngest."""
    numbers = count(1)
    record = [Known(name, age, one.keys) for age, (name, one) in enumerate(known.items())]
    return keep_identities(visits, record, ORDER, lambda: f"new {next(numbers)}")


def test_on_a_split_the_first_rule_of_the_protocol_keeps_the_entry() -> None:
    known = {"old": visit("thyroid/4", "blood-count/12", "skin/1")}
    assert keep(known, visit("skin/1"), visit("thyroid/4"), visit("blood-count/12")) == ("new 1", "new 2", "old")
    assert keep(known, visit("skin/1"), visit("thyroid/4")) == ("new 1", "old")


def test_on_a_join_the_older_entry_survives() -> None:
    known = {"older": visit("thyroid/4"), "younger": visit("blood-count/12")}
    assert keep(known, visit("blood-count/12", "thyroid/4")) == ("older",)


def test_what_a_protocol_does_not_list_comes_after_what_it_lists() -> None:
    known = {"old": visit("blood-count-extra/1", "skin/1")}
    assert keep(known, visit("blood-count-extra/1"), visit("skin/1")) == ("new 1", "old")


def test_an_entry_whose_checks_are_gone_stands_for_nothing() -> None:
    assert keep({"old": visit("thyroid/9")}, visit("blood-count/1")) == ("new 1",)


def test_an_entry_moves_with_its_checks() -> None:
    known = {"a": visit("blood-count/1"), "b": visit("blood-count/2", "thyroid/1")}
    later = visit("blood-count/2", "thyroid/1")._replace(due_on=day("2025-01-01"))
    assert keep(known, later, visit("blood-count/1")) == ("b", "a")


def test_numbers_of_one_rule_decide_by_the_lower() -> None:
    known = {"old": visit("blood-count/13", "blood-count/12")}
    assert keep(known, visit("blood-count/13"), visit("blood-count/12")) == ("new 1", "old")


# --- Away -----------------------------------------------------------------------------------------------


DUE, OPENS, CLOSES = date(2026, 11, 12), date(2026, 11, 5), date(2026, 11, 19)  # Thursday, within a week either way


@pytest.mark.parametrize(
    ("away", "suggested"),
    [
        ([], DUE),
        ([Away(date(2026, 11, 12), date(2026, 11, 12))], date(2026, 11, 11)),
        ([Away(date(2026, 11, 9), date(2026, 11, 12))], date(2026, 11, 13)),
        ([Away(date(2026, 11, 1), date(2026, 11, 16))], date(2026, 11, 17)),
        # All working days of the window: the due day stands, since nobody may be told to come too late.
        ([Away(date(2026, 11, 1), date(2026, 11, 30))], DUE),
        ([Away(OPENS, date(2026, 11, 10)), Away(date(2026, 11, 12), CLOSES)], date(2026, 11, 11)),
    ],
)
def test_days_away_move_the_suggested_day_inside_the_window_alone(away: list[Away], suggested: date) -> None:
    assert suggest_day(DUE, OPENS, CLOSES, working_days("DE"), away=away) == suggested


def test_the_closing_visit_moves_later_only_when_the_patient_is_away() -> None:
    away = [Away(DUE, date(2026, 11, 13))]
    assert suggest_day(DUE, DUE, CLOSES, working_days("DE"), away=away) == date(2026, 11, 16)


# --- Weekdays that suit -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weekdays", "away", "suggested"),
    [
        ([], [], DUE),
        ([3], [], DUE),
        # Tuesday the 10th and Tuesday the 17th are both in the window; the nearer one is the 10th.
        ([1], [], date(2026, 11, 10)),
        ([0], [], date(2026, 11, 9)),
        # Away on the suiting day that is nearest: the next one; away on all of them: the nearest day of any kind.
        ([1], [Away(date(2026, 11, 10), date(2026, 11, 10))], date(2026, 11, 17)),
        ([1], [Away(date(2026, 11, 10), date(2026, 11, 10)), Away(date(2026, 11, 17), CLOSES)], DUE),
        # Nobody comes on a weekend because it would suit.
        ([6], [], DUE),
    ],
)
def test_a_weekday_that_suits_steers_the_day_after_working_days_and_days_away(
    weekdays: list[int], away: list[Away], suggested: date
) -> None:
    assert suggest_day(DUE, OPENS, CLOSES, working_days("DE"), away=away, weekdays=weekdays) == suggested


def test_a_window_without_a_suiting_day_keeps_the_day_that_it_had() -> None:
    friday = date(2026, 11, 13)
    assert suggest_day(DUE, DUE, friday, working_days("DE"), weekdays=[0]) == DUE


DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(
    due_on=DAYS,
    before=st.integers(0, 40),
    tail=st.integers(0, 40),
    weekdays=st.sets(st.integers(0, 6)),
    away=st.lists(st.tuples(DAYS, st.integers(0, 60)), max_size=4),
)
def test_whatever_suits_and_whoever_is_away_the_suggested_day_stays_in_its_window(
    due_on: date, before: int, tail: int, weekdays: set[int], away: list[tuple[date, int]]
) -> None:
    opens_on, closes_on = due_on - timedelta(days=before), due_on + timedelta(days=tail)
    gone = [Away(day, day + timedelta(days=length)) for day, length in away]
    plain = suggest_day(due_on, opens_on, closes_on, GERMANY, away=gone)
    chosen = suggest_day(due_on, opens_on, closes_on, GERMANY, away=gone, weekdays=weekdays)
    assert opens_on <= chosen <= closes_on
    # No good day is lost: where there was a working day, or one on which the patient can come, there still is.
    assert GERMANY(chosen) == GERMANY(plain)
    assert any(chosen in one for one in gone) == any(plain in one for one in gone)
    assert weekdays or chosen == plain
    assert chosen == plain or chosen.weekday() in weekdays


def test_due_days_and_windows_are_the_same_with_and_without_weekdays() -> None:
    protocol = shipped("alemtuzumab-eu")
    checks = plan(protocol, Person(), infusions=[Infusion(date(2024, 1, 12))]).checks
    plain, chosen = (group_visits(protocol, checks, GERMANY, weekdays=days) for days in ((), (1,)))
    assert [one._replace(visit_on=one.due_on) for one in plain] == [one._replace(visit_on=one.due_on) for one in chosen]
    assert sum(one.visit_on.weekday() == 1 for one in chosen) > sum(one.visit_on.weekday() == 1 for one in plain)
