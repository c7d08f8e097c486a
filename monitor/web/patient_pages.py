"""The patient's pages over HTTP: what each address shows, what each form does, and one notice for all else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db.failures import FAILURES
from db.migrate import NotReady
from monitor.bootstrap import Program
from monitor.render.site import pages as render
from monitor.render.site.assets import NAMES, load_asset
from monitor.render.site.names import TOLD
from monitor.render.site.values import Field, Notice, SettingsPage, SiteLinks, Told
from monitor.services import patient_choices as choices
from monitor.services import patient_site as site_of
from monitor.services.addresses import TOKEN
from monitor.services.feeds import get_patient_feed
from monitor.services.patient_site import Said, Site, links_of, open_site
from monitor.web import page_acts as acts
from monitor.web.bodies import Unreadable
from monitor.web.exchanges import Exchange
from monitor.web.guard import report
from monitor.web.page_acts import Act, Sent, say_refusal
from monitor.web.page_answers import asset, calendar_file, go_to, notice, page
from monitor.web.page_door import Closed, PageDoor, TooOften, Withdrawn
from monitor.web.page_forms import Entered, Reader, read_form, read_wishes
from schedules.errors import NotFound, Refusal

LONGEST_NUMBER = 18
BROKEN = (*FAILURES, NotReady)
FOREIGN = {"cross-site", "same-site"}
"""What a browser says of a form that stands on another site; without the header only the secret address counts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: its values from the record, and its HTML from the values."""

    build: Callable[[Site, Said], Any]
    render: Callable[[Any, str], str]


def _settings(site: Site, said: Said) -> SettingsPage:
    """After a refusal with what was sent, unless the clinic has fixed the settings."""
    known = choices.show_wishes(site.wishes, site.language)
    if said.troubles and not site.wishes.is_locked:
        known = read_wishes(Reader(said.entered), known)
    return choices.settings_page(site, said, known)


HOME = Shown(site_of.home_page, render.render_home)
DONE = Shown(site_of.done_page, render.render_done)
AWAY = Shown(site_of.away_page, render.render_away)
SETTINGS = Shown(_settings, render.render_settings)
CALENDAR = Shown(choices.calendar_page, render.render_calendar_page)
PRINT = Shown(site_of.print_page, render.render_print)
REPORT = Shown(site_of.report_page, render.render_report)


@dataclass(frozen=True, slots=True)
class Form:
    """What a form does, the page on which it stands (again, if it is refused), and where one goes afterwards."""

    act: Act
    shown: Shown
    back: Callable[[SiteLinks], str]


SAY_DONE = Form(acts.report_done, DONE, lambda links: links.done)
ADD_AWAY = Form(acts.add_away, AWAY, lambda links: links.away)
SAVE = Form(acts.save_settings, SETTINGS, lambda links: links.settings)
MAKE = Form(acts.make_calendar, CALENDAR, lambda links: links.calendar)
UNSAY_DONE = Form(acts.take_back_report, DONE, lambda links: links.done)
REMOVE_AWAY = Form(acts.remove_away, AWAY, lambda links: links.away)
REMOVE_CALENDAR = Form(acts.remove_calendar, CALENDAR, lambda links: links.calendar)

PATHS: Mapping[str, tuple[Shown | None, Form | None]] = {
    "": (HOME, None),
    "done": (DONE, SAY_DONE),
    "away": (AWAY, ADD_AWAY),
    "settings": (SETTINGS, SAVE),
    "calendar": (CALENDAR, None),
    "calendars": (None, MAKE),
    "print": (PRINT, None),
    "report": (REPORT, None),
    "done/{number}/remove": (None, UNSAY_DONE),
    "away/{number}/remove": (None, REMOVE_AWAY),
    "calendars/{number}/remove": (None, REMOVE_CALENDAR),
}
"""Below `/p/<page token>/`, as `SiteLinks` names them."""


def routes(program: Program) -> list[BaseRoute]:
    """Everything below /p/ and /static/."""
    door = PageDoor(program)
    found: list[BaseRoute] = [
        Route(f"/p/{{token}}/{path}", Endpoint(door, shown, form)) for path, (shown, form) in PATHS.items()
    ]
    return [
        *found,
        Route("/p/{token}/appointments.ics", Endpoint(door, None, None, is_file=True)),
        Route("/p/{rest:path}", Nothing()),
        Route("/static/{name}", Assets()),
    ]


class Endpoint(Exchange):
    """One address: GET and HEAD show it, POST acts."""

    def __init__(self, door: PageDoor, shown: Shown | None, form: Form | None, *, is_file: bool = False) -> None:
        self._door, self._shown, self._form, self._is_file = door, shown, form, is_file
        reads, writes = shown is not None or is_file, form is not None
        self._allowed = [*(["GET", "HEAD"] if reads else []), *(["POST"] if writes else [])]

    async def _answer(self, request: Request) -> Response:
        if request.method not in self._allowed:
            return notice(Notice.NOT_ACCEPTED, 405, allow=", ".join(self._allowed))
        token = request.path_params["token"]
        if not TOKEN.fullmatch(token):
            return notice(Notice.NOT_FOUND)
        try:
            if request.method != "POST":
                return await run_in_threadpool(self._show, token, _said(request))
            return await self._receive(request, token)
        except (Closed, Unreadable, NotFound, *BROKEN) as no:
            return _say_no(no, request)

    def _show(self, token: str, said: Said) -> Response:
        with self._door.looking(token) as (desk, address, patient_id):
            if self._is_file:
                config = self._door.program.config
                return calendar_file(get_patient_feed(desk, config, patient_id, since=address.entered_at).render())
            site = open_site(desk, self._door.program.config, address, token)
            assert self._shown is not None
            values = self._shown.build(site, said)
        return page(self._shown.render(values, site.language))

    async def _receive(self, request: Request, token: str) -> Response:
        number = request.path_params.get("number", "0")
        if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
            return notice(Notice.NOT_FOUND)
        if request.headers.get("sec-fetch-site", "").strip().lower() in FOREIGN:
            return notice(Notice.NOT_ACCEPTED)
        is_removal = "number" in request.path_params
        entered = {} if is_removal else await read_form(request)
        return await run_in_threadpool(self._act, token, entered, int(number))

    def _act(self, token: str, entered: Entered, number: int) -> Response:
        assert self._form is not None
        with self._door.looking(token):
            pass  # a token that opens nothing, or too often, is answered before anybody waits for the lock
        try:
            with self._door.acting(token) as (desk, address, patient_id):
                told = self._form.act(Sent(desk, address, patient_id, token, entered, number))
        except Refusal as refusal:
            status, troubles = say_refusal(refusal)
            return self._show_again(token, Said(troubles=troubles, entered=entered), status)
        return go_to(f"{self._form.back(links_of(token))}?{TOLD}={told}")

    def _show_again(self, token: str, said: Said, status: int) -> Response:
        """The page of the form, with what is wrong and what was typed."""
        assert self._form is not None
        shown = self._form.shown
        with self._door.looking_again(token) as (desk, address, _):
            site = open_site(desk, self._door.program.config, address, token)
            values = shown.build(site, said)
        return page(shown.render(values, site.language), status)


def _say_no(no: Exception, request: Request) -> Response:
    """The short table from what can be expected to go wrong to what is answered; all else is a bug and goes on up."""
    match no:
        case Withdrawn():
            return notice(Notice.WITHDRAWN)
        case TooOften():
            return notice(Notice.TOO_MANY_REQUESTS, retry_after=str(no.seconds))
        case Unreadable():
            return notice(Notice.NOT_ACCEPTED, no.status)
        case Closed() | NotFound():
            return notice(Notice.NOT_FOUND)
        case _:
            report(no, request.scope)
            return notice(Notice.UNAVAILABLE)


def _said(request: Request) -> Said:
    """What the query may say: one of our own codes, and a visit to choose; never a text of its own."""
    told = request.query_params.get(TOLD, "")
    visit = request.query_params.get(Field.VISIT, "")
    return Said(told=Told(told) if told in set(Told) else None, entered={Field.VISIT: visit} if visit else {})


class Nothing(Exchange):
    """Whatever else lies below /p/: the same page for every token, known or not."""

    async def _answer(self, request: Request) -> Response:
        return notice(Notice.NOT_FOUND)


class Assets(Exchange):
    """The style sheet and the script."""

    async def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return notice(Notice.NOT_ACCEPTED, 405, allow="GET, HEAD")
        if request.path_params["name"] not in NAMES:
            return notice(Notice.NOT_FOUND)
        found = load_asset(request.path_params["name"])
        return asset(found.content, found.content_type, is_named=request.query_params.get("v") == found.fingerprint)
