"""Whoever looks with a memory sees what whoever looks without one sees, after whatever act."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from db.dossiers import Detail, Preference
from monitor.clock import FixedClock
from monitor.services.booking import book, note_contact
from monitor.services.charts import chart_of, get_settled
from monitor.services.clinic_figures import adherence_of, workload_of
from monitor.services.clinics import change_clinic, close, get_clinic, list_closures, reopen
from monitor.services.deciding import discharge, waive
from monitor.services.desk import Desk
from monitor.services.dossiers import get_dossier
from monitor.services.enrolling import (
    Enrolment,
    add_infusions,
    change_detail,
    enrol,
    get_own_treatment,
    start_treatment,
)
from monitor.services.finding import Search, find_patients
from monitor.services.overview import overview_of
from monitor.services.preferring import prefer
from monitor.services.recording import mark_seen, record_samples
from monitor.services.suggesting import follow_all
from monitor.services.telling_away import tell_away
from monitor.services.worklist import list_lines
from schedules.errors import Refusal
from schedules.model import Infusion
from schedules.protocol import Sex

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
ADMINISTRATOR = "root-admin"
NUMBERS = count()


def act(desk: Desk, what: str, treatment: int, patient: int, days: int) -> None:
    """One act on a treatment, its patient, or the clinic."""
    on = TODAY + timedelta(days=days)
    match what:
        case "sample":
            record_samples(desk, treatment, ["blood-count"], taken_on=TODAY - timedelta(days=days))
        case "book":
            book(desk, treatment, ["blood-count"], on=on)
        case "waive":
            waive(desk, treatment, "blood-count", 9, reason="invented", decided_by="Dr. Dora Example")
        case "seen":
            mark_seen(desk, treatment, "blood-count")
        case "note":
            note_contact(desk, treatment, kind="reached", text=f"note {days}")
        case "infusion":
            add_infusions(desk, treatment, [Infusion(on, planned=True)], reason="invented", confirmed=True)
        case "away":
            tell_away(desk, patient, on, on + timedelta(days=9))
        case "prefer":
            prefer(desk, patient, Preference(f"place {days}", (days % 5,), None))
        case "detail":
            change_detail(desk, treatment, Detail(f"Name {days}", None, Sex.MALE), reason="invented", confirmed=True)
        case "leave":
            discharge(desk, treatment, on=TODAY, kind="moved", reason="invented", decided_by="Dr. Dora Example")
        case _:
            act_on_clinic(desk, what, days)


def act_on_clinic(desk: Desk, what: str, days: int) -> None:
    match what:
        case "close":
            on = TODAY + timedelta(days=days)
            close(desk, "north", from_on=on, until_on=on + timedelta(days=4), name=f"closure {days}")
        case "reopen":
            reopen(desk, list_closures(desk, "north")[0].id, reason="invented")
        case "rename":
            change_clinic(desk, replace(get_clinic(desk, "north"), name=f"North {days}"), reason="invented")


THEN = ("", "", "follow", "wait")
WHAT = ("sample", "book", "waive", "seen", "note", "infusion", "away", "prefer", "detail", "leave", "close", "reopen",
        "rename")  # fmt: skip


def look(desk: Desk, treatments: list[int]) -> dict[str, object]:
    """Everything that is remembered, as people ask for it."""
    charts = [chart_of(desk, get_own_treatment(desk, one)) for one in treatments]
    return {
        "lines": list_lines(desk),
        "near": list_lines(desk, is_near=True),
        "charts": charts,
        "dossiers": [get_dossier(desk, one) for one in treatments],
        "found": find_patients(desk, Search(is_followed=None)),
        "overview": overview_of(desk),
        "adherence": [adherence_of(desk, months=months) for months in (12, 24)],
        "workload": [workload_of(desk, language=language) for language in ("en", "de")],
    }


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # each example adds patients; shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(WHAT), st.booleans(), st.integers(0, 60), st.sampled_from(THEN)),
        min_size=1,
        max_size=6,
    )
)
@example(acts=[("close", False, 13, ""), ("reopen", False, 0, ""), ("rename", False, 1, "")])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_with_a_memory_everybody_sees_the_same(
    desk_of: DeskOf, look_as: DeskOf, clock: FixedClock, acts: list[tuple[str, bool, int, str]]
) -> None:
    with desk_of(ADMINISTRATOR) as desk:
        reference = f"N-{next(NUMBERS)}"
        enrolment = Enrolment("north", reference, "alemtuzumab-eu", infusions=COURSE, followed_here_from=TODAY)
        first, _ = enrol(desk, enrolment)
        patient = get_own_treatment(desk, first).patient_id
        second, _ = start_treatment(desk, patient, replace(enrolment, protocol_id="alemtuzumab-us"))
    for what, is_on_second, days, then in acts:
        with desk_of(ADMINISTRATOR) as desk, suppress(Refusal, IndexError):  # an act that cannot be is none
            act(desk, what, second if is_on_second else first, patient, days)
        if then == "follow":  # the job that moves suggested days after a clinic's days changed
            follow_all(lambda: desk_of(ADMINISTRATOR), "north")
        if then == "wait":
            clock.advance(timedelta(hours=days))
        with look_as(ADMINISTRATOR) as desk:
            assert desk.memory is not None
            remembered = look(desk, [first, second])
            assert remembered == look(replace(desk, memory=None), [first, second])
            assert remembered == look(desk, [first, second])


def test_what_somebody_remembers_is_another_persons_too_but_only_of_their_clinics(
    desk_of: DeskOf, look_as: DeskOf
) -> None:
    with desk_of(ADMINISTRATOR) as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE))
    with look_as(ADMINISTRATOR) as desk:
        chart = chart_of(desk, get_own_treatment(desk, treatment))
        assert get_settled(chart.outcome, "blood-count/1")
        overview = overview_of(desk)
    with look_as("cy") as desk:  # of the west alone
        with pytest.raises(Refusal):
            get_own_treatment(desk, treatment)
        assert [one.clinic.id for one in overview_of(desk)] == ["west"]
        assert [one.clinic.id for one in workload_of(desk)] == ["west"]
        assert [one.clinic.id for one in adherence_of(desk)] == ["west"]
        assert find_patients(desk, Search()).total == 0
    assert {"north", "south"} <= {one.clinic.id for one in overview}
