"""Three replicas on one PostgreSQL behave as one: every acknowledged act is there once, whoever takes it."""

import http.client
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select

from db import tables
from db.engine import open_engine, reading
from db.failures import FAILURES
from db.history import list_deeds
from monitor.bootstrap import Program
from monitor.clock import SystemClock, today_in
from monitor.services.addresses import issue_to_patient
from monitor.services.booking import note_contact
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.recording import record_samples
from monitor.services.verifying import list_treatment_ids, list_unsound, verify
from schedules.errors import Conflict
from schedules.model import Infusion
from tests.postgres import Server
from tests.web.listening import Listening, ask, listening

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True),
]
RULES = ["blood-count", "creatinine", "liver", "thyroid"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Shared:
    """One patient of `north` whom several nurses care for, and who has a page and a calendar."""

    treatment_id: int
    page: str
    calendar: str


@pytest.fixture
def today() -> date:
    return today_in("Europe/Berlin", SystemClock())


@pytest.fixture
def present(program: Program) -> Program:
    """The program at the hour that it is, as the replicas have it."""
    return replace(program, clock=SystemClock())


@pytest.fixture
def patients(present: Program, today: date) -> list[Shared]:
    found = []
    with present.writing("ada") as desk:
        for number in range(3):
            given = [Infusion(today - timedelta(days=300 - offset)) for offset in range(5)]
            asked = Enrolment(
                "north", f"N-{number}", "alemtuzumab-eu", infusions=given, followed_here_from=today - timedelta(days=90)
            )
            treatment_id = enrol(desk, asked)[0]
            page, calendar = issue_to_patient(desk, f"N-{number}", label="own phone", consented=True)
            found.append(Shared(treatment_id, page.path, calendar.path))
    return found


@pytest.fixture
def replicas(config_file: Path, present: Program) -> Iterator[list[Listening]]:
    with ExitStack() as stack:
        yield [stack.enter_context(listening(config_file)) for _ in range(3)]


@dataclass(slots=True)
class Tally:
    """What one person was told: kept, or left without an answer."""

    kept: list[str]
    unanswered: list[str]


def act(program: Program, patients: list[Shared], nurse: int, today: date, acts: int) -> Tally:
    """A nurse at a machine of her own, who enters things at random; each entry names itself."""
    chance, tally = random.Random(nurse), Tally([], [])
    for number in range(acts):
        name, one = f"nurse-{nurse}/{number}", chance.choice(patients)
        try:
            with program.writing("ada" if nurse % 2 else "bea") as desk:
                if chance.random() < 0.7:
                    day = today - timedelta(days=chance.randrange(90))
                    record_samples(desk, one.treatment_id, [chance.choice(RULES)], taken_on=day, performed_by=name)
                else:
                    note_contact(desk, one.treatment_id, kind="reached", text=name)
        except Conflict:  # a colleague recorded the same tests of that day: nothing was entered
            continue
        except FAILURES:
            tally.unanswered.append(name)
        else:
            tally.kept.append(name)
    return tally


def tell(replicas: list[Listening], one: Shared, number: int, today: date, times: int) -> Tally:
    """A patient who enters days of absence, each through whichever replica the proxy happens to choose."""
    chance, tally = random.Random(100 + number), Tally([], [])
    for turn in range(times):
        day = today + timedelta(days=10 + 3 * turn)
        connection = http.client.HTTPConnection("127.0.0.1", chance.choice(replicas).port, timeout=30)
        body = urlencode({"from_on": day, "until_on": day})
        connection.request("POST", f"{one.page}away", body, FORM)
        status = connection.getresponse().status
        connection.close()
        assert status in {303, 503}
        (tally.kept if status == 303 else tally.unanswered).append(f"{one.treatment_id}/{day}")
    return tally


def list_entered(engine: Engine) -> list[str]:
    """Every entry of nurses and patients by the name that it gave itself."""
    with reading(engine) as connection:
        samples = connection.execute(select(tables.sample.c.performed_by)).scalars().all()
        notes = connection.execute(select(tables.contact_note.c.text)).scalars().all()
        away = connection.execute(
            select(tables.treatment.c.id, tables.away.c.from_on).join_from(
                tables.away, tables.treatment, tables.treatment.c.patient_id == tables.away.c.patient_id
            )
        ).all()
    return [*samples, *notes, *(f"{treatment_id}/{day}" for treatment_id, day in away)]


def work(
    present: Program,
    patients: list[Shared],
    replicas: list[Listening],
    today: date,
    disturb: Callable[[threading.Event], object],
) -> Tally:
    """Three nurses and three patients at once, and whatever disturbs them until they are done."""
    engines = [open_engine(present.engine.url.render_as_string(hide_password=False)) for _ in range(3)]
    are_done = threading.Event()
    with ThreadPoolExecutor(7) as pool:
        disturbing = pool.submit(disturb, are_done)
        tasks = [
            pool.submit(act, replace(present, engine=engine), patients, nurse, today, 15)
            for nurse, engine in enumerate(engines)
        ]
        tasks += [pool.submit(tell, replicas, one, number, today, 6) for number, one in enumerate(patients)]
        try:
            tallies = [task.result() for task in tasks]
        finally:
            are_done.set()
        disturbing.result()
    for engine in engines:
        engine.dispose()
    return Tally([name for one in tallies for name in one.kept], [name for one in tallies for name in one.unanswered])


def require_whole(present: Program, patients: list[Shared], replicas: list[Listening]) -> None:
    """The record is what its facts say, its history has no gap, and every replica shows the same."""
    with present.reading("root-admin") as desk:
        assert list_unsound(desk) == []
        assert list(verify(desk, list_treatment_ids(desk))) == []
        for one in patients:
            deeds = list_deeds(desk.connection, one.treatment_id)
            revisions = sorted(deed.revision for deed in deeds if deed.revision is not None)
            assert revisions == list(range(revisions[0], revisions[0] + len(revisions)))
    for one in patients:
        answers = [ask(replica.port, one.calendar) for replica in replicas]
        assert {status for status, _, _ in answers} == {200}
        assert len({body for _, _, body in answers}) == 1


def test_every_acknowledged_act_is_there_once(
    present: Program, patients: list[Shared], replicas: list[Listening], today: date
) -> None:
    done = work(present, patients, replicas, today, lambda are_done: are_done.wait())
    assert len(done.kept) > 30
    assert done.unanswered == []
    assert Counter(list_entered(present.engine)) == Counter(done.kept)
    require_whole(present, patients, replicas)


def test_every_acknowledged_act_is_there_once_while_the_server_ends_connections(
    present: Program, patients: list[Shared], replicas: list[Listening], today: date, server: Server
) -> None:
    database = str(present.engine.url.database)

    def disturb(are_done: threading.Event) -> int:
        count, pauses = 0, random.Random(7)
        while not are_done.wait(pauses.uniform(0.3, 1.2)):
            count += server.end_connections(database)
        return count

    done = work(present, patients, replicas, today, disturb)
    entered = Counter(list_entered(present.engine))
    assert set(entered.values()) == {1}, "an act that was entered twice"
    assert set(done.kept) <= set(entered)
    assert set(entered) <= {*done.kept, *done.unanswered}
    assert done.kept
    assert done.unanswered
    require_whole(present, patients, replicas)


def test_while_the_database_is_away_every_replica_says_later_and_then_goes_on(
    present: Program, patients: list[Shared], replicas: list[Listening], server: Server
) -> None:
    before = ask(replicas[0].port, patients[0].calendar)
    server.stop()
    try:
        for replica in replicas:
            for path in ("/healthz", patients[0].page, patients[0].calendar, patients[1].calendar):
                assert ask(replica.port, path)[0] == 503, path
    finally:
        server.start()
    for replica in replicas:
        assert ask(replica.port, "/healthz")[0] == 200
        assert ask(replica.port, patients[0].page)[0] == 200
        assert ask(replica.port, patients[0].calendar)[2] == before[2]
        assert "Traceback" not in replica.log.read_text(encoding="utf-8")
