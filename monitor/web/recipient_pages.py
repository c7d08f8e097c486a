"""The recipient's pages over HTTP: a link asks, a button acts, and a mail program's one click is a button, too."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db import people
from db.engine import Connection, reading, writing
from db.failures import FAILURES
from db.migrate import NotReady
from db.recipients import Recipient, list_recipients
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.render.site.names import Notice
from monitor.render.site.recipient_page import Asked, RecipientPage, render_recipient
from monitor.services.confirming import CONFIRM, LEAVE, confirm_by_link, find_by_token
from monitor.services.desk import Desk
from monitor.services.recipients import find_lonely, leave
from monitor.web.exchanges import Exchange
from monitor.web.guard import report
from monitor.web.page_answers import notice, page
from monitor.web.patient_pages import Nothing
from schedules.errors import Conflict

ALLOWED = ("GET", "HEAD", "POST")
BROKEN = (*FAILURES, NotReady)


def routes(program: Program) -> list[BaseRoute]:
    """Everything below /r/."""
    return [
        *(Route(f"/r/{{token}}/{purpose}", RecipientEndpoint(program, purpose)) for purpose in (CONFIRM, LEAVE)),
        Route("/r/{rest:path}", Nothing()),
    ]


class RecipientEndpoint(Exchange):
    """One link: GET and HEAD ask, POST acts.

    What is sent along does not count, so that the one click of RFC 8058 works whatever form it takes. Only the token
    lets anybody in: who made another's browser send the form would need the link, and then could press the button.
    """

    def __init__(self, program: Program, purpose: str) -> None:
        self._program, self._purpose = program, purpose
        self._record = RecordVersion(program.engine)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ALLOWED:
            return notice(Notice.NOT_ACCEPTED, 405, allow=", ".join(ALLOWED))
        answer = self._act if request.method == "POST" else self._ask
        try:
            return await run_in_threadpool(answer, request.path_params["token"])
        except BROKEN as no:
            report(no, request.scope)
            return notice(Notice.UNAVAILABLE)

    def _ask(self, token: str) -> Response:
        """The page with its button, or why there is none."""
        if self._record.is_away():  # connecting would leave an empty file in its place
            raise NotReady("The file of the database is away.")
        with reading(self._program.engine) as connection:
            found = self._find(connection, token)
            if found is None:
                return notice(Notice.NOT_FOUND)
            if self._purpose == CONFIRM:
                return self._page(connection, found, Asked.CONFIRMED if found.is_confirmed else Asked.CONFIRM)
            lonely = find_lonely(list_recipients(connection), found, found.clinic_ids)
            return self._last(connection, found, lonely) if lonely else self._page(connection, found, Asked.LEAVE)

    def _act(self, token: str) -> Response:
        asked = self._ask(token)
        if asked.status_code != 200:
            return asked  # a token that opens nothing is answered before anybody waits for the lock
        try:
            with writing(self._program.engine) as connection:
                found = self._find(connection, token)
                if found is None:
                    return notice(Notice.NOT_FOUND)
                done = self._page(connection, found, Asked.CONFIRMED if self._purpose == CONFIRM else Asked.LEFT)
                self._perform(self._desk(connection, found), found)
                return done
        except Conflict:  # of the last two who leave at once, the second
            return self._ask(token)

    def _perform(self, desk: Desk, found: Recipient) -> None:
        if self._purpose == CONFIRM:
            confirm_by_link(desk, found)
        else:
            leave(desk, found.login, reason="by the link in a mail")

    def _desk(self, connection: Connection, found: Recipient) -> Desk:
        """Whoever reads the mailbox acts as the person whose digest it is."""
        person = people.find_person(connection, found.login)
        assert person is not None
        return self._program.desk_for(connection, person)

    def _find(self, connection: Connection, token: str) -> Recipient | None:
        return find_by_token(connection, token, self._purpose, self._program.clock.now())

    def _page(self, connection: Connection, found: Recipient, asked: Asked) -> Response:
        clinics = _names_of(connection, sorted(found.clinic_ids)) if asked in {Asked.CONFIRM, Asked.LEAVE} else ()
        return page(render_recipient(RecipientPage(asked, found.login, clinics), found.language))

    def _last(self, connection: Connection, found: Recipient, lonely: Sequence[str]) -> Response:
        values = RecipientPage(Asked.LAST, found.login, _names_of(connection, lonely))
        return page(render_recipient(values, found.language), 409)


def _names_of(connection: Connection, clinic_ids: Sequence[str]) -> list[str]:
    return [one.name for one in people.list_clinics(connection) if one.id in clinic_ids]
