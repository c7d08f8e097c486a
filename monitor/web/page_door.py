"""The page's door: whose page a token opens, how often it may be asked, and one view of the record for each answer."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple

from db import people
from db.engine import Connection, reading, writing
from db.feeds import Address
from db.migrate import NotReady
from db.versions import RecordVersion
from monitor.bootstrap import Program
from monitor.services.addresses import PAGE, TOKEN, find_address
from monitor.services.desk import Desk
from monitor.web.limits import Bucket

MOST_BUCKETS = 10_000


class Closed(Exception):  # noqa: N818  (an answer, no error)
    """The door stays closed."""


class Unknown(Closed):
    """The token opens no page."""


class Withdrawn(Closed):
    """The page's address was withdrawn."""


class TooOften(Closed):
    """The page was asked for too often; `seconds` until it may be asked again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Opened(NamedTuple):
    """A page that a token opens, with a desk for the patient of it."""

    desk: Desk
    page: Address
    patient_id: int


class PageDoor:
    """Opens pages; to be used in a worker thread."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._record = RecordVersion(program.engine)
        self._buckets: OrderedDict[int, Bucket] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def looking(self, token: str) -> Iterator[Opened]:
        """A view of the record; what counts against the limit is a request, and every request looks once first."""
        if self._record.is_away():  # connecting would leave an empty file in its place
            raise NotReady("The file of the database is away.")
        with reading(self.program.engine) as connection:
            opened = self._open(connection, token)
            self._count(opened.page)
            yield opened

    @contextmanager
    def looking_again(self, token: str) -> Iterator[Opened]:
        """The same for a request that was counted already."""
        with reading(self.program.engine) as connection:
            yield self._open(connection, token)

    @contextmanager
    def acting(self, token: str) -> Iterator[Opened]:
        """A transaction in which the patient may tell something; leaving the block commits.

        Only for a token that opened a page a moment ago: a stranger's guess must not make writers wait.
        """
        with writing(self.program.engine) as connection:
            yield self._open(connection, token)

    def _open(self, connection: Connection, token: str) -> Opened:
        page = find_address(connection, token) if TOKEN.fullmatch(token) else None
        if page is None or page.purpose != PAGE or page.patient_id is None:
            raise Unknown
        if page.ended_at is not None:
            raise Withdrawn
        actor = people.get_patient_actor(connection, page.clinic_id)
        return Opened(self.program.desk_for(connection, actor), page, page.patient_id)

    def _count(self, page: Address) -> None:
        now = self.program.clock.now()
        with self._lock:
            if page.id not in self._buckets:
                self._buckets[page.id] = Bucket(self.program.config.feed.requests_per_minute, now)
            self._buckets.move_to_end(page.id)
            while len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
            seconds = self._buckets[page.id].take(now)
        if seconds:
            raise TooOften(seconds)
