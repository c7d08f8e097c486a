"""Lanes: fault tests side by side, each lane a process with a place of its own, so that none disturbs another."""

import logging
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import NamedTuple, NoReturn

from faults.figures import Figure, Size
from faults.place import Place, new_place

AT_ONCE = 2
"""They mostly wait: for leases to end, for servers to start. With more of them nothing would be up again in time."""
CONTEXT = get_context("spawn")
"""Nothing of one lane is in another; each has a fork server and a PostgreSQL of its own."""
HUNG_SECONDS = 30.0


class Ran(NamedTuple):
    """One test that has ended. `fault` is the name of what broke it, `told` what there is to read about that."""

    name: str
    figures: list[Figure]
    seconds: float
    fault: str = ""
    told: str = ""


class Lane(NamedTuple):
    """A process that runs what it is asked to, one after the other, and what it is at."""

    process: SpawnProcess
    pipe: Connection
    name: str
    began: float


def run_one(name: str, module: str, place: Place, *, size: Size) -> Ran:
    """A test that breaks down hides no other's figures."""
    began = time.monotonic()
    try:
        figures = import_module(module).run(place, size=size)
    except Exception as fault:  # noqa: BLE001
        return Ran(name, [], time.monotonic() - began, type(fault).__name__, traceback.format_exc())
    return Ran(name, figures, time.monotonic() - began)


def run_side_by_side(modules: Mapping[str, str], *, size: Size, at_once: int) -> Generator[Ran, None, None]:
    """Tests by name and module, each as it ends. Leaving early ends those that run, with all that they have started."""
    waiting, lanes, leaving = deque(modules.items()), list[Lane](), list[SpawnProcess]()
    try:
        while waiting or lanes:
            while waiting and len(lanes) < at_once:
                lanes.append(_take_up(_start(size), *waiting.popleft()))
            for pipe in wait([lane.pipe for lane in lanes]):
                lane = next(one for one in lanes if one.pipe is pipe)
                lanes.remove(lane)
                ran = _hear(lane)
                if ran is None:
                    yield _fallen(lane)
                    continue  # what is left is for a new lane
                if waiting:
                    lanes.append(_take_up(lane, *waiting.popleft()))
                else:
                    lane.pipe.close()
                    leaving.append(lane.process)
                yield ran
    finally:
        for lane in lanes:
            lane.process.terminate()
        for process in [*leaving, *(lane.process for lane in lanes)]:
            process.join(HUNG_SECONDS)


def _start(size: Size) -> Lane:
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_live, args=(theirs, size))
    process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    return Lane(process, ours, "", 0.0)


def _take_up(lane: Lane, name: str, module: str) -> Lane:
    lane.pipe.send((name, module))
    return lane._replace(name=name, began=time.monotonic())


def _hear(lane: Lane) -> Ran | None:
    try:
        ran = lane.pipe.recv()
    except (EOFError, ConnectionError):
        return None
    assert isinstance(ran, Ran)
    return ran


def _fallen(lane: Lane) -> Ran:
    lane.process.join(HUNG_SECONDS)
    told = f"the process that ran {lane.name} ended with status {lane.process.exitcode}\n"
    return Ran(lane.name, [], time.monotonic() - lane.began, "process ended", told)


# --- Within a lane --------------------------------------------------------------------------------------


def _live(pipe: Connection, size: Size) -> None:
    """Until the other end closes the pipe, in whatever way it ends."""
    logging.disable()  # what the program says of each fault is no news here
    with _leaving_in_order(), new_place() as place:
        while True:
            try:
                name, module = pipe.recv()
            except (EOFError, ConnectionError):
                return
            pipe.send(run_one(name, module, place, size=size))


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """So that servers, disks and folders go in any case."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)
    yield
