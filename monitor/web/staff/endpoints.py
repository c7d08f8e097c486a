"""Endpoints: one address of the staff pages each - who may use it, what GET shows and what POST does."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from db import sessions
from db.engine import reading, writing
from db.failures import FAILURES
from db.read_log import add_reading
from monitor.bootstrap import Program
from monitor.logs import places_of
from monitor.render.staff.values import Section
from monitor.services.desk import MAY_WRITE, Desk
from monitor.services.sessions import NOTED_EVERY
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked, status_of
from monitor.web.staff.exchanges import SMALL, StaffExchange
from monitor.web.staff.forms import Form
from monitor.web.staff.visitors import Visitor, find_visitor
from schedules.errors import NotAllowed, NotFound, Refusal

logger = logging.getLogger("monitor.web")
Handler = Callable[[Asked], Response]


@dataclass(frozen=True, slots=True)
class Series:
    """What a form gets whose work takes too long for one transaction: each `writing` is one of its own.

    What was kept stays kept when a later one refuses, so the handler has to say how far it came.
    """

    program: Program
    visitor: Visitor
    request: Request
    form: Form

    @contextmanager
    def writing(self) -> Iterator[Desk]:
        with writing(self.program.engine) as connection:
            yield self.program.desk_for(connection, self.visitor.actor)


class Needs(StrEnum):
    """What a person has to be allowed to do."""

    LOOK = "look"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Page:
    """`show` answers GET, `act` POST. When `act` refuses, nothing is kept, and `again` (else `show`) answers.

    `act_in_series` stands in place of `act` and opens transactions itself; it refuses before the first of them.

    `needs` is for the whole address, `act_needs` for POST where that takes more.
    """

    path: str
    show: Handler | None = None
    act: Handler | None = None
    act_in_series: Callable[[Series], Response] | None = None
    again: Handler | None = None
    needs: Needs = Needs.LOOK
    act_needs: Needs = Needs.WRITE
    largest: int = SMALL
    takes_files: bool = False


Lapsed = Callable[[Program, Request, Form], Response]
"""What whoever is not signed in gets for a form that they sent: a way to sign in that keeps what was typed."""


class Endpoint(StaffExchange):
    """One page, for whoever is signed in."""

    def __init__(self, program: Program, own: Page, lapsed: Lapsed) -> None:
        super().__init__(
            program, shows=own.show is not None, acts=bool(own.act or own.act_in_series), largest=own.largest,
            takes_files=own.takes_files,
        )  # fmt: skip
        self._page, self._lapsed = own, lapsed

    def _show(self, request: Request) -> Response:
        with reading(self._program.engine) as connection:
            visitor = find_visitor(self._program, connection, request)
            if visitor is None:
                address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return go_to(f"/sign-in?back={quote(address)}")
            desk = self._program.desk_for(connection, visitor.actor)
            asked = Asked(self._program, desk, visitor, request)
            response = self._guarded(asked, self._page.show)
        self._note(asked)
        return response

    def _act(self, request: Request, form: Form) -> Response:
        with reading(self._program.engine) as connection:
            visitor = find_visitor(self._program, connection, request)
        if visitor is None:  # answered before anybody waits for the lock
            return self._lapsed(self._program, request, form)
        if self._page.act_in_series is not None:
            return self._act_in_series(Series(self._program, visitor, request, form), self._page.act_in_series)
        assert self._page.act is not None
        try:
            with writing(self._program.engine) as connection:
                asked = Asked(self._program, self._program.desk_for(connection, visitor.actor), visitor, request, form)
                require(visitor, self._page.needs)
                require(visitor, self._page.act_needs)
                response = self._page.act(asked)
        except Refusal as refusal:
            return self._again(request, visitor, form, refusal)
        self._note(asked)
        return response

    def _act_in_series(self, series: Series, act: Callable[[Series], Response]) -> Response:
        try:
            require(series.visitor, self._page.needs)
            require(series.visitor, self._page.act_needs)
            return act(series)
        except Refusal as refusal:
            return self._again(series.request, series.visitor, series.form, refusal)

    def _again(self, request: Request, visitor: Visitor, form: Form, refusal: Refusal) -> Response:
        """The page of the form, with what is wrong and what was typed."""
        with reading(self._program.engine) as connection:
            desk = self._program.desk_for(connection, visitor.actor)
            asked = Asked(self._program, desk, visitor, request, form, refusal)
            response = self._guarded(asked, self._page.again or self._page.show)
        self._note(asked)
        return response

    def _guarded(self, asked: Asked, handler: Handler | None) -> Response:
        """What the handler shows, or why there is nothing to show."""
        refusal = asked.refusal
        try:
            require(asked.visitor, self._page.needs)
            if handler is not None and not isinstance(refusal, NotAllowed):
                return handler(asked)
        except Refusal as no:
            refusal = no
        assert refusal is not None
        name = "not-found" if isinstance(refusal, NotFound) else "not-allowed"
        if not isinstance(refusal, (NotFound, NotAllowed)):
            return replace(asked, refusal=refusal).page("refused.html", Section.NONE)
        return asked_notice(asked, name, status_of(refusal))

    def _note(self, asked: Asked) -> None:
        """Who read what, and that the session is used. A record that cannot be written to still shows its patients:
        in an emergency that matters more, and the log says who looked."""
        person, at = asked.visitor.actor, asked.desk.at
        is_to_note = at - asked.visitor.session.used_at >= NOTED_EVERY
        if not asked.readings and not is_to_note:
            return
        try:
            with writing(self._program.engine) as connection:
                if is_to_note:
                    sessions.note_use(connection, asked.visitor.session.id, at)
                for one in asked.readings:
                    add_reading(
                        connection, at=at, person_id=person.id, what=one.what, treatment_id=one.treatment_id,
                        clinic_id=one.clinic_id, patients=one.patients,
                    )  # fmt: skip
        except FAILURES as no:
            told = ", ".join(f"{one.what} of treatment {one.treatment_id}" for one in asked.readings)
            where = places_of(no.__traceback__)
            logger.error(  # noqa: TRY400  (its text may hold what nobody should read in a log)
                "not in the access log: person %s read %s: %s (%s)", person.id, told, type(no).__name__, where
            )


def require(visitor: Visitor, needs: Needs) -> None:
    """Refuse (NotAllowed) whoever may not use an address."""
    role = visitor.actor.role
    if (needs is Needs.WRITE and role not in MAY_WRITE) or (needs is Needs.ADMIN and role != "admin"):
        raise NotAllowed(f"'{visitor.actor.login}' may not do this.", "Ask an administrator.")


def asked_notice(asked: Asked, name: str, status: int) -> Response:
    """The same within the frame of a person who is signed in."""
    return replace(asked, refusal=None).page("notice.html", Section.NONE, status, notice=name)
