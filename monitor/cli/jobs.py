"""`monitor jobs`: what the program does by itself, in a process that answers nobody."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import click

from monitor.cli.context import program_of, say


@click.command()
@click.pass_context
def jobs(ctx: click.Context) -> None:
    """Plan and send mail, keep copies of the record, until SIGTERM or Ctrl+C.

    `monitor serve` does so itself unless it is told --no-jobs. Several processes may run jobs at once: each letter
    goes out once.
    """
    from monitor.jobs.scheduler import running_jobs
    from monitor.logs import set_up_logs

    program = program_of(ctx)
    set_up_logs()
    with _until_told() as told:
        try:
            with running_jobs(program) as replica:
                say(f"Running jobs as {replica}")
                told.wait()
        finally:
            program.engine.dispose()


@contextmanager
def _until_told() -> Iterator[Event]:
    """Set by SIGTERM or Ctrl+C; a second one changes nothing, since what is in flight takes seconds at most."""
    told = Event()
    before = {one: signal.signal(one, lambda *_: told.set()) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
