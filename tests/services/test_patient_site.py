"""The values of a patient's page, on both databases: everything that is theirs, nothing of anybody else."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from db import feeds
from db.dossiers import Detail, get_dossier
from db.feeds import Wishes
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.render.site.values import Progress, Titles, VisitShown, VisitState
from monitor.services.addresses import Issued, issue_to_patient
from monitor.services.booking import book, note_contact
from monitor.services.changing import follow_dossier
from monitor.services.deciding import discharge, waive
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, change_detail, enrol, get_patient, start_treatment
from monitor.services.patient_choices import calendar_page, settings_page, show_wishes, wishes_from
from monitor.services.patient_site import Site, away_page, done_page, home_page, open_site, print_page, report_page
from monitor.services.recording import mark_seen, record_samples
from monitor.services.telling import set_wishes
from monitor.services.telling_away import tell_away
from monitor.services.telling_done import take_back_done, tell_done
from schedules.errors import NotFound
from schedules.model import Infusion, Settled, Settlement
from schedules.protocol import Place, Sex, Specimen

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
LABORATORY = ["blood-count", "creatinine", "urinalysis", "liver", "thyroid"]
MONTHLY = LABORATORY[:4]
OCTOBER, NOVEMBER = date(2026, 10, 16), date(2026, 11, 16)
CONFIG = Config.model_validate(
    {
        "web": {"public_url": "https://visits.hospital.example"},
        "feed": {"contact": "the ward", "telephone": "+49 30 1234-0"},
        "clinics": {"north": {"telephone": "+49 30 1234-99"}},
    }
)


@dataclass(frozen=True)
class Ours:
    """An invented patient of the north, followed here from 1 October, with a page and a calendar."""

    program: Program
    patient: int
    treatment: int
    page: Issued
    calendar: Issued

    @contextmanager
    def site(self) -> Iterator[Site]:
        with self.program.reading_for_patient("north") as desk:
            yield open_site(desk, CONFIG, self.page.address, self.page.token)

    def visits(self) -> list[VisitShown]:
        with self.site() as site:
            return list(home_page(site).visits)

    def visit(self, due_on: date) -> VisitShown:
        """The visit to the laboratory that is suggested for a day."""
        [found] = [one for one in self.visits() if one.day == due_on and one.place is Place.LABORATORY]
        return found

    @contextmanager
    def telling(self) -> Iterator[Desk]:
        with self.program.writing_for_patient("north") as desk:
            yield desk


@pytest.fixture
def ours(program: Program, desk_of: DeskOf) -> Ours:
    with desk_of("ada") as desk:
        enrolment = Enrolment(
            "north", "N-SITE-1", "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1)
        )
        treatment, _ = enrol(desk, enrolment)
        page, calendar = issue_to_patient(desk, "N-SITE-1", label="own phone", consented=True)
        return Ours(program, get_patient(desk, "N-SITE-1").id, treatment, page, calendar)


# --- Visits -------------------------------------------------------------------------------------------


def test_visits_stand_where_their_checks_stand(ours: Ours, desk_of: DeskOf) -> None:
    assert ours.visit(OCTOBER).state is VisitState.OVERDUE
    coming = ours.visit(NOVEMBER)
    assert coming.state is VisitState.UPCOMING
    assert (coming.opens_on, coming.closes_on) == (date(2026, 11, 9), date(2026, 11, 23))
    assert (coming.specimens, coming.to_arrange) == ((Specimen.BLOOD, Specimen.URINE), True)
    assert coming.titles == (
        "Full blood count",
        "Creatinine",
        "Urinalysis",
        "Liver tests",
    )
    with desk_of("ada") as desk:
        record_samples(desk, ours.treatment, ["blood-count", "urinalysis"], taken_on=date(2026, 10, 12))
    partly = ours.visit(OCTOBER)
    assert partly.state is VisitState.OVERDUE
    assert partly.already_done == ("Full blood count", "Urinalysis")
    assert not {*partly.already_done} & {*partly.titles}
    with desk_of("ada") as desk:
        record_samples(desk, ours.treatment, ["creatinine", "liver", "thyroid"], taken_on=date(2026, 10, 13))
    done = ours.visit(OCTOBER)
    assert (done.state, done.done_on, done.shown_on) == (VisitState.DONE, date(2026, 10, 13), date(2026, 10, 13))
    assert (len(done.titles), done.already_done) == (5, ())


def test_a_gap_stays_a_gap_and_a_waived_visit_is_not_needed(ours: Ours, desk_of: DeskOf, clock: FixedClock) -> None:
    clock.advance(timedelta(days=14))
    with desk_of("ada") as desk:
        record_samples(desk, ours.treatment, LABORATORY, taken_on=NOVEMBER)
    assert ours.visit(OCTOBER).state is VisitState.MISSED
    with desk_of("dora") as desk:
        for rule in (*MONTHLY,):
            waive(desk, ours.treatment, rule, 11, reason="in hospital")
    assert ours.visit(date(2026, 12, 16)).state is VisitState.NOT_NEEDED


def test_what_was_before_the_record_and_the_office_is_never_shown(program: Program, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        enrolment = Enrolment(
            "north", "N-SITE-2", "alemtuzumab-us", infusions=COURSE, followed_here_from=date(2026, 10, 1)
        )
        treatment, _ = enrol(desk, enrolment)
        page, calendar = issue_to_patient(desk, "N-SITE-2", label="own phone", consented=True)
        theirs = Ours(program, get_patient(desk, "N-SITE-2").id, treatment, page, calendar)
    visits = theirs.visits()
    assert min(one.closes_on for one in visits) >= date(2026, 10, 1)
    assert {one.place for one in visits} == {Place.LABORATORY, Place.CLINIC}


def test_a_booking_and_the_patients_word_stand_on_the_visit(ours: Ours, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        book(desk, ours.treatment, MONTHLY, on=date(2026, 11, 17), at=time(9, 30))
    with ours.telling() as desk:
        tell_done(desk, ours.patient, ours.visit(OCTOBER).id, done_on=date(2026, 10, 20), place="Practice Example")
    booked = ours.visit(NOVEMBER)
    assert (booked.booked_on, booked.booked_at, booked.shown_on) == (
        date(2026, 11, 17),
        time(9, 30),
        date(2026, 11, 17),
    )
    said = ours.visit(OCTOBER)
    assert said.state is VisitState.OVERDUE
    assert said.reported is not None
    assert (said.reported.done_on, said.reported.place, len(said.reported.titles)) == (
        date(2026, 10, 20), "Practice Example", 5,
    )  # fmt: skip
    with ours.site() as site:
        page = done_page(site)
    assert page.reports == [said.reported]
    assert said.id not in {one.id for one in page.visits}
    with desk_of("ada") as desk:
        record_samples(desk, ours.treatment, LABORATORY, taken_on=date(2026, 10, 20))
    assert ours.visit(OCTOBER).reported is None


def test_one_form_may_speak_of_two_visits_and_is_listed_once(ours: Ours, clock: FixedClock) -> None:
    clock.advance(timedelta(days=10))
    with ours.telling() as desk:
        tell_done(desk, ours.patient, ours.visit(OCTOBER).id, done_on=date(2026, 11, 12))
    october, november = ours.visit(OCTOBER).reported, ours.visit(NOVEMBER).reported
    assert october is not None
    assert november is not None
    assert october.titles == ("Thyroid test",)
    assert november.titles == ("Full blood count", "Creatinine", "Urinalysis", "Liver tests")
    with ours.site() as site:
        [form] = done_page(site).reports
    assert set(form.titles) == {*october.titles, *november.titles}
    with ours.telling() as desk:
        take_back_done(desk, ours.patient, form.id)
    assert (ours.visit(OCTOBER).reported, ours.visit(NOVEMBER).reported) == (None, None)


def test_only_what_has_opened_can_be_said_to_be_done(ours: Ours, clock: FixedClock) -> None:
    with ours.site() as site:
        assert {one.day for one in done_page(site).visits} >= {OCTOBER}
        assert NOVEMBER not in {one.day for one in done_page(site).visits}
    clock.advance(timedelta(days=7))
    with ours.site() as site:
        assert NOVEMBER in {one.day for one in done_page(site).visits}


def test_away_moves_the_suggested_day_alone(ours: Ours) -> None:
    with ours.telling() as desk:
        tell_away(desk, ours.patient, date(2026, 11, 14), date(2026, 11, 18))
    moved = ours.visit(date(2026, 11, 13))
    assert (moved.opens_on, moved.closes_on) == (date(2026, 11, 9), date(2026, 11, 23))
    with ours.site() as site:
        assert [(one.from_on, one.until_on) for one in away_page(site).away] == [
            (date(2026, 11, 14), date(2026, 11, 18))
        ]


def test_what_is_done_at_home_needs_no_call_and_shows_its_instructions(program: Program, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-SITE-3", "alemtuzumab-eu", infusions=COURSE))
        page, calendar = issue_to_patient(desk, "N-SITE-3", label="own phone", consented=True)
        theirs = Ours(program, get_patient(desk, "N-SITE-3").id, treatment, page, calendar)
    visits = theirs.visits()
    in_course = [one for one in visits if one.day in {day.infused_on for day in COURSE}]
    assert in_course
    assert not any(one.to_arrange for one in in_course)
    assert all(one.to_arrange for one in visits if one.place is Place.LABORATORY)
    assert not any(one.instructions for one in visits if one.place is not Place.HOME)


# --- How far it is --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("courses", "total", "ends_on"),
    [
        ([(date(2024, 1, 8), 5)], 48, date(2028, 1, 12)),
        ([(date(2024, 1, 8), 5), (date(2025, 1, 8), 3)], 60, date(2029, 1, 10)),
        ([(date(2024, 1, 8), 5), (date(2025, 1, 13), 3)], 60, date(2029, 1, 15)),
        ([(date(2024, 1, 8), 5), (date(2025, 1, 27), 3)], 60, date(2029, 1, 29)),
        ([(date(2024, 1, 31), 1)], 48, date(2028, 1, 31)),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_progress_counts_months_whatever_the_number_of_checks(
    program: Program, desk_of: DeskOf, courses: list[tuple[date, int]], total: int, ends_on: date
) -> None:
    days = [Infusion(start + timedelta(days=offset)) for start, count in courses for offset in range(count)]
    with desk_of("ada") as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-SITE-4", "alemtuzumab-eu", infusions=days))
        page, calendar = issue_to_patient(desk, "N-SITE-4", label="own phone", consented=True)
        theirs = Ours(program, get_patient(desk, "N-SITE-4").id, treatment, page, calendar)
    with theirs.site() as site:
        assert home_page(site).progress == Progress(done=0, total=total, ends_on=ends_on)


def test_a_month_counts_when_everything_in_it_was_done(ours: Ours, desk_of: DeskOf) -> None:
    def progress() -> Progress | None:
        with ours.site() as site:
            return print_page(site).progress

    whole = Progress(done=0, total=40, ends_on=date(2030, 1, 16))  # October 2026 to January 2030
    assert progress() == whole
    with desk_of("ada") as desk:
        record_samples(desk, ours.treatment, MONTHLY, taken_on=OCTOBER)
    assert progress() == whole  # the thyroid is missing
    with desk_of("ada") as desk:
        record_samples(desk, ours.treatment, ["thyroid"], taken_on=OCTOBER)
    # The take-over's checks of 1 October were overtaken by those of the 16th: one month, and it was done.
    assert progress() == replace(whole, done=1)


def test_a_planned_course_has_no_progress_yet(program: Program, desk_of: DeskOf) -> None:
    planned = [Infusion(date(2026, 12, 7) + timedelta(days=offset), planned=True) for offset in range(5)]
    with desk_of("ada") as desk:
        treatment, _ = enrol(desk, Enrolment("north", "N-SITE-5", "alemtuzumab-eu", infusions=planned))
        page, calendar = issue_to_patient(desk, "N-SITE-5", label="own phone", consented=True)
        theirs = Ours(program, get_patient(desk, "N-SITE-5").id, treatment, page, calendar)
    with theirs.site() as site:
        page_shown = home_page(site)
    assert page_shown.progress is None
    assert page_shown.visits
    assert not page_shown.has_ended


# --- What else a page says ------------------------------------------------------------------------------


def test_signs_and_advice_speak_the_patients_language_and_what_holds_now(
    program: Program, desk_of: DeskOf, clock: FixedClock
) -> None:
    with desk_of("ada") as desk:
        detail = Detail(sex=Sex.FEMALE, language="de")
        course = [Infusion(date(2026, 10, 19) + timedelta(days=offset)) for offset in range(5)]
        treatment, _ = enrol(desk, Enrolment("north", "N-SITE-6", "alemtuzumab-eu", infusions=course, detail=detail))
        page, calendar = issue_to_patient(desk, "N-SITE-6", label="own phone", consented=True)
        theirs = Ours(program, get_patient(desk, "N-SITE-6").id, treatment, page, calendar)
    with theirs.site() as site:
        shown = home_page(site)
    assert site.language == "de"
    assert "Blaue Flecken oder Blutungen" in {one.title for one in shown.symptoms}
    advice = {one.title: one for one in shown.advice}
    assert advice["Sichere Verhütung"].ends_on == date(2027, 2, 23)
    assert advice["Essen ohne Listerien"].ends_on == date(2026, 11, 23)
    assert "Nach der Infusion nicht Auto fahren" not in advice
    assert [(one.title, one.starts_on) for one in shown.afterwards] == [
        ("Wenn die regelmäßigen Kontrollen vorbei sind", date(2030, 10, 23))
    ]
    assert shown.urine_advice
    clock.advance(timedelta(days=22))
    with theirs.site() as site:
        assert "Essen ohne Listerien" not in {one.title for one in home_page(site).advice}


def test_nobody_else_and_no_name_reference_staff_or_note_is_among_the_values(
    ours: Ours, program: Program, desk_of: DeskOf
) -> None:
    with desk_of("ada") as desk:
        detail = Detail(name="Ottilie Invented", contact="secret-contact")
        enrol(desk, Enrolment("north", "N-SITE-7", "alemtuzumab-us", infusions=COURSE, detail=detail))
        change_detail(desk, ours.treatment, detail, reason="asked")
        note_contact(desk, ours.treatment, kind="note", text="secret-note")
        record_samples(desk, ours.treatment, LABORATORY, taken_on=OCTOBER, performed_by="secret-performer")
        mark_seen(desk, ours.treatment, "blood-count", 9, result="secret-result")
    with ours.site() as site:
        shown = [build(site) for build in (home_page, done_page, away_page, settings_page, calendar_page, report_page)]
        written = " ".join(str(asdict(one)) for one in shown)
    for hidden in ("secret", "Ottilie", "N-SITE", "ada", "Ada", "blood-count", "clinician"):
        assert not re.search(rf"\b{hidden}", written), hidden
    assert "Invented" not in written.replace("North Clinic (invented)", "")
    assert {one.shown_treatment for one in [shown[0].chrome]} == {""}
    assert shown[0].chrome.shown_clinic == ""
    with ours.telling() as desk:
        set_wishes(desk, ours.patient, Wishes(names_drug=True))
    with ours.site() as site:
        chrome = home_page(site).chrome
    assert (chrome.shown_clinic, "Alemtuzumab" in chrome.shown_treatment) == ("North Clinic (invented)", True)


def test_the_clinics_own_number_comes_before_the_common_one(ours: Ours) -> None:
    with ours.site() as site:
        chrome = home_page(site).chrome
    assert (chrome.telephone, chrome.contact) == ("+49 30 1234-99", "the ward")
    assert chrome.links.home == ours.page.path


def test_two_treatments_are_one_plan(ours: Ours, desk_of: DeskOf) -> None:
    alone = len(ours.visits())
    with desk_of("ada") as desk:
        again = [Infusion(date(2026, 3, 2) + timedelta(days=offset)) for offset in range(5)]
        start_treatment(desk, ours.patient, Enrolment("north", "N-SITE-1", "alemtuzumab-us", infusions=again))
    with ours.site() as site:
        shown = home_page(site)
        report_now = report_page(site)
    assert len(shown.visits) > alone
    assert len({one.id for one in shown.visits}) == len(shown.visits)
    assert report_now.visits == shown.visits
    titles = [one.title for one in shown.symptoms]
    assert len({(one.title, one.text) for one in shown.symptoms}) == len(titles)


def test_after_a_discharge_nothing_is_said_to_be_over_or_needless_and_the_signs_stay(
    ours: Ours, desk_of: DeskOf
) -> None:
    with desk_of("dora") as desk:
        discharge(desk, ours.treatment, on=TODAY, kind="transferred", transferred_to="Practice Example", reason="moved")
    with ours.site() as site:
        shown = home_page(site)
        assert done_page(site).visits == []
        assert report_page(site).progress is None
    assert shown.has_left
    assert not shown.has_ended  # elsewhere they go on
    assert shown.progress is None  # "14 of 14 months" would sound like all
    assert shown.symptoms
    assert shown.advice == []
    assert shown.afterwards == []  # "the regular tests end here"
    assert {one.state for one in shown.visits} == {VisitState.LEFT}
    assert max(one.opens_on for one in shown.visits) <= TODAY


def test_the_end_of_follow_up_is_said_once_everything_is_settled(
    ours: Ours, desk_of: DeskOf, clock: FixedClock
) -> None:
    clock.advance(datetime(2030, 1, 17, 8, tzinfo=UTC) - clock.now())
    with ours.site() as site:
        assert not home_page(site).has_ended  # overdue checks do not end by themselves
    with desk_of("ada") as desk:
        with_closing = {one.check.rule for one in _open_checks(desk, ours)}
        record_samples(desk, ours.treatment, sorted(with_closing), taken_on=date(2030, 1, 16))
    with ours.site() as site:
        shown = home_page(site)
        assert not [one for one in shown.visits if one.state.is_still_to_do]
        assert shown.has_ended
        assert "When the regular tests have ended" in {one.title for one in shown.afterwards}
        assert "When the regular tests have ended" not in {one.title for one in shown.advice}


def _open_checks(desk: Desk, ours: Ours) -> list[Settled]:
    _, outcome = follow_dossier(desk, get_dossier(desk.connection, ours.treatment))
    return [one for one in outcome.settled if one.settlement is Settlement.OPEN]


# --- Settings and calendars -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes("en"),
        Wishes("de", names_tests=True, names_drug=True, shows_advice=True, day_before_at=None, same_day_at=None),
        Wishes("en", day_before_at=time(0), same_day_at=time(23)),
    ],
)
def test_wishes_come_back_from_a_form_as_they_went_out(wishes: Wishes) -> None:
    assert wishes_from(show_wishes(wishes, wishes.language or "en")) == wishes


def test_wishes_are_those_of_the_record(ours: Ours) -> None:
    with ours.site() as site:
        plain = settings_page(site).wishes
    assert (plain.language, plain.titles, plain.locked) == ("en", Titles.DISCREET, False)
    with ours.telling() as desk:
        set_wishes(desk, ours.patient, Wishes("de", names_tests=True))
    with ours.site() as site:
        assert settings_page(site).wishes == replace(plain, language="de", titles=Titles.TESTS)


def test_calendars_show_who_fetched_and_only_the_pages_own_address(ours: Ours, desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        issue_to_patient(desk, "N-SITE-1", label="partner", consented=True, page=False)
        feeds.note_fetch(desk.connection, ours.calendar.address.id, "Apple Calendar", desk.at)
    with ours.site() as site:
        page = calendar_page(site)
        assert home_page(site).has_calendar
    own, partner = page.calendars
    assert own.address == f"https://visits.hospital.example/c/{ours.calendar.token}/appointments.ics"
    assert [(one.client, one.at.replace(tzinfo=None)) for one in own.fetched] == [
        ("Apple Calendar", datetime(2026, 11, 2, 9, 0))  # noqa: DTZ001 - as the clinic's clock shows it
    ]
    assert (partner.label, partner.address, partner.consent_on, partner.fetched) == ("partner", None, TODAY, [])
    assert page.may_make


def test_an_address_of_a_calendar_is_no_page(ours: Ours) -> None:
    with ours.program.reading_for_patient("north") as desk, pytest.raises(NotFound):
        open_site(desk, CONFIG, ours.calendar.address, ours.calendar.token)
