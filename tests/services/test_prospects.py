"""A patient before enrolment: all that is wrong at once, who it may be already, and the plan that would follow."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from db.dossiers import Detail
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.prospects import find_faults, foresee_enrolment, list_alike, list_choices
from schedules.errors import NeedsApproval
from schedules.model import Infusion, Settlement

DeskOf = Callable[[str], AbstractContextManager[Desk]]
FIRST = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
SECOND = tuple(Infusion(date(2027, 1, 18) + timedelta(days=offset), planned=True) for offset in range(3))
ENROLMENT = Enrolment(
    "north", "N-0012", "alemtuzumab-eu", detail=Detail("Invented Person", date(1990, 5, 17)),
    infusions=(*FIRST, *SECOND), followed_here_from=date(2026, 9, 1),
)  # fmt: skip


def test_the_plan_that_is_foreseen_is_the_plan_that_is_made(desk_of: DeskOf, look_as: DeskOf) -> None:
    with look_as("ada") as desk:
        prospect = foresee_enrolment(desk, ENROLMENT)
    with desk_of("ada") as desk:
        _, change = enrol(desk, ENROLMENT)
    foreseen = {one.check.key: one.settlement for one in prospect.outcome.settled}
    assert foreseen == {key: standing.settlement for key, standing in change.difference.added}
    assert prospect.before_record == sum(one is Settlement.BEFORE_RECORD for one in foreseen.values())
    assert prospect.outcome.plan.ends_on == date(2030, 1, 16)
    assert prospect.first_on is not None
    assert prospect.visits > 30


def test_everything_that_is_wrong_is_found_at_once(desk_of: DeskOf) -> None:
    wrong = Enrolment(
        "north", "N-0012", "alemtuzumab-eu", detail=Detail(born_on=date(2026, 1, 14)),
        infusions=(*FIRST, Infusion(FIRST[4].infused_on), Infusion(date(2027, 1, 18))),
        followed_here_from=date(2027, 1, 1),
    )  # fmt: skip
    with desk_of("ada") as desk:
        enrol(desk, ENROLMENT)
        found = {(one.part, one.code) for one in find_faults(desk, wrong, list_choices(desk))}
    assert found == {
        ("reference", "reference-taken"), ("infusions", "infusion-before-birth"), ("infusions", "infusion-twice"),
        ("infusions", "infusion-to-come"), ("followed_here_from", "followed-to-come"),
    }  # fmt: skip


@pytest.mark.parametrize(("changes", "why"), [
    ({"reference": "n0012"}, "reference"),
    ({"detail": Detail("invented person", date(1990, 5, 17)), "infusions": ()}, "name"),
    ({"detail": Detail(None, date(1990, 5, 17))}, "infusion"),
    ({"detail": Detail("Invented Person", date(1990, 5, 18))}, None),
    ({"detail": Detail("Somebody Else", date(1990, 5, 17)), "infusions": ()}, None),
])  # fmt: skip
def test_whoever_may_be_the_same_patient_is_named(desk_of: DeskOf, changes: dict[str, Any], why: str | None) -> None:
    new = replace(ENROLMENT, **{"reference": "X-1", **changes})
    with desk_of("ada") as desk:
        treatment_id, _ = enrol(desk, ENROLMENT)
        found = list_alike(desk, new)
    assert [(one.reference, one.treatment_id, one.why) for one in found] == (
        [("N-0012", treatment_id, why)] if why else []
    )
    with desk_of("cy") as desk:
        assert list_alike(desk, new) == []


def test_only_what_is_approved_can_be_chosen(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        assert [one.id for one in list_choices(desk)] == ["alemtuzumab-eu", "alemtuzumab-us"]
        with pytest.raises(NeedsApproval) as refused:
            foresee_enrolment(desk, replace(ENROLMENT, protocol_id="cladribine"))
    assert refused.value.code == "protocol-unapproved"
