"""Memory: gives back what it was given for the same stamp alone, and only to those who look."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import date, timedelta

from db.patients import list_versions
from monitor.clock import FixedClock
from monitor.services.booking import note_contact
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.memory import Memory, recall, recall_each
from monitor.services.worklist import list_lines
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
NAME = ("lines", 1)


def test_another_stamp_has_it_made_anew() -> None:
    memory, made = Memory(), iter(range(9))
    assert [recall(memory, NAME, stamp, lambda: next(made)) for stamp in ("a", "a", "b", "b", "a")] == [0, 0, 1, 1, 2]


def test_what_nobody_asked_for_longest_goes_first() -> None:
    memory = Memory(most_kilobytes=25)  # two things of ten
    for number in (1, 2):
        memory.keep(("lines", number), "stamp", number)
    assert memory.find(("lines", 1), "stamp") == 1
    memory.keep(("lines", 3), "stamp", 3)
    assert [memory.find(("lines", number), "stamp") for number in (1, 2, 3)] == [1, None, 3]
    memory.keep(("chart", 1), "stamp", 4, kilobytes=15)
    assert [memory.find(name, "stamp") for name in (("lines", 1), ("lines", 3), ("chart", 1))] == [None, 3, 4]


def test_what_takes_the_place_of_another_thing_is_counted_once() -> None:
    memory = Memory(most_kilobytes=20)
    memory.keep(("lines", 1), "stamp", 1)
    for number in range(5):
        memory.keep(("lines", 2), number, number)
    assert [memory.find(("lines", 1), "stamp"), memory.find(("lines", 2), 4)] == [1, 4]


def test_of_several_only_those_are_made_that_are_not_remembered() -> None:
    memory, made = Memory(), list[list[int]]()

    def make(ids: Sequence[int]) -> dict[int, str]:
        made.append(list(ids))
        return {one: f"thing {one}" for one in ids}

    first = recall_each(memory, "lines", [1, 2, 3], {1: "a", 2: "a"}, make)  # the third has no stamp
    second = recall_each(memory, "lines", [1, 2, 3], {1: "a", 2: "b"}, make)
    assert first == second == {1: "thing 1", 2: "thing 2", 3: "thing 3"}
    assert made == [[1, 2, 3], [2, 3]]
    assert recall_each(None, "lines", [1], {1: "a"}, make) == {1: "thing 1"}


def follow(desk: Desk, reference: str) -> int:
    days = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
    return enrol(desk, Enrolment("north", reference, "alemtuzumab-eu", infusions=days))[0]


def test_whoever_writes_remembers_nothing(desk_of: DeskOf, look_as: DeskOf) -> None:
    """What they see may never come to be: the transaction may be undone."""
    with desk_of("ada") as desk:
        assert desk.memory is None
    with look_as("ada") as desk:
        assert desk.memory is not None


def test_an_act_changes_the_version_of_its_treatment_alone(desk_of: DeskOf, look_as: DeskOf) -> None:
    with desk_of("ada") as desk:
        first, second = follow(desk, "N-1"), follow(desk, "N-2")
        before = list_versions(desk.connection, [first, second])
    with desk_of("ada") as desk:
        note_contact(desk, first, kind="reached")
    with look_as("ada") as desk:
        after = list_versions(desk.connection, [first, second])
        assert {line.contact is not None for line in list_lines(desk) if line.patient == "N-1"} == {True}
    assert before.keys() == after.keys() == {first, second}
    assert before[first] != after[first]
    assert before[second] == after[second]


class UndoneError(Exception):
    """Ends a transaction without a trace, as a restore of an earlier day does."""


def test_as_many_acts_after_a_restore_are_another_version(desk_of: DeskOf, clock: FixedClock) -> None:
    """Counted from the same state, another act has the same number; the instant of the act tells them apart."""
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
    with suppress(UndoneError), desk_of("ada") as desk:
        note_contact(desk, treatment, kind="reached")
        lost = list_versions(desk.connection, [treatment])[treatment]
        raise UndoneError
    clock.advance(timedelta(seconds=1))
    with desk_of("ada") as desk:
        note_contact(desk, treatment, kind="unreachable")
        kept = list_versions(desk.connection, [treatment])[treatment]
    assert lost.revision == kept.revision
    assert lost != kept
