"""What the tests of the patient's pages share: real protocols as pages of an invented patient, and goldens beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.protocols import load_files
from monitor.render.site import pages
from monitor.render.site.values import (
    AdviceShown,
    AwayPage,
    AwayShown,
    CalendarPage,
    CalendarShown,
    Chrome,
    DonePage,
    Fetched,
    Field,
    FieldTrouble,
    HomePage,
    Notice,
    PrintPage,
    Progress,
    Reported,
    ReportPage,
    SettingsPage,
    SiteLinks,
    SymptomShown,
    Told,
    Trouble,
    VisitShown,
    VisitState,
    WishesShown,
)
from schedules.advising import advice_periods, in_force
from schedules.model import Infusion, Key, Person
from schedules.planning import plan
from schedules.protocol import Anchor, Place, Protocol, Sex
from schedules.status import state_of
from schedules.visits import Visit, group_visits
from schedules.working_days import working_days

TODAY = date(2026, 5, 14)
BERLIN = ZoneInfo("Europe/Berlin")
TREATED = [date(2024, 10, 7) + timedelta(days=offset) for offset in range(5)]
AGAIN = [date(2025, 10, 13) + timedelta(days=offset) for offset in range(3)]
OVERLAYS = {"alemtuzumab-eu": ("vitamin-d", "skin-autoimmunity", "self-check")}
PROTOCOLS = tuple(entry.id for entry in load_files().protocols)
HOME = "/p/" + "A" * 43 + "/"
ADDRESS = "https://follow-up.example/c/" + "b" * 43 + "/appointments.ics"


@dataclass(frozen=True)
class Sample:
    """Everything that the pages of one invented patient are made from."""

    protocol: Protocol
    language: str
    chrome: Chrome
    visits: tuple[VisitShown, ...]
    progress: Progress
    symptoms: tuple[SymptomShown, ...]
    advice: tuple[AdviceShown, ...]
    afterwards: tuple[AdviceShown, ...]

    def with_chrome(self, **changes: object) -> "Sample":
        return replace(self, chrome=replace(self.chrome, **changes))  # type: ignore[arg-type]

    def home(self, **changes: object) -> str:
        page = HomePage(
            chrome=self.chrome, visits=self.visits, progress=self.progress, symptoms=self.symptoms, advice=self.advice,
            afterwards=self.afterwards, urine_advice=True,
        )  # fmt: skip
        return pages.render_home(replace(page, **changes), self.language)  # type: ignore[arg-type]

    def all(self) -> Mapping[str, str]:
        """Every page by name, and some of them as they look after a form that was not accepted."""
        open_now = [one for one in self.visits if one.state.is_still_to_do and one.opens_on <= self.chrome.today]
        reports = [one.reported for one in self.visits if one.reported]
        away = [AwayShown(1, date(2026, 7, 20), date(2026, 8, 2)), AwayShown(2, date(2026, 12, 28), date(2027, 1, 3))]
        calendars = [
            CalendarShown(
                id=4, label="own phone", consent_on=date(2026, 4, 30), address=ADDRESS,
                fetched=(Fetched("Apple Calendar", datetime(2026, 5, 14, 7, 12, tzinfo=BERLIN)),),
            ),
            CalendarShown(id=5, label="general practitioner", consent_on=date(2026, 4, 30)),
        ]  # fmt: skip
        late = replace(
            self.chrome, troubles=(FieldTrouble(Trouble.DAY_TO_COME, Field.DONE_ON), FieldTrouble(Trouble.NOT_SAVED))
        )
        unread = replace(self.chrome, troubles=(FieldTrouble(Trouble.CONSENT_MISSING, Field.CONSENT),))
        told = replace(self.chrome, told=Told.AWAY_ADDED)
        speak = self.language
        return {
            "home": self.home(),
            "done": pages.render_done(DonePage(chrome=self.chrome, visits=open_now, reports=reports), speak),
            "done-trouble": pages.render_done(
                DonePage(chrome=late, visits=open_now, entered={"done_on": "2026-05-20", "place": "Laboratory"}), speak
            ),
            "away": pages.render_away(AwayPage(chrome=told, away=away), speak),
            "settings": pages.render_settings(
                SettingsPage(chrome=self.chrome, wishes=WishesShown(language=speak, day_before_hour=9)), speak
            ),
            "settings-locked": pages.render_settings(
                SettingsPage(chrome=self.chrome, wishes=WishesShown(language=speak, locked=True)), speak
            ),
            "calendar": pages.render_calendar_page(CalendarPage(chrome=self.chrome, calendars=calendars), speak),
            "calendar-empty": pages.render_calendar_page(CalendarPage(chrome=unread), speak),
            "print": pages.render_print(
                PrintPage(
                    chrome=self.chrome, visits=self.visits, progress=self.progress, symptoms=self.symptoms
                ), speak,
            ),
            "report": pages.render_report(
                ReportPage(chrome=self.chrome, visits=self.visits, progress=self.progress), speak
            ),
        }  # fmt: skip


def make_sample(
    protocol_id: str = "alemtuzumab-eu", language: str = "en", *, overlays: Sequence[str] = (), smooth: bool = False
) -> Sample:
    """An invented patient in May 2026. Unless `smooth`, one check is missed, one overdue, one reported, one booked."""
    protocol = load_files().combine(protocol_id, overlays)
    person = Person(Sex.FEMALE, date(1988, 3, 2))
    whole = plan(protocol, person, infusions=[Infusion(on) for on in [*TREATED, *AGAIN]])
    trips = [one for one in group_visits(protocol, whole.checks, working_days("DE")) if one.place is not Place.OFFICE]
    visits = [_shown(one, protocol, language) for one in sorted(trips, key=lambda one: one.visit_on)]
    if not smooth:
        visits = _with_troubles(visits)
    months = {(one.day.year, one.day.month) for one in visits}
    undone = {(one.day.year, one.day.month) for one in visits if one.state is not VisitState.DONE}
    periods = in_force(advice_periods(protocol, person, whole), TODAY)
    advice = [
        AdviceShown(protocol.text(one.advice.title, language), protocol.text(one.advice.text, language), *one[1:3])
        for one in periods
    ]
    afterwards = [
        AdviceShown(protocol.text(one.title, language), protocol.text(one.text, language), whole.ends_on, None)
        for one in protocol.advice
        if one.starts.anchor is Anchor.FOLLOW_UP_END and whole.ends_on
    ]
    chrome = Chrome(
        links=SiteLinks(HOME), today=TODAY, telephone="+49 30 1234 567",
        contact="Day ward 3, Monday to Friday, 8:00 to 15:30\nAt night ask for the neurologist on call",
        clinic="North clinic for multiple sclerosis", treatment=protocol.text(protocol.title, language),
    )  # fmt: skip
    return Sample(
        protocol, language, chrome, tuple(visits),
        Progress(done=len(months - undone), total=len(months), ends_on=whole.ends_on),
        tuple(
            SymptomShown(protocol.text(one.title, language), protocol.text(one.text, language))
            for one in protocol.symptoms
        ),
        tuple(advice), tuple(afterwards),
    )  # fmt: skip


def _shown(visit: Visit, protocol: Protocol, language: str) -> VisitShown:
    rules = [protocol.get_rule(Key(*key).rule) for key in visit.keys]
    is_past = visit.closes_on < TODAY
    state = VisitState.DONE if is_past else VisitState(state_of(_Window(*visit[3:5], visit.due_on), TODAY))
    return VisitShown(
        id=f"visit-{visit.due_on}-{visit.place}", day=visit.visit_on, opens_on=visit.opens_on,
        closes_on=visit.closes_on, state=state, titles=tuple(protocol.text(one.title, language) for one in rules),
        specimens=tuple(one.specimen for one in rules), place=visit.place,
        instructions=tuple(
            protocol.text(one.instructions, language) for one in rules if one.instructions and one.place is Place.HOME
        ),
        to_arrange=visit.place is not Place.HOME, done_on=visit.visit_on if is_past else None,
    )  # fmt: skip


@dataclass(frozen=True)
class _Window:
    opens_on: date
    closes_on: date
    due_on: date


def _with_troubles(visits: list[VisitShown]) -> list[VisitShown]:
    past = [place for place, one in enumerate(visits) if one.state is VisitState.DONE]
    to_come = [place for place, one in enumerate(visits) if one.state is not VisitState.DONE]
    missed, dropped, overdue = past[-6], past[-4], past[-1]
    visits[missed] = replace(visits[missed], state=VisitState.MISSED, done_on=None)
    visits[dropped] = replace(visits[dropped], state=VisitState.NOT_NEEDED, done_on=None)
    late = visits[overdue]
    visits[overdue] = replace(
        late, state=VisitState.OVERDUE, done_on=None, already_done=late.titles[1:], titles=late.titles[:1]
    )
    if len(to_come) < 2:
        return visits
    first, second = to_come[0], to_come[1]
    report = Reported(
        id=9,
        visit_id=visits[first].id,
        titles=visits[first].titles,
        done_on=date(2026, 5, 11),
        place="Laboratory at the market",
    )
    visits[first] = replace(visits[first], state=VisitState.DUE, reported=report)
    visits[second] = replace(visits[second], booked_on=visits[second].day, booked_at=time(8, 30))
    return visits


@pytest.fixture
def sample() -> Callable[..., Sample]:
    """`sample("alemtuzumab-eu", "de")`."""
    return make_sample


@pytest.fixture(params=[one.value for one in Notice])
def notice(request: pytest.FixtureRequest) -> str:
    return pages.render_notice(Notice(request.param))
