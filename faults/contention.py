"""F10: writers that read, think and write at the same time all get their turn, and none undoes another's act."""

import time
from multiprocessing.connection import Connection

from sqlalchemy import Engine, func, select

from db import tables
from db.engine import reading
from db.failures import FAILURES
from faults.clinic import NURSE, new_clinic
from faults.figures import Figure, Size, exactly, told
from faults.place import SQLITE, Place
from faults.processes import CONTEXT, end_with_parent
from monitor.bootstrap import assemble
from monitor.config import Config
from monitor.config.settings import Database
from monitor.services.booking import note_contact

FAULT = "F10 writers at once"
WRITERS = 4


def run(place: Place, *, size: Size) -> list[Figure]:
    return [figure for kind in place.kinds for figure in write_at_once(place, kind, each=200 if size == "full" else 10)]


def write_at_once(place: Place, kind: str, *, each: int) -> list[Figure]:
    """Four processes enter notes on the same two patients; each act counts the treatment's revision up by one."""
    program, treatments, _ = new_clinic(place.new_database(kind), patients=2)
    before = _count_acts(program.engine)
    began, pipes = time.monotonic(), []
    for writer in range(WRITERS):
        ours, theirs = CONTEXT.Pipe(duplex=False)
        orders = (program.config.db.url, treatments, each, writer, theirs)
        CONTEXT.Process(target=_write, args=orders, daemon=True).start()
        theirs.close()
        pipes.append(ours)
    found = [pipe.recv() for pipe in pipes]
    seconds = time.monotonic() - began
    after = _count_acts(program.engine)
    program.engine.dispose()
    return [
        exactly(FAULT, kind, "acts committed", found=sum(done for done, _ in found), demanded=WRITERS * each),
        exactly(FAULT, kind, "acts counted in the record", found=after - before, demanded=WRITERS * each),
        exactly(
            FAULT, kind, '"database is locked"' if kind == SQLITE else "failures", found=sum(no for _, no in found),
            demanded=0,
        ),
        told(FAULT, kind, "seconds for all of it", f"{seconds:.1f}"),
    ]  # fmt: skip


def _count_acts(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.sum(tables.treatment.c.revision))).scalar_one())


def _write(url: str, treatments: list[int], each: int, writer: int, said: Connection) -> None:
    end_with_parent()
    program = assemble(Config(db=Database(url=url)))
    done = failed = 0
    for number in range(each):
        try:
            with program.writing(NURSE) as desk:
                note_contact(
                    desk, treatments[(writer + number) % len(treatments)], kind="note", text=f"{writer}-{number}"
                )
        except FAILURES:
            failed += 1
        else:
            done += 1
    said.send((done, failed))
