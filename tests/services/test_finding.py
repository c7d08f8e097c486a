"""Finding patients, on both databases: by what a person knows of them, page by page, and only one's own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from db.dossiers import Detail
from monitor.services import deciding, finding
from monitor.services.booking import book
from monitor.services.caring import name_nurse
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol, get_patient
from monitor.services.finding import Search, find_patients
from schedules.errors import NotFound
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]


@pytest.fixture(autouse=True)
def _both_databases(kind: str) -> None:
    """Each test on both."""


def course(first: date) -> list[Infusion]:
    """Given, or planned where it is still to come."""
    days = [first + timedelta(days=offset) for offset in range(5)]
    return [Infusion(day, planned=day > date(2026, 11, 2)) for day in days]


@pytest.fixture
def ward(desk_of: DeskOf) -> dict[str, int]:
    """Treatments by reference. N-10 owes since long, N-20 has a visit to come, N-30 is to be treated in spring."""
    made = {}
    with desk_of("ada") as desk:
        for reference, name, first, here in (
            ("N-10", "Jörg Ümlaut", date(2025, 11, 3), None),
            ("N-20", "Ida Example", date(2026, 1, 30), date(2026, 10, 20)),
            ("N-30", None, date(2027, 3, 1), None),
        ):
            made[reference], _ = enrol(
                desk,
                Enrolment(
                    "north", reference, "alemtuzumab-eu", detail=Detail(name=name), infusions=course(first),
                    followed_here_from=here,
                ),
            )  # fmt: skip
    with desk_of("cy") as desk:
        made["W-1"], _ = enrol(
            desk,
            Enrolment(
                "west", "W-1", "alemtuzumab-eu", detail=Detail(name="Jörg Far"), infusions=course(date(2025, 11, 3))
            ),
        )  # fmt: skip
    return made


def references(desk: Desk, search: Search) -> list[str]:
    return [face.listed.reference for face in find_patients(desk, search).faces]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["N-10", "N-20", "N-30"]),
        ("n-2", ["N-20"]),
        ("ida", ["N-20"]),
        ("jörg", ["N-10"]),
        ("ümlaut", ["N-10"]),
        ("ÜMLAUT", ["N-10"]),
        ("%", []),
        ("W-1", []),
    ],
)
def test_a_part_of_the_reference_or_the_name_is_enough_and_nobody_else_s_is_found(
    look_as: DeskOf, ward: dict[str, int], words: str, found: list[str]
) -> None:
    with look_as("ada") as desk:
        assert references(desk, Search(words)) == found


def test_each_stands_with_its_state_and_the_next_visit_that_is_in_time(
    look_as: DeskOf, desk_of: DeskOf, ward: dict[str, int]
) -> None:
    with desk_of("ada") as desk:
        book(desk, ward["N-20"], ["blood-count"], on=date(2026, 11, 5))
    with look_as("ada") as desk:
        late, soon, new = find_patients(desk, Search()).faces
    assert (late.state, late.next_on) == ("overdue", None)  # its next visit is weeks too late for what is overdue
    assert (soon.next_on, soon.is_booked) == (date(2026, 11, 5), True)
    assert (new.state, new.overdue + new.due + new.open) == ("upcoming", 0)
    assert new.next_on is not None


def test_discharged_patients_are_found_when_they_are_asked_for(
    look_as: DeskOf, desk_of: DeskOf, ward: dict[str, int]
) -> None:
    with desk_of("dora") as desk:
        deciding.discharge(desk, ward["N-20"], on=date(2026, 11, 1), kind="moved", reason="moved (invented)")
    with look_as("ada") as desk:
        assert references(desk, Search()) == ["N-10", "N-30"]
        assert references(desk, Search(is_followed=False)) == ["N-20"]
        assert references(desk, Search(is_followed=None)) == ["N-10", "N-20", "N-30"]


def test_a_nurse_finds_those_who_are_named_hers(look_as: DeskOf, desk_of: DeskOf, ward: dict[str, int]) -> None:
    with desk_of("ada") as desk:
        name_nurse(desk, get_patient(desk, "N-30").id, desk.actor.id)
        name_nurse(desk, get_patient(desk, "N-10").id, desk.actor.id)
        name_nurse(desk, get_patient(desk, "N-10").id, None)
    with look_as("ada") as desk:
        found = find_patients(desk, Search(nurse_id=desk.actor.id)).faces
        assert [(face.listed.reference, face.listed.nurse) for face in found] == [("N-30", "Ada Example")]


def test_a_list_goes_on_over_pages_and_loses_nobody(
    look_as: DeskOf, ward: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PER_PAGE", 2)
    with look_as("ada") as desk:
        pages = [find_patients(desk, Search(page=page)) for page in (1, 2, 99)]
    assert [[face.listed.reference for face in one.faces] for one in pages] == [["N-10", "N-20"], ["N-30"], ["N-30"]]
    assert {(one.total, one.pages) for one in pages} == {(3, 2)}


def test_another_s_clinic_is_unknown_and_whoever_sees_none_finds_nobody(look_as: DeskOf, ward: dict[str, int]) -> None:
    with look_as("ada") as desk:
        with pytest.raises(NotFound):
            find_patients(desk, Search(clinic_id="west"))
        nobody = replace(desk, actor=replace(desk.actor, clinic_ids=frozenset()))
        assert find_patients(nobody, Search()).total == 0
