"""Pages: every page of the patient's site, from finished values to HTML; the same values give the same text."""

from datetime import timedelta

from monitor.render.site.choosing import choose, in_order, needs_a_call, next_twelve_months
from monitor.render.site.qr import draw_qr
from monitor.render.site.speaking import WORDS, speaker
from monitor.render.site.telling import instruct, tell
from monitor.render.site.template import fill, fill_page
from monitor.render.site.values import (
    AwayPage,
    Back,
    CalendarPage,
    CalendarShown,
    DonePage,
    HomePage,
    Notice,
    PrintPage,
    ReportPage,
    SettingsPage,
    Titles,
    VisitShown,
    VisitState,
)

HOURS = range(5, 23)
"""Hours at which an alarm is offered; another one that was chosen before is offered too."""
LARGE, MEDIUM, MOST = 15, 24, 54
"""So many lines of a printed plan have room for large and for medium type; more stand in columns."""


def render_home(page: HomePage, language: str) -> str:
    say, today, chrome = speaker(language), page.chrome.today, page.chrome
    return fill_page(
        "home.html",
        language,
        chrome,
        page=page,
        choice=choose(page.visits, today),
        advice=page.advice if chrome.shows_names else (),
        hidden_advice=0 if chrome.shows_names else len(page.advice),
        tell=lambda visit: tell(visit, say, today),
        instruct=lambda visit: instruct(visit, say, urine_advice=page.urine_advice),
    )


def render_done(page: DonePage, language: str) -> str:
    return fill_page("done.html", language, page.chrome, page=page, visits=in_order(page.visits))


def render_away(page: AwayPage, language: str) -> str:
    away = sorted(page.away, key=lambda one: (one.from_on, one.until_on, one.id))
    return fill_page("away.html", language, page.chrome, page=page, away=away)


def render_settings(page: SettingsPage, language: str) -> str:
    wishes = page.wishes
    return fill_page(
        "settings.html",
        language,
        page.chrome,
        wishes=wishes,
        languages=[(code, words["language-name"]) for code, words in WORDS.items()],
        titles=list(Titles),
        hours=sorted({*HOURS, wishes.day_before_hour, wishes.same_day_hour}),
    )


def render_calendar_page(page: CalendarPage, language: str) -> str:
    return fill_page(
        "calendar.html",
        language,
        page.chrome,
        page=page,
        webcal=webcal,
        code=lambda calendar: _code(calendar, language),
        has_address=any(one.address for one in page.calendars),
    )


def webcal(address: str) -> str:
    """The address as Apple's calendars subscribe to it; `webcals` is refused by them."""
    return "webcal" + address[address.index(":") :]


def _code(calendar: CalendarShown, language: str) -> str:
    """Webcal, because a camera that opened https would import the days once and never move them."""
    assert calendar.address is not None
    return draw_qr(webcal(calendar.address), speaker(language)("calendar-code-alt", label=calendar.label))


def render_print(page: PrintPage, language: str) -> str:
    return _render_print("print.html", page, language)


def render_sheet(page: PrintPage, language: str, back: Back) -> str:
    """The same sheet of paper for a member of staff who prints it; `back` leads to the chart."""
    return _render_print("sheet.html", page, language, back=back)


def _render_print(name: str, page: PrintPage, language: str, **more: object) -> str:
    visits = next_twelve_months(page.visits, page.chrome.today)
    lines = len(visits) + max(0, len(page.chrome.contact.splitlines()) - 2) + max(0, len(page.symptoms) - 15) // 3
    size = "large" if lines <= LARGE else "medium" if lines <= MEDIUM else "columns"
    rest = len(visits[MOST:])
    return fill_page(
        name, language, page.chrome, page=page, visits=visits[:MOST], rest=rest, size=size, **more
    )  # fmt: skip


def render_report(page: ReportPage, language: str) -> str:
    today = page.chrome.today
    visits = in_order(page.visits)

    def of(*states: VisitState) -> list[VisitShown]:
        return [one for one in visits if one.state in states]

    soon = today + timedelta(days=100)
    return fill_page(
        "report.html",
        language,
        page.chrome,
        page=page,
        done=of(VisitState.DONE),
        is_open=of(VisitState.OVERDUE, VisitState.DUE, VisitState.OPEN),
        missed=of(VisitState.MISSED),
        dropped=of(VisitState.NOT_NEEDED),
        left=of(VisitState.LEFT),
        coming=[one for one in of(VisitState.UPCOMING) if one.shown_on <= soon],
        needs_a_call=lambda visit: needs_a_call(visit, today),
    )


def render_notice(notice: Notice, assets: str = "/static/") -> str:
    """A page that stands alone, in every language that we speak, the same for whoever asks."""
    return fill("notice.html", "en", notice=notice, assets=assets, speakers=[speaker(code) for code in WORDS])
