"""F16: whatever a scheduler remembers may be gone at any time, and nobody can tell by what is sent."""

import random
import time
from datetime import timedelta

from sqlalchemy import delete

from db import tables
from db.engine import Engine, open_engine, writing
from faults.clinic import CLINIC, new_clinic
from faults.clocks import STARTS_AT, new_clock
from faults.crew import Crew, new_crew
from faults.figures import Figure, Size, at_least, exactly
from faults.outbox import states_of
from faults.place import SQLITE, Place
from faults.sink import extra_copies, new_sink
from faults.ward import RECIPIENTS, add_recipients
from faults.working import Orders

FAULT = "F16 scheduler forgets"
DAY = timedelta(days=1)
WORKERS = 2
LONGEST_SECONDS = 120.0
SEED = 16


def run(place: Place, *, size: Size) -> list[Figure]:
    days, kinds = (3, place.kinds) if size == "full" else (1, [SQLITE])
    return [figure for kind in kinds for figure in wipe(place, kind, days=days)]


def wipe(place: Place, kind: str, *, days: int) -> list[Figure]:
    """Two processes with the real scheduler, one look a second, through some days; both forget all the time."""
    url, folder, lots = place.new_database(kind), place.new_folder("wiping"), random.Random(SEED)
    base, _, _ = new_clinic(url, patients=1, at=STARTS_AT - DAY)
    base.engine.dispose()
    clock, engine = new_clock(folder, at=STARTS_AT - timedelta(hours=1)), open_engine(url)
    add_recipients(engine, STARTS_AT - DAY, [(login, CLINIC) for login in RECIPIENTS])
    rows = 0
    with new_sink(folder) as sink:
        orders = Orders(url, clock.file, clock.speed, sink.port, "digests")
        with new_crew(orders, workers=WORKERS, lots=lots, by_schedule=True) as crew:
            for day in range(days):
                _restart_all(crew)  # in the calm between two days: what a kill in mid-sending may cost is F1's
                clock.set_to(STARTS_AT + DAY * day + timedelta(seconds=1))
                until = time.monotonic() + LONGEST_SECONDS
                while states_of(engine)["sent"] < len(RECIPIENTS) * (day + 1) and time.monotonic() < until:
                    rows += _forget(engine)
                    time.sleep(lots.uniform(0.05, 0.3))
            time.sleep(2.0)  # two more looks, after which nothing may have come
        copies, states = sink.copies(), states_of(engine)
    engine.dispose()
    return [
        at_least(FAULT, kind, "rows of heartbeats and of daily work taken away", found=rows, demanded=1),
        at_least(FAULT, kind, "processes whose scheduler lost its memory", found=crew.kills, demanded=WORKERS * days),
        exactly(
            FAULT, kind, "letters sent", found=len({one.message_id for one in copies}),
            demanded=len(RECIPIENTS) * days,
        ),
        exactly(FAULT, kind, "letters sent twice", found=sum(extra_copies(copies).values()), demanded=0),
        exactly(FAULT, kind, "letters of any other state", found=states.total() - states["sent"], demanded=0),
    ]  # fmt: skip


def _restart_all(crew: Crew) -> None:
    for _ in range(WORKERS):
        crew.kill_next()


def _forget(engine: Engine) -> int:
    """Everything that only says who looked when."""
    with writing(engine) as connection:
        return sum(connection.execute(delete(table)).rowcount for table in (tables.heartbeat, tables.job_run))
