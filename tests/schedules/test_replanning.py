"""What a re-plan says about itself, and which of its changes need a confirmation of their own."""

from datetime import date, timedelta

import pytest

from schedules.model import Key, Settlement
from schedules.replanning import Difference, Pair, Standing, compare, list_runs, losses

TODAY = date(2026, 11, 2)
KEY = Key("blood-count", 3)
TAKEOVER = Key("blood-count-takeover", 1)


def standing(due_in: int, settlement: Settlement = Settlement.OPEN, settled_on: date | None = None) -> Standing:
    due_on = TODAY + timedelta(days=due_in)
    return Standing(due_on - timedelta(days=7), due_on, due_on + timedelta(days=7), settlement, settled_on)


OVERDUE, DUE, OPEN = standing(-20), standing(0), standing(3)


def change(old: Standing, new: Standing | None, key: Key = KEY) -> Difference:
    return compare({key: old}, {key: new} if new else {})


def test_what_only_one_side_has_is_added_or_withdrawn() -> None:
    assert compare({}, {KEY: DUE}) == Difference(((KEY, DUE),), (), (), (), 0)
    assert change(DUE, None) == Difference((), (), ((KEY, DUE),), (), 0)


def test_a_check_of_another_day_has_moved_whatever_else_changed() -> None:
    done = standing(5, Settlement.DONE, TODAY)
    assert change(DUE, done) == Difference((), (Pair(KEY, DUE, done),), (), (), 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DUE, DUE._replace(settlement=Settlement.DONE, settled_on=TODAY)),
        (standing(0, Settlement.DONE, TODAY), standing(0, Settlement.DONE, TODAY - timedelta(days=1))),
        (standing(0, Settlement.DISCHARGED), DUE),
    ],
    ids=["done", "done on another day", "open again"],
)
def test_the_same_day_settled_differently(old: Standing, new: Standing) -> None:
    assert change(old, new) == Difference((), (), (), (Pair(KEY, old, new),), 0)


def test_a_withdrawn_check_stays_in_the_record_and_moves_when_it_returns() -> None:
    withdrawn = standing(0, Settlement.WITHDRAWN)
    assert change(withdrawn, None).is_empty
    assert change(withdrawn, DUE).moved == (Pair(KEY, withdrawn, DUE),)


def test_the_same_twice_is_empty() -> None:
    same = {KEY: DUE, TAKEOVER: OVERDUE}
    assert compare(same, same) == Difference((), (), (), (), 2)
    assert compare(same, same).is_empty


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (OVERDUE, None, True),
        (DUE, None, True),
        (OPEN, None, False),
        (OVERDUE, standing(-19), True),
        (OVERDUE, standing(-21), False),
        (OVERDUE, standing(-20, Settlement.BEFORE_RECORD), True),
        (OVERDUE, standing(-20, Settlement.DONE, TODAY), False),
        (OVERDUE, standing(-20, Settlement.WAIVED), False),
        (OVERDUE, standing(30, Settlement.DONE, TODAY), False),
        (standing(-20, Settlement.DONE, TODAY), None, False),
    ],
    ids=[
        "overdue and withdrawn", "due and withdrawn", "not due yet", "a day later", "a day earlier", "before record",
        "done", "waived", "moved and done", "was done",
    ],
)  # fmt: skip
def test_a_due_check_that_goes_or_comes_later_is_a_loss(old: Standing, new: Standing | None, lost: bool) -> None:
    assert losses(change(old, new), TODAY) == (((KEY, old),) if lost else ())


def test_the_check_of_taking_over_goes_without_a_question_but_is_not_put_off() -> None:
    assert losses(change(OVERDUE, None, TAKEOVER), TODAY) == ()
    assert losses(change(OVERDUE, standing(4), TAKEOVER), TODAY) == ((TAKEOVER, OVERDUE),)


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (DUE, DUE._replace(settlement=Settlement.DONE, settled_on=TODAY), False),
        (DUE, DUE._replace(settlement=Settlement.SUPERSEDED), False),
        (standing(0, Settlement.BEFORE_RECORD), standing(0, Settlement.DONE, TODAY), False),
        (OPEN, standing(4), True),
        (OPEN, None, True),
        (None, OPEN, True),
        (OPEN, standing(3, Settlement.BEFORE_RECORD), True),
        (standing(3, Settlement.BEFORE_RECORD), OPEN, True),
    ],
    ids=["done", "overtaken", "done before our time", "moved", "withdrawn", "added", "put before record", "taken back"],
)
def test_the_check_of_taking_over_goes_with_a_question_where_a_sample_is_not_the_reason(
    old: Standing | None, new: Standing | None, lost: bool
) -> None:
    """A course corrected to another year, or a patient found to be a man, takes it away as silently as a sample."""
    before = {TAKEOVER: OVERDUE} | ({KEY: old} if old else {})
    found = losses(compare(before, {KEY: new} if new else {}), TODAY)
    assert ((TAKEOVER, OVERDUE) in found) is lost


def test_runs_are_of_one_rule_of_consecutive_numbers_and_alike() -> None:
    keys = [Key("liver", 1), Key("blood", 4), Key("blood", 1), Key("blood", 2), Key("blood", 3)]
    pairs = [Pair(key, DUE, OVERDUE if key == Key("blood", 3) else DUE) for key in keys]
    found = [[str(one.key) for one in run] for run in list_runs(pairs, lambda pair: pair.after)]
    assert found == [["blood/1", "blood/2"], ["blood/3"], ["blood/4"], ["liver/1"]]
    gap = list_runs([pairs[2], pairs[1]], lambda pair: pair.after)
    assert [[one.key.number for one in run] for run in gap] == [[1], [4]]
