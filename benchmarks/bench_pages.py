"""Pages of the staff: what the server takes for each of them in the example clinic of 150 patients, without a network.

Every address that GET answers is asked for through the whole application, as an administrator of all three sites, in
turns. What counts is the time of the processor, all threads together: on a machine that does nothing else it is the
time that goes by, and on another one it is what the server is to blame for.

Beside the worklist stands the plainest way to the same lines: plan and settle every patient anew from the facts. It is
what a record would do that keeps no outcome, so the ratio is what keeping one is worth.
"""

import asyncio
import re
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select

from benchmarks import Row
from db import people, tables
from db.engine import keep_open, writing
from examples.demo import make_record, opened
from examples.folder import Folder
from examples.make_clinic import invent_group
from examples.performing import AFTERNOON
from examples.setting_up import ADMINISTRATOR
from monitor.bootstrap import Program
from monitor.clock import FixedClock, SystemClock, today_in
from monitor.services.booking import note_contact
from monitor.services.changing import follow_dossier
from monitor.services.covering import add_cover
from monitor.services.memory import Memory
from monitor.services.sessions import begin_session
from monitor.services.worklist import list_lines
from monitor.web.app import make_app
from monitor.web.staff.endpoints import Page
from monitor.web.staff.routes import PAGES
from schedules.model import Settlement
from schedules.status import State, state_of

ZONE = "Europe/Berlin"
ROUNDS, WARM = 30, 3
MOST_MILLISECONDS = 50.0
MOST_FIRST = 500.0
SLOWEST = 5
TIMES_ANEW = 5.0
ANEW_ROUNDS = 5
START = "/worklist"
EXAMPLES: Mapping[str, str] = {
    "treatment_id": "1", "rule": "blood-count", "number": "9", "protocol_id": "alemtuzumab-eu", "clinic_id": "north",
    "person_id": "2", "letter_id": "4",
}  # fmt: skip
"""What stands in an address to which no link leads; the first three letters hold codes, which nobody is shown."""
AWAY = "dora"
"""A recipient who is away: the demo has nobody who is."""
REFUSED = "answers GET only after a form that was refused, or for what was ticked"
NOT_THERE: Mapping[str, str] = {
    "/undo": REFUSED, "/worklist/record": REFUSED, "/worklist/book": REFUSED, "/worklist/waive": REFUSED,
    "/worklist/note": REFUSED, "/worklist/seen": REFUSED, "/worklist/know": REFUSED, "/worklist/several": REFUSED,
}  # fmt: skip
"""Addresses that GET does not answer, and why."""
PARAMETER = re.compile(r"\{(\w+)(:int)?\}")
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')


class Answer(NamedTuple):
    """What the application answered; the time of the processor that it took, and the time that went by."""

    status: int
    content_type: str
    body: bytes
    seconds: float
    elapsed: float


@dataclass(slots=True)
class Client:
    """Asks the application without a network between: what is measured is the server's own work."""

    app: Any
    token: str
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def get(self, address: str) -> Answer:
        return self.runner.run(self._get(address))

    async def _get(self, address: str) -> Answer:
        parts = urlsplit(address)
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"monitor={self.token}".encode())],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "state": {},
        }  # fmt: skip
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        began, at = time.perf_counter(), time.process_time()
        await self.app(scope, receive, send)
        seconds, elapsed = time.process_time() - at, time.perf_counter() - began
        headers = dict(sent[0]["headers"])
        body = b"".join(one.get("body", b"") for one in sent[1:])
        return Answer(int(sent[0]["status"]), headers.get(b"content-type", b"").decode(), body, seconds, elapsed)


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, example_clinic(Path(name)) as program:
        client = new_client(program)
        addresses = find_addresses(client)
        taken = measure(client, list(addresses.values()))
        return [
            *rows_of_pages(addresses, taken),
            look_after_acts(program, client),
            look_first(program),
            look_at_patients(program),
            compare_anew(program, client),
        ]


# --- Every page -----------------------------------------------------------------------------------------


def find_addresses(client: Client) -> dict[str, str]:
    """By route an address that answers: where links lead from the worklist, else one that is put together."""
    found: dict[str, str] = {}
    waiting = deque([START, *(_put_together(page) for page in PAGES if page.show)])
    while waiting:
        address = waiting.popleft()
        route = _route_of(address)
        if route is None or route in found:
            continue
        answer = client.get(address)
        if answer.status == 200:
            found[route] = address
            if answer.content_type.startswith("text/html"):
                linked = [unescape(one) for one in LINK.findall(answer.body.decode())]
                waiting.extendleft(one for one in linked if one.startswith("/"))  # links before what is put together
    return found


def _put_together(page: Page) -> str:
    return PARAMETER.sub(lambda part: EXAMPLES.get(part[1], "1"), page.path)


def _route_of(address: str) -> str | None:
    path = urlsplit(address).path
    return next((one.path for one in PAGES if one.show and _pattern_of(one.path).fullmatch(path)), None)


def _pattern_of(path: str) -> re.Pattern[str]:
    pieces = re.split(r"(\{[^}]*\})", path)
    return re.compile(
        "".join((r"\d+" if ":int" in one else "[^/]+") if one.startswith("{") else re.escape(one) for one in pieces)
    )


def measure(client: Client, addresses: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of each page in so many rounds; all pages in turns, so that a slow moment is nobody's alone."""
    taken: dict[str, list[float]] = {address: [] for address in addresses}
    for number in range(WARM + ROUNDS):
        for address, own in taken.items():
            answer = client.get(address)
            assert answer.status == 200, (address, answer.status)
            if number >= WARM:
                own.append(answer.seconds * 1000)
    return taken


def rows_of_pages(addresses: Mapping[str, str], taken: Mapping[str, Sequence[float]]) -> list[Row]:
    """The slowest by name, then all together; a page of which there is no example is a demand that is not met."""
    by_route = {route: taken[address] for route, address in addresses.items()}
    slowest = sorted(by_route, key=lambda route: median(by_route[route]), reverse=True)
    rows = [_row(f"page {route}", by_route[route]) for route in slowest[:SLOWEST]]
    over = [route for route in slowest if median(by_route[route]) >= MOST_MILLISECONDS]
    missed = sorted({one.path for one in PAGES if one.show} - by_route.keys() - NOT_THERE.keys())
    every = [one for own in by_route.values() for one in own]
    what = f"all {len(by_route)} pages of the staff together"
    rows.append(_row(what, every)._replace(is_met=not over and not missed, target="each below 50 ms"))
    if missed:
        rows.append(Row(f"pages without an example: {', '.join(missed)}", f"{len(missed)}", "0", is_met=False))
    return rows


def _row(what: str, own: Sequence[float]) -> Row:
    last = sorted(own)[min(len(own) - 1, round(len(own) * 0.99))]
    figure = f"{median(own):.1f} ms (p99 {last:.1f})"
    return Row(what, figure, f"below {MOST_MILLISECONDS:.0f} ms", median(own) < MOST_MILLISECONDS)


# --- What a memory does not help ------------------------------------------------------------------------


def look_after_acts(program: Program, client: Client) -> Row:
    """The worklist as nurses see it in the morning: between two looks somebody acts on a patient who stands on it."""
    with program.reading(ADMINISTRATOR) as desk:
        on_it = list(dict.fromkeys(line.treatment_id for line in list_lines(desk)))[:ROUNDS]
    taken = []
    for treatment_id in on_it:
        with program.writing(ADMINISTRATOR) as desk:
            note_contact(desk, treatment_id, kind="reached")
        taken.append(client.get(START).seconds * 1000)
    return _row("worklist after an act on one of its patients", taken)


def look_at_patients(program: Program) -> Row:
    """Each patient's page once: nobody has opened any of them since the program was started."""
    client = new_client(replace(program, memory=Memory()))
    with program.reading(ADMINISTRATOR) as desk:
        ids = desk.connection.execute(select(tables.treatment.c.id)).scalars().all()
    taken = [client.get(f"/treatments/{one}").seconds * 1000 for one in ids]
    return _row(f"a patient's page at first look, {len(taken)} patients", taken)


def look_first(program: Program) -> Row:
    """The first look after the program was started: everything on the page is worked out."""
    taken = []
    for _ in range(ANEW_ROUNDS):
        client = new_client(replace(program, memory=Memory()))
        taken.append(client.get(START).seconds * 1000)
    figure = f"{median(taken):.0f} ms"
    return Row(
        "worklist, first look of a process", figure, f"below {MOST_FIRST:.0f} ms", is_met=median(taken) < MOST_FIRST
    )


# --- The plain way ----------------------------------------------------------------------------------------


def compare_anew(program: Program, client: Client) -> Row:
    """The worklist's page, in rounds beside the same lines computed from the facts, without a page around them."""
    ours, theirs = [], []
    for _ in range(ANEW_ROUNDS):
        ours.append(client.get(START).seconds)
        at = time.process_time()
        found = press_anew(program)
        theirs.append(time.process_time() - at)
        with program.reading(ADMINISTRATOR) as desk:
            lines = list_lines(replace(desk, memory=None))  # nothing of it may be remembered in place of the page's own
        assert found == {(line.treatment_id, line.family) for line in lines if line.checks}
    ratio = median(other / one for one, other in zip(ours, theirs, strict=True))
    what = f"worklist, whole page ({median(ours) * 1000:.0f} ms) : its lines anew from all facts"
    return Row(
        f"{what} ({median(theirs) * 1000:.0f} ms)", f"{ratio:.1f}×", f"at least {TIMES_ANEW:.0f}×", ratio >= TIMES_ANEW
    )


def press_anew(program: Program) -> set[tuple[int, str]]:
    """Treatments and families with a check that is open, due or overdue today, planned and settled anew."""
    from db.dossiers import get_dossier

    pressing = set()
    with program.reading(ADMINISTRATOR) as desk:
        for (treatment_id,) in desk.connection.execute(select(tables.treatment.c.id)).all():
            dossier = get_dossier(desk.connection, treatment_id)
            _, outcome = follow_dossier(desk, dossier)
            today = desk.today[dossier.clinic_id]
            for one in outcome.settled:
                if one.settlement is Settlement.OPEN and state_of(one.check, today) is not State.UPCOMING:
                    pressing.add((treatment_id, one.check.family))
    return pressing


# --- The example clinic -----------------------------------------------------------------------------------


@contextmanager
def example_clinic(path: Path) -> Iterator[Program]:
    """The record of the demo: three sites, 150 invented patients with years of samples, two weeks of nurses' work."""
    today = today_in(ZONE, SystemClock())
    clock = FixedClock(datetime.combine(today, AFTERNOON, tzinfo=UTC))
    make_record(Folder(path), invent_group(today), clock)
    with opened(path, clock) as program:
        with program.writing(ADMINISTRATOR) as desk:
            add_cover(desk, AWAY, from_on=today, until_on=today)
        yield program


def new_client(program: Program) -> Client:
    """Signed in as the administrator of all sites, who sees the longest lists."""
    with writing(program.engine) as connection:
        person = people.find_person(connection, ADMINISTRATOR)
        assert person is not None
        token = begin_session(connection, person, at=program.clock.now(), device="benchmark")
    # As `monitor serve` has it: connections stay open.
    return Client(make_app(replace(program, engine=keep_open(program.engine)), only_feeds=False), token)
