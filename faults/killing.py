"""F1 and F2: replicas that are killed while they send lose no letter, and replicas that are left alone double none."""

import random
import time
from collections.abc import Callable
from contextlib import closing

from sqlalchemy import Engine

from db.engine import open_engine
from db.fault_points import FaultPoint
from faults.clocks import new_clock
from faults.crew import Crew, new_crew
from faults.figures import Figure, Size, at_least, at_most, exactly, told
from faults.outbox import Outcome, count_ended, judge, list_rows, plant
from faults.place import Place
from faults.sink import new_sink
from faults.working import Orders

KILLED, CALM = "F1 kill -9 while sending", "F2 nothing happens"
WORKERS = 4
SINK_SECONDS = 0.02
SPEED = 30.0
"""The test's clock: what a worker leaves when it is killed is free again after four seconds instead of two minutes."""
POINTS = (FaultPoint.BEFORE_HANDOFF, FaultPoint.AFTER_HANDOFF, FaultPoint.AFTER_DATA, FaultPoint.BEFORE_END)
LONGEST_SECONDS = 240.0
SEED = 4


def run(place: Place, *, size: Size) -> list[Figure]:
    letters, kills, calm = (750, 100, 300) if size == "full" else (40, 8, 24)
    figures: list[Figure] = []
    for kind in place.kinds:
        figures += kill(place, kind, letters=letters, kills=kills)
    for kind in place.kinds:
        figures += leave_alone(place, kind, letters=calm)
    return figures


def kill(place: Place, kind: str, *, letters: int, kills: int) -> list[Figure]:
    lots = random.Random(SEED)

    def disturb(crew: Crew, ended: int) -> None:
        """As far along with the kills as with the letters, so that there are enough of them before all are sent."""
        if crew.kills >= kills * 1.2:
            crew.calm_down()
        elif crew.kills <= kills * 1.2 * ended / (letters * 0.9) or lots.random() < 0.2:
            crew.kill_one()

    outcome, crew, seconds = send_all(
        place, kind, letters=letters, speed=SPEED, lots=lots, points=POINTS, disturb=disturb
    )
    return [
        at_least(KILLED, kind, "workers killed, half of them at a fault point", found=crew.kills, demanded=kills),
        exactly(KILLED, kind, "letters lost", found=outcome.lost, demanded=0),
        exactly(KILLED, kind, "distinct Message-IDs", found=outcome.distinct, demanded=letters),
        at_most(KILLED, kind, "extra copies", found=outcome.extra, demanded=crew.kills),
        exactly(KILLED, kind, "extra copies of a letter that was tried once", found=outcome.unexplained, demanded=0),
        exactly(KILLED, kind, "copies that differ by a byte", found=outcome.differing, demanded=0),
        exactly(KILLED, kind, "workers that fell by themselves", found=crew.faults, demanded=0),
        told(KILLED, kind, "seconds for all of it", f"{seconds:.1f}"),
    ]


def leave_alone(place: Place, kind: str, *, letters: int) -> list[Figure]:
    outcome, crew, seconds = send_all(
        place, kind, letters=letters, speed=1.0, lots=random.Random(SEED), points=(), disturb=lambda crew, ended: None
    )
    return [
        exactly(CALM, kind, "letters lost", found=outcome.lost, demanded=0),
        exactly(CALM, kind, "distinct Message-IDs", found=outcome.distinct, demanded=letters),
        exactly(CALM, kind, "extra copies", found=outcome.extra, demanded=0),
        exactly(CALM, kind, "workers that fell by themselves", found=crew.faults, demanded=0),
        told(CALM, kind, "seconds for all of it", f"{seconds:.1f}"),
    ]


def send_all(
    place: Place, kind: str, *, letters: int, speed: float, lots: random.Random,
    points: tuple[FaultPoint, ...], disturb: Callable[[Crew, int], None],
) -> tuple[Outcome, Crew, float]:  # fmt: skip
    """Plant letters and let a crew send them, disturbed as often as one can look; stops by itself in any case."""
    folder, url = place.new_folder("sending"), place.new_database(kind)
    clock = new_clock(folder, speed=speed)
    engine = open_engine(url)
    with closing(_Disposed(engine)), new_sink(folder, seconds=SINK_SECONDS) as sink:
        plant(engine, clock, letters)
        orders = Orders(url, clock.file, speed, sink.port)
        began = time.monotonic()
        with new_crew(orders, workers=WORKERS, lots=lots, points=points) as crew:
            while (ended := count_ended(engine)) < letters and time.monotonic() < began + LONGEST_SECONDS:
                disturb(crew, ended)
                time.sleep(lots.uniform(0.02, 0.1))
                crew.keep_up()
            seconds = time.monotonic() - began
        return judge(list_rows(engine), sink.copies()), crew, seconds


class _Disposed:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()
