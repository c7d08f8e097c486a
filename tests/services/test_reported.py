"""A patient's word on the worklist: it stands beside the check, hides nothing, and goes when somebody answers."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, time, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from db.checks import list_visits
from db.dossiers import get_dossier
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.booking import book
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.looking import compute_again
from monitor.services.recording import record_samples
from monitor.services.telling_done import take_back_done, tell_done
from monitor.services.undoing import undo
from monitor.services.worklist import SEEN_WITHIN, clinics_of, lines_of, list_lines
from schedules.model import Infusion
from schedules.status import State
from schedules.worklists import Kind, Line, Reported, in_order

DeskOf = Callable[[str], AbstractContextManager[Desk]]
Run = Callable[..., Any]
TODAY = date(2026, 11, 2)
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
LABORATORY = ["blood-count", "creatinine", "urinalysis", "liver", "thyroid"]
SAID = Reported(date(2026, 10, 20), "Practice Example")


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    """An invented patient of the north whose checks of 16 October are overdue."""
    with desk_of("ada") as desk:
        enrolment = Enrolment(
            "north", "N-SAID-1", "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1)
        )
        return enrol(desk, enrolment)[0]


def say_it(program: Program, treatment: int, *, place: str | None = SAID.place) -> None:
    with program.writing_for_patient("north") as desk:
        visits = list_visits(desk.connection, [treatment])[treatment]
        visit = next(one for one in visits if one.due_on == date(2026, 10, 16) and one.place == "laboratory")
        dossier = get_dossier(desk.connection, treatment)
        tell_done(desk, dossier.patient_id, visit.id, done_on=SAID.done_on, place=place)


def of(lines: list[Line], family: str) -> Line:
    [line] = [one for one in lines if one.family == family and one.kind is Kind.CHECK]
    return line


def recomputed(desk: Desk, day: date) -> list[Line]:
    lines: list[Line] = []
    for clinic in clinics_of(desk):
        for found in compute_again(desk, clinic, day):
            lines += lines_of(desk, found, day, seen_within=SEEN_WITHIN)
    return in_order(lines)


def test_it_stands_on_the_line_and_hides_nothing(program: Program, treatment: int) -> None:
    with program.reading("ada") as desk:
        before = list_lines(desk)
    say_it(program, treatment)
    with program.reading("ada") as desk:
        after = list_lines(desk)
        assert after == recomputed(desk, TODAY)
    assert [(one.family, one.state, one.missed, one.days_overdue) for one in after] == [
        (one.family, one.state, one.missed, one.days_overdue) for one in before
    ]
    assert {one.family for one in after if one.reported == SAID} == set(LABORATORY)
    assert of(after, "blood-count").state is State.OVERDUE
    assert of(after, "blood-count").is_unbooked


def test_a_sample_answers_it_whatever_its_day(program: Program, treatment: int, desk_of: DeskOf) -> None:
    say_it(program, treatment)
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count"], taken_on=SAID.done_on)
        record_samples(desk, treatment, ["liver"], taken_on=date(2026, 10, 12))
        record_samples(desk, treatment, ["thyroid"], taken_on=TODAY)
        lines = list_lines(desk)
        assert lines == recomputed(desk, TODAY)
    assert {one.family for one in lines if one.reported} == {"creatinine", "urinalysis"}


def test_it_goes_when_it_is_taken_back_by_either_side(program: Program, treatment: int, desk_of: DeskOf) -> None:
    say_it(program, treatment)
    with desk_of("ada") as desk:
        undo(desk, treatment, "blood-count", what="report", reason="the laboratory knows nothing of it")
        assert of(list_lines(desk), "blood-count").reported is None
        assert of(list_lines(desk), "liver").reported == SAID
    with program.writing_for_patient("north") as desk:
        dossier = get_dossier(desk.connection, treatment)
        take_back_done(desk, dossier.patient_id, dossier.reports[0][0].id)
    with program.reading("ada") as desk:
        assert not [one for one in list_lines(desk) if one.reported]


def test_a_past_day_shows_what_was_known_then(
    program: Program, treatment: int, clock: FixedClock, desk_of: DeskOf
) -> None:
    clock.advance(timedelta(days=1))
    say_it(program, treatment)
    clock.advance(timedelta(days=1))
    with desk_of("ada") as desk:
        record_samples(desk, treatment, LABORATORY, taken_on=SAID.done_on)
        assert of(list_lines(desk, as_of=TODAY), "blood-count").reported is None
        assert of(list_lines(desk, as_of=date(2026, 11, 3)), "blood-count").reported == SAID
        assert not [one for one in list_lines(desk) if one.reported]


def test_a_booking_and_a_word_stand_side_by_side(program: Program, treatment: int, desk_of: DeskOf) -> None:
    say_it(program, treatment)
    with desk_of("ada") as desk:
        book(desk, treatment, ["blood-count"], on=date(2026, 11, 4), at=time(9))
        line = of(list_lines(desk), "blood-count")
        assert line.booked
        assert line.reported == SAID
        assert list_lines(desk) == recomputed(desk, TODAY)


def test_a_sample_given_to_another_check_answers_nothing_here(
    program: Program, treatment: int, desk_of: DeskOf, clock: FixedClock
) -> None:
    """A later sample that somebody says was the take-over's leaves October open, and the word with it."""
    say_it(program, treatment)
    with desk_of("ada") as desk:
        record_samples(desk, treatment, LABORATORY[1:], taken_on=SAID.done_on)
        record_samples(desk, treatment, ["blood-count-takeover"], number=1, taken_on=TODAY)
        lines = list_lines(desk)
        assert lines == recomputed(desk, TODAY)
        assert of(lines, "blood-count").reported == SAID


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("language", "place", "words"),
    [
        ("en", "Practice Example", "patient says: done on Tue 20 Oct, at Practice Example; not confirmed"),
        ("en", None, "patient says: done on Tue 20 Oct; not confirmed"),
        ("de", "Praxis Beispiel", "nach eigener Angabe erledigt am Di 20.10., Praxis Beispiel; nicht bestätigt"),
        ("de", None, "nach eigener Angabe erledigt am Di 20.10.; nicht bestätigt"),
    ],
)
@pytest.mark.parametrize("width", [80, 120])
def test_people_read_it_on_the_line(
    program: Program, treatment: int, run: Run, language: str, place: str | None, words: str, width: int
) -> None:
    say_it(program, treatment, place=place)
    ran = run("worklist", "--lang", language, by="ada", width=width)
    assert words in " ".join(ran.out.replace("\n", " ").split()) or _in_a_column(words, ran.out)
    assert max(map(len, ran.out.splitlines())) <= width


def _in_a_column(words: str, table: str) -> bool:
    """Whether the words stand below each other in one column, between others."""
    rest = words.split()
    for line in table.splitlines():
        for word in line.split():
            if rest and word == rest[0]:
                rest.pop(0)
    return not rest


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_machines_read_it_as_columns_of_their_own(program: Program, treatment: int, run: Run, tmp_path: Any) -> None:
    say_it(program, treatment, place="=1+1")
    with program.writing("ada") as desk:
        enrol(desk, Enrolment("north", "N-SAID-2", "alemtuzumab-eu", infusions=COURSE))
    listed = json.loads(run("worklist", "--format", "json", by="ada").out)
    found = {(one["patient"], one["reported_on"], one["reported_place"]) for one in listed}
    assert found == {("N-SAID-1", "2026-10-20", "=1+1"), ("N-SAID-2", None, None)}
    rows = list(csv.DictReader(io.StringIO(run("worklist", "--format", "csv", by="ada").out)))
    assert {row["reported_place"] for row in rows} == {"", "'=1+1"}  # never a formula
    file = tmp_path / "worklist.xlsx"
    assert run("worklist", "--format", "xlsx", "--output", str(file), by="ada").code == 0
    heading, *cells = load_workbook(file).active.iter_rows(values_only=True)  # type: ignore[union-attr]
    place = heading.index("reported_place")
    assert {row[place] for row in cells} == {None, "'=1+1"}
