"""A patient's chart: how far follow-up is, how each check came about, and who did what."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db.checks import list_checks
from db.dossiers import Detail, get_dossier
from monitor.clock import FixedClock
from monitor.render.check_story import settlement
from monitor.render.patient_json import page_as_json
from monitor.services.booking import book
from monitor.services.charts import Chart, get_chart, page_of, tell
from monitor.services.deciding import discharge, waive
from monitor.services.desk import Desk
from monitor.services.digest import make_digest
from monitor.services.enrolling import Enrolment, enrol, start_treatment
from monitor.services.patients import change_patient, get_planned, move_infusion
from monitor.services.recording import mark_seen, record_samples
from schedules.errors import Conflict, NotFound
from schedules.findings import Section
from schedules.model import Infusion
from schedules.protocol import Sex

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))


def follow(desk: Desk, *more: Infusion, born_on: date | None = date(1990, 5, 17), sex: Sex | None = Sex.MALE) -> int:
    enrolment = Enrolment(
        "north", "N-1", "alemtuzumab-eu", detail=Detail("Invented Person", born_on, sex), infusions=(*COURSE, *more),
        followed_here_from=date(2026, 9, 1),
    )  # fmt: skip
    return enrol(desk, enrolment)[0]


def told(desk: Desk, chart: Chart, key: str) -> str:
    return " ".join(settlement(tell(desk, chart, key), "en"))


def test_a_chart_counts_what_was_done(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk)
        for day in (date(2026, 9, 16), date(2026, 10, 16)):
            record_samples(desk, treatment, ["blood-count"], taken_on=day)
        page = page_as_json(page_of(get_chart(desk, "N-1")), language="en")
    assert page["progress"] == {"rule": "blood-count", "done": 2, "before_record": 7, "total": 48}
    assert page["follow_up_ends_on"] == date(2030, 1, 16)
    assert page["protocol"]["approval_is_invented"] is True
    states = {one["key"]: one["state"] for one in page["checks"]}
    assert (states["blood-count/7"], states["blood-count/8"], states["blood-count/10"]) == (
        "before-record", "done", "upcoming",
    )  # fmt: skip
    assert states["creatinine/9"] == "overdue"


def test_a_check_tells_how_it_was_settled_by_whom_and_when_it_was_entered(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk)
        record_samples(desk, treatment, ["blood-count"], taken_on=date(2026, 10, 30), performed_by="Practice Example")
    clock.advance(timedelta(hours=3))
    with desk_of("dora") as desk:
        mark_seen(desk, treatment, "blood-count")
        waive(desk, treatment, "creatinine", 9, reason="measured elsewhere")
        chart = get_chart(desk, "N-1")
        assert told(desk, chart, "blood-count/9") == (
            "Done on 30 Oct 2026. Performed by Practice Example. Entered by ada on 2 Nov 2026 09:00, 3 days after it "
            "was performed. Seen by Dr. Dora Example on 2 Nov 2026 12:00."
        )
        assert told(desk, chart, "creatinine/9") == (
            "Waived by Dr. Dora Example, entered by dora on 2 Nov 2026 12:00. Reason: measured elsewhere"
        )
        assert told(desk, chart, "blood-count/8") == (
            "Missed: the sample of 30 Oct 2026 closed the present, and the gap stays in the record."
        )
        assert told(desk, chart, "blood-count/3").startswith("It closed before 1 Sep 2026")
        assert told(desk, chart, "liver/9") == "It is overdue."
        discharge(desk, treatment, on=TODAY, kind="moved", reason="moved away")
        assert told(desk, get_chart(desk, "N-1"), "liver/9").startswith("Closed by the discharge of 2 Nov 2026")


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("blood-count/99", "It has blood-count/1 to blood-count/48."),
        ("blod-count/1", "Did you mean 'blood-count'?"),
        ("nonsense", "Its rules:"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_check_that_is_not_in_the_plan_is_refused_with_the_nearest(desk_of: DeskOf, wanted: str, hint: str) -> None:
    with desk_of("ada") as desk:
        follow(desk)
        with pytest.raises(NotFound) as refused:
            tell(desk, get_chart(desk, "N-1"), wanted)
    assert hint in refused.value.next_step


def test_a_booked_visit_shows_the_agreed_day(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        book(desk, follow(desk), ["blood-count"], on=date(2026, 11, 18))
        visits = page_of(get_chart(desk, "N-1")).visits
    assert (visits[0].due_on, visits[0].booked_on) == (date(2026, 11, 16), date(2026, 11, 18))
    assert visits[1].booked_on is None


@pytest.mark.parametrize(("sex", "is_asked"), [(Sex.MALE, False), (Sex.FEMALE, True), (None, True)])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_clock_runs_for_a_test_that_is_not_for_this_person(desk_of: DeskOf, sex: Sex | None, is_asked: bool) -> None:
    """A man whose HPV screening is "1,463 days ago, too long" would make nurses look away from clocks."""
    with desk_of("ada") as desk:
        follow(desk, sex=sex)
        families = {one.family for one in get_chart(desk, "N-1").exposures}
        assert ("hpv" in families) is is_asked
        assert "blood-count" in families
        [part] = make_digest(desk, clinic="north")
        assert ("hpv" in {one.family for one in part.findings[Section.LONGEST]}) is is_asked


def test_a_changed_sex_plans_every_treatment_again(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        first = follow(desk)
        patient = get_dossier(desk.connection, first).patient_id
        second, _ = start_treatment(desk, patient, Enrolment("north", "N-1", "alemtuzumab-us", infusions=COURSE))
        change = change_patient(desk, first, {"sex": Sex.FEMALE}, reason="typing error")
        assert {key.rule for key, _ in change.difference.added} >= {"hpv", "pregnancy-test"}
        for treatment in (first, second):
            chart = get_chart(desk, "N-1", treatment)
            assert {one.check.rule for one in chart.outcome.settled} >= {"hpv"}
            assert "hpv" in {row.rule for row in list_checks(desk.connection, [treatment])[treatment]}
        assert get_dossier(desk.connection, first).detail.name == "Invented Person"


def test_a_preview_of_a_change_keeps_nothing(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk)
        change_patient(desk, treatment, {"sex": Sex.FEMALE}, reason="typing error", preview=True)
        assert get_dossier(desk.connection, treatment).detail.sex is Sex.MALE


def test_only_planned_days_can_be_confirmed(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, Infusion(date(2026, 12, 1), planned=True, course=2))
        assert get_planned(desk, treatment, [date(2026, 12, 1)]) == [Infusion(date(2026, 12, 1), False, 2)]
        with pytest.raises(Conflict, match="already recorded as given"):
            get_planned(desk, treatment, [COURSE[0].infused_on])
        with pytest.raises(NotFound, match="No infusion is planned on 2026-12-02"):
            get_planned(desk, treatment, [date(2026, 12, 2)])


def test_a_moved_infusion_stays_planned_and_keeps_its_course(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, Infusion(date(2026, 12, 1), planned=True, course=2))
        move_infusion(desk, treatment, date(2026, 12, 1), date(2026, 12, 8), reason="postponed")
        assert get_dossier(desk.connection, treatment).given_and_planned[-1] == Infusion(date(2026, 12, 8), True, 2)
        move_infusion(desk, treatment, date(2026, 12, 8), None, reason="cancelled")
        assert get_dossier(desk.connection, treatment).given_and_planned == COURSE


def test_cy_finds_no_patient_of_the_north(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        follow(desk)
    with desk_of("cy") as desk, pytest.raises(NotFound, match="no patient 'N-1' in your clinics"):
        get_chart(desk, "N-1")
