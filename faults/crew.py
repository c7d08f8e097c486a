"""The crew: workers that are killed at random or die at a fault point, and are replaced at once."""

import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from db.fault_points import FaultPoint
from faults.processes import CONTEXT
from faults.working import Death, Orders, work, work_by_schedule


class Crew:
    """So many workers, at any time. `points`: where every other new one is to die, drawn by lot."""

    def __init__(
        self, orders: Orders, *, workers: int, lots: random.Random, points: Sequence[FaultPoint] = (),
        by_schedule: bool = False,
    ) -> None:  # fmt: skip
        self._orders, self._lots, self._points, self._by_schedule = orders, lots, points, by_schedule
        self.kills = 0
        self.faults = 0
        self._workers = [self._start() for _ in range(workers)]

    def kill_one(self) -> None:
        self._lots.choice(self._workers).kill()
        self.keep_up()

    def kill_next(self) -> None:
        """Each in its turn."""
        self._workers[0].kill()
        self._workers[0].join()
        self.keep_up()
        self._workers.append(self._workers.pop(0))

    def keep_up(self) -> None:
        """Replace the dead: those that were killed are counted, those that fell by themselves are faults."""
        for at, worker in enumerate(self._workers):
            if worker.exitcode is None:
                worker.join(0)
            if worker.exitcode is not None:
                self._count(worker)
                self._workers[at] = self._start()

    def calm_down(self) -> None:
        """From now on nobody dies by order, apart from those that were sent out to."""
        self._points = ()

    def stop(self) -> None:
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.join()

    def _count(self, worker: BaseProcess) -> None:
        if worker.exitcode == -signal.SIGKILL:
            self.kills += 1
        else:
            self.faults += 1

    def _start(self) -> BaseProcess:
        death = None
        if self._points and self._lots.random() < 0.5:
            death = Death(self._lots.choice(self._points), self._lots.randint(1, 5))
        if self._by_schedule:
            worker = CONTEXT.Process(target=work_by_schedule, args=(self._orders,), daemon=True)
        else:
            worker = CONTEXT.Process(target=work, args=(self._orders, death), daemon=True)
        worker.start()
        return worker


@contextmanager
def new_crew(
    orders: Orders, *, workers: int, lots: random.Random, points: Sequence[FaultPoint] = (), by_schedule: bool = False
) -> Iterator[Crew]:
    crew = Crew(orders, workers=workers, lots=lots, points=points, by_schedule=by_schedule)
    try:
        yield crew
    finally:
        crew.stop()
