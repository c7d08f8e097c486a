"""The closing scenario: a week of digests of the example clinics, while the processes that send them are killed."""

import random
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, func, select

from db import copying, tables
from db.engine import open_engine, reading, writing
from db.fault_points import FaultPoint
from examples.folder import Folder
from examples.make_clinic import invent_group, make
from examples.performing import on_day
from examples.setting_up import PREPARATION, import_lists, set_up
from faults.clocks import new_clock
from faults.crew import Crew, new_crew
from faults.figures import Figure, Size, at_least, at_most, exactly, told
from faults.outbox import judge, list_rows, look_up
from faults.place import SQLITE, Place
from faults.sink import new_sink
from faults.ward import add_recipients
from faults.working import Orders
from monitor.bootstrap import assemble
from monitor.config import Config
from monitor.config.settings import Database

FAULT = "F1 a week of the example clinics"
RECIPIENTS = (("olga", "north"), ("ada", "north"), ("bea", "south"), ("dora", "coast"))
FIRST_AT = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
"""Monday; it is past 7 o'clock in Northfield, in Southdale and in Coastview, which lies at the American east coast."""
WORKERS, DAY = 2, timedelta(days=1)
SPEED = 30.0
SINK_SECONDS = 0.02
POINTS = (
    FaultPoint.PLAN_ADDED, FaultPoint.PLANNED, FaultPoint.BEFORE_HANDOFF, FaultPoint.AFTER_HANDOFF,
    FaultPoint.AFTER_DATA, FaultPoint.BEFORE_END,
)  # fmt: skip
LONGEST_SECONDS = 120.0
"""For one day."""
KILLS_A_DAY = 7
SEED = 1


def run(place: Place, *, size: Size) -> list[Figure]:
    days, kinds = (7, place.kinds) if size == "full" else (1, [SQLITE])
    made = place.new_database(SQLITE)
    patients = make_clinics(place, made, is_whole=size == "full")
    return [
        figure
        for kind in kinds
        for figure in live_through(place, kind, copy_of(place, made, kind), days=days, patients=patients)
    ]


def live_through(place: Place, kind: str, url: str, *, days: int, patients: int) -> list[Figure]:
    folder, lots = place.new_folder("week"), random.Random(SEED)
    clock, engine = new_clock(folder, speed=SPEED, at=FIRST_AT - DAY), open_engine(url)
    add_recipients(engine, FIRST_AT - DAY, RECIPIENTS)
    began = time.monotonic()
    with new_sink(folder, seconds=SINK_SECONDS) as sink:
        orders = Orders(url, clock.file, SPEED, sink.port, "everything")
        with new_crew(orders, workers=WORKERS, lots=lots, points=POINTS) as crew:
            for day in range(days):
                clock.set_to(FIRST_AT + DAY * day)
                live_a_day(engine, crew, lots, wanted=len(RECIPIENTS) * (day + 1), kills=KILLS_A_DAY * (day + 1))
        # One letter may tell of several steps of an escalation; each of the others has a row that only says so.
        rows = [row for row in list_rows(engine) if (row.kind, row.state) != ("escalation", "skipped")]
        copies = sink.copies()
    outcome, by_day = judge(rows, copies), _count_days(engine)
    engine.dispose()
    wanted, taken = len(RECIPIENTS) * days, {one.message_id for one in copies}
    digests = {row.message_id for row in rows if row.kind == "daily"}
    return [
        told(FAULT, kind, "example patients, recipients, days", f"{patients}, {len(RECIPIENTS)}, {days}"),
        at_least(FAULT, kind, "processes killed", found=crew.kills, demanded=KILLS_A_DAY * days),
        exactly(FAULT, kind, "letters lost", found=wanted - len(digests) + outcome.lost, demanded=0),
        exactly(
            FAULT, kind, "distinct Message-IDs of digests (recipients x days)", found=len(digests & taken),
            demanded=wanted,
        ),
        exactly(
            FAULT, kind, "distinct Message-IDs of other letters, which are about escalations",
            found=len(taken - digests), demanded=outcome.letters - len(digests),
        ),
        exactly(
            FAULT, kind, "days with a letter to each recipient", found=list(by_day.values()).count(len(RECIPIENTS)),
            demanded=days,
        ),
        at_most(FAULT, kind, "extra copies", found=outcome.extra, demanded=crew.kills),
        exactly(FAULT, kind, "extra copies of a letter that was tried once", found=outcome.unexplained, demanded=0),
        exactly(FAULT, kind, "copies that differ by a byte", found=outcome.differing, demanded=0),
        told(FAULT, kind, "seconds for the week", f"{time.monotonic() - began:.1f}"),
    ]  # fmt: skip


def live_a_day(engine: Engine, crew: Crew, lots: random.Random, *, wanted: int, kills: int) -> None:
    """Kill until the day has its share, and go on until its letters are sent; stops by itself in any case."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until and (_count_sent(engine) < wanted or crew.kills < kills):
        time.sleep(lots.uniform(0.1, 0.6))
        crew.keep_up()
        if crew.kills < kills:
            crew.kill_one()


def make_clinics(place: Place, url: str, *, is_whole: bool) -> int:
    """The example clinics with their lists imported, or empty; returns how many patients there are."""
    program = assemble(Config(db=Database(url=url)))
    group = invent_group(FIRST_AT.date())
    set_up(on_day(program, group.started_on - PREPARATION))
    if is_whole:
        folder = Folder(place.new_folder("clinics"))
        for name, content in make(group).items():
            folder.claim(f"clinic/{name}").write_bytes(content)
        import_lists(on_day(program, group.started_on), folder.path / "clinic", lambda sentence: None)
    with reading(program.engine) as connection:
        patients = connection.execute(select(func.count()).select_from(tables.patient)).scalar_one()
    program.engine.dispose()
    return int(patients)


def copy_of(place: Place, made: str, kind: str) -> str:
    """The same record in a database of that kind, as `monitor copy` does it: making it again would take as long."""
    url = place.new_database(kind)
    source, target = open_engine(made), open_engine(url)
    copying.prepare(target)
    with reading(source) as old, writing(target) as new:
        copying.copy_rows(old, new)
    source.dispose()
    target.dispose()
    return url


def _count_sent(engine: Engine) -> int:
    """Digests; but while any other letter waits, nothing counts as done."""
    rows = list_rows(engine)
    waits = any(row.state not in {"sent", "skipped"} for row in rows)
    return 0 if waits else sum(row.kind == "daily" for row in rows)


def _count_days(engine: Engine) -> Counter[date]:
    letter = tables.letter
    query = select(letter.c.day).where(letter.c.state == "sent", letter.c.kind == "daily")
    return Counter(row.day for row in look_up(engine, query))
