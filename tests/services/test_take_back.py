"""Taking back a whole act: a visit, a result, a booking, a waiver, a note - once, as a whole, in one's clinics."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db.checks import list_checks
from db.dossiers import Dossier, get_dossier
from db.history import find_deed, list_deeds
from monitor.services.booking import book, note_contact
from monitor.services.changing import Change
from monitor.services.deciding import order_extra, waive
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, add_infusions, enrol
from monitor.services.escalating import mark_seen as know
from monitor.services.recording import mark_results_seen, mark_seen, record_samples
from monitor.services.several import SeveralRefused, act_on_each
from monitor.services.undoing import may_be_taken_back, take_back, take_back_all, undo
from schedules.errors import Conflict, NeedsConfirmation, NotAllowed, NotFound, Unacceptable
from schedules.model import Infusion
from schedules.protocol import Role

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
DAY = date(2026, 10, 16)
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
"""Counted from 16 January 2026: blood counts are due on the 16th, #9 on 16 October (open from the 9th to the 23rd)."""
VISIT = ["blood-count", "creatinine", "liver", "urinalysis"]


@pytest.fixture
def treatment(desk_of: DeskOf) -> int:
    with desk_of("ada") as desk:
        return enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE))[0]


def dossier_of(desk: Desk, treatment: int) -> Dossier:
    return get_dossier(desk.connection, treatment)


def settlement(desk: Desk, treatment: int, rule: str, number: int) -> str:
    rows = list_checks(desk.connection, [treatment])[treatment]
    return next(str(row.settlement) for row in rows if (row.rule, row.number) == (rule, number))


def deed_id(change: Change) -> int:
    assert change.deed_id is not None
    return change.deed_id


def test_a_visit_of_four_tests_is_taken_back_as_a_whole_and_stays_in_the_history(
    desk_of: DeskOf, treatment: int
) -> None:
    with desk_of("ada") as desk:
        done = record_samples(desk, treatment, VISIT, taken_on=DAY)
        assert settlement(desk, treatment, "urinalysis", 9) == "done"
    with desk_of("bea") as desk:
        change = take_back(desk, deed_id(done), reason="wrong patient")
        assert dossier_of(desk, treatment).samples == ()
        assert {settlement(desk, treatment, rule, 9) for rule in VISIT} == {"open"}
        last = list_deeds(desk.connection, treatment)[-1]
    assert (last.id, last.act, last.login, last.reason) == (change.deed_id, "undo", "bea", "wrong patient")
    assert last.subject == f"done: {', '.join(VISIT)} of {DAY}"
    assert last.details is not None
    assert last.details["deed"] == done.deed_id


def test_what_an_act_added_goes_and_nothing_else(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        kept = note_contact(desk, treatment, kind="reached", text="comes on Monday")
        taken = [
            record_samples(desk, treatment, ["blood-count"], taken_on=DAY),
            mark_seen(desk, treatment, "blood-count"),
            book(desk, treatment, ["thyroid"], on=TODAY + timedelta(days=2)).change,
            waive(desk, treatment, "urinalysis", 9, reason="no urine today"),
            note_contact(desk, treatment, kind="unreachable"),
            order_extra(desk, treatment, "liver", starts_on=TODAY, reason="high values"),
        ]
        assert all(may_be_taken_back(one) for one in map(find_deed, [desk.connection] * 6, map(deed_id, taken)) if one)
        take_back_all(desk, [deed_id(one) for one in taken], reason="all of it was another patient's", confirmed=True)
        left = dossier_of(desk, treatment)
        assert (left.samples, left.bookings, left.waivers, left.extras, left.seen) == ((), (), (), (), {})
        assert [one.kind for one in left.notes] == ["reached"]
        assert may_be_taken_back(_deed(desk, kept))


def _deed(desk: Desk, change: Change):
    found = find_deed(desk.connection, deed_id(change))
    assert found is not None
    return found


def test_nothing_is_taken_back_twice(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        done = record_samples(desk, treatment, ["blood-count"], taken_on=DAY)
    with desk_of("ada") as desk:
        undone = take_back(desk, deed_id(done), reason="wrong day")
    with pytest.raises(Conflict) as refused, desk_of("bea") as desk:
        take_back(desk, deed_id(done), reason="wrong day")
    assert refused.value.code == "deed-gone"
    with pytest.raises(Unacceptable) as stays, desk_of("bea") as desk:
        take_back(desk, deed_id(undone), reason="it was right after all")
    assert stays.value.code == "deed-stays"


def test_what_was_corrected_in_part_is_not_taken_back_as_a_whole(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        done = record_samples(desk, treatment, VISIT, taken_on=DAY)
    with desk_of("bea") as desk:
        undo(desk, treatment, "urinalysis", reason="the urine never came")
    with pytest.raises(Conflict), desk_of("ada") as desk:
        take_back(desk, deed_id(done), reason="wrong patient")
    with desk_of("ada") as desk:
        assert len(dossier_of(desk, treatment).samples) == 3


def test_nobody_takes_back_what_was_done_in_another_clinic(desk_of: DeskOf, look_as: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        done = record_samples(desk, treatment, ["blood-count"], taken_on=DAY)
    with pytest.raises(NotFound), desk_of("cy") as desk:
        take_back(desk, deed_id(done), reason="not mine")
    with pytest.raises(NotFound) as unknown, desk_of("ada") as desk:
        take_back(desk, 99_999, reason="there is none")
    assert unknown.value.code == "deed-unknown"


def test_an_enrolment_and_an_infusion_are_corrected_and_not_taken_back(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        planned = add_infusions(desk, treatment, [Infusion(date(2027, 1, 11), planned=True)], reason="second course")
        enrolled = next(one for one in list_deeds(desk.connection, treatment) if one.act == "enrol")
        assert not may_be_taken_back(enrolled)
        with pytest.raises(Unacceptable):
            take_back(desk, deed_id(planned), reason="too early")


def test_an_order_that_is_overdue_goes_only_when_somebody_says_so(desk_of: DeskOf, treatment: int, clock) -> None:
    with desk_of("dora") as desk:
        ordered = order_extra(desk, treatment, "liver", starts_on=TODAY, reason="high values")
    clock.advance(timedelta(days=30))
    with pytest.raises(NeedsConfirmation) as asked, desk_of("dora") as desk:
        take_back(desk, deed_id(ordered), reason="values are fine again")
    assert (asked.value.code, asked.value.facts["count"]) == ("loses-checks", 1)
    with desk_of("dora") as desk:
        assert len(dossier_of(desk, treatment).extras) == 1
        take_back(desk, deed_id(ordered), reason="values are fine again", confirmed=True)
        assert dossier_of(desk, treatment).extras == ()


def test_of_several_acts_one_that_stays_keeps_all(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        done = record_samples(desk, treatment, ["blood-count"], taken_on=DAY)
        noted = note_contact(desk, treatment, kind="reached")
    with desk_of("ada") as desk:
        take_back(desk, deed_id(noted), reason="another patient")
    with pytest.raises(Conflict), desk_of("ada") as desk:
        take_back_all(desk, [deed_id(done), deed_id(noted)], reason="both were wrong")
    with desk_of("ada") as desk:
        assert len(dossier_of(desk, treatment).samples) == 1


def test_a_nurse_does_not_take_back_what_a_clinician_knows(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("dora") as desk:
        _, _, known = know(desk, treatment, "blood-count", role=Role.CLINICIAN)
    with pytest.raises(NotAllowed), desk_of("ada") as desk:
        take_back(desk, deed_id(known), reason="she does not")
    with desk_of("dora") as desk:
        take_back(desk, deed_id(known), reason="it was another patient")
        assert dossier_of(desk, treatment).escalations_seen == ()


# --- Several patients, several results ------------------------------------------------------------------


def test_several_results_are_seen_in_one_act(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        record_samples(desk, treatment, ["blood-count", "liver"], taken_on=DAY)
        change = mark_results_seen(desk, treatment, [("blood-count", DAY), ("liver", DAY)], result="all well")
        assert {one.result for one in dossier_of(desk, treatment).seen.values()} == {"all well"}
        assert len(dossier_of(desk, treatment).seen) == 2
        assert _deed(desk, change).subject == f"blood-count, liver of {DAY}"
    with pytest.raises(Conflict) as refused, desk_of("bea") as desk:
        mark_results_seen(desk, treatment, [("liver", DAY)])
    assert (refused.value.code, refused.value.facts["who"]) == ("already-seen", "Ada Example")


def test_each_of_several_patients_is_an_act_and_one_refused_keeps_nothing(desk_of: DeskOf, treatment: int) -> None:
    with desk_of("ada") as desk:
        other = enrol(desk, Enrolment("north", "N-2", "alemtuzumab-eu", infusions=COURSE))[0]
        record_samples(desk, other, ["blood-count"], taken_on=DAY)
    with pytest.raises(SeveralRefused) as refused, desk_of("ada") as desk:
        act_on_each(desk, [treatment, other], lambda one: record_samples(desk, one, ["blood-count"], taken_on=DAY))
    assert [(one.reference, one.refusal.code) for one in refused.value.refused] == [("N-2", "already-recorded")]
    with desk_of("ada") as desk:
        assert dossier_of(desk, treatment).samples == ()
        changes = act_on_each(desk, [treatment, other], lambda one: note_contact(desk, one, kind="reached"))
        assert len({change.deed_id for change in changes}) == 2
