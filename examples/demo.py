"""Shows the program at work on an invented clinic, in a folder of its own, within a minute and without a network.

python3 run.py demo              begin, or go on with what was made today
python3 run.py demo --fresh      begin again
python3 run.py demo --no-serve   end after writing the files
"""

import argparse
import contextlib
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

from examples.caring import care
from examples.folder import DATABASE, Folder
from examples.inventing import SITES
from examples.issuing import PORT, find_port, issue_addresses, say_addresses
from examples.letting_in import let_in, say_people
from examples.mailing import OUTBOX, let_staff_read, send_digest
from examples.make_clinic import Group, invent_group, make
from examples.performing import AFTERNOON, on_day, perform
from examples.setting_up import PREPARATION, import_lists, set_up
from examples.showing import find_behind, list_calendars, say_what_is_next, show_worklist, write_results
from monitor.bootstrap import Program, assemble
from monitor.cli.progress import counting
from monitor.clock import Clock, FixedClock, SystemClock, today_in
from monitor.config import Config
from monitor.jobs.scheduler import running_jobs
from monitor.web.serving import serve as serve_on
from schedules.errors import FileRefused, Refusal

ROOT = Path(__file__).resolve().parents[1]
MADE_ON = "made-on.txt"
UNSERVED = "`python3 run.py demo` without --no-serve serves all of it on this machine."
JOINED = timedelta(days=2)
"""So long ago the staff confirmed their addresses, so that this morning's digest is theirs."""


def main(argv: Sequence[str]) -> int:
    asked = _parser().parse_args(argv)
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", "80")
    try:
        run(asked.to, today=asked.today, fresh=asked.fresh, serve=not asked.no_serve)
    except Refusal as refusal:
        if isinstance(refusal, FileRefused):
            print(*refusal.problems, sep="\n", file=sys.stderr)
        print(f"The demo stopped: {refusal}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The demo stopped: {error.filename or 'a file'}: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was stopped. Run it again; it begins anew.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, default=ROOT / "demo-output", metavar="DIR", help="demo-output if left out")
    parser.add_argument("--today", type=date.fromisoformat, metavar="DAY", help="pretend that today is another day")
    parser.add_argument("--fresh", action="store_true", help="begin again, even if the demo was made today")
    parser.add_argument("--no-serve", action="store_true", help="end after writing the files")
    return parser


def run(to: Path, *, today: date | None, fresh: bool, serve: bool) -> None:
    """Make the record, unless today's is there, then show, write and serve what people would see."""
    clock: Clock = FixedClock(datetime.combine(today, AFTERNOON, tzinfo=UTC)) if today else SystemClock()
    day = today or today_in(SITES[0].time_zone, clock)
    folder = Folder(to)
    group = invent_group(day)
    _say_who_we_are(group)
    if fresh or not _is_made(folder, day):
        make_record(folder, group, clock)
    else:
        _step(f"the record in {_near(to)} was made today and is kept (--fresh begins again)")
    with opened(to, clock) as program:
        send_digest(program)
        calendars = list_calendars(group)
        written = write_results(program, folder, calendars)
        show_worklist(program)
    print("\nWritten, for you to open:\n")
    for path, what in written:
        print(f"  {_near(path):<38} {what}")
    executable = Path(sys.executable).parent / "monitor"
    say_what_is_next(group, config=_near(to / "config.yaml"), folder=_near(to), monitor=_near(executable))
    port = find_port() if serve else PORT
    base = f"http://127.0.0.1:{port}"
    say_addresses(folder, base, is_served=serve)
    say_people(folder, base, is_served=serve)
    print("\nThe README's tour takes two minutes. Stop with Ctrl+C.\n" if serve else f"\n{UNSERVED}", flush=True)
    if serve:
        with opened(to, clock) as program:
            serve_on(program, host="127.0.0.1", port=port, only_feeds=False, say=_step, beside=running_jobs)


def _say_who_we_are(group: Group) -> None:
    print("Safety monitoring after an infusion: a demonstration\n")
    sites = ", ".join(site.id for site in SITES)
    print(f"Three clinics ({sites}) and {len(group.stories)} patients, all of them INVENTED.")
    print("The physician's approval is invented, too: nothing here is for real use.\n")


def make_record(folder: Folder, group: Group, clock: Clock) -> None:
    """A new record in the folder, with everything that the program can keep, and the settings to open it with."""
    folder.clear()
    files = make(group)
    for name, content in files.items():
        folder.claim(f"clinic/{name}").write_bytes(content)
    _step(f"invented the lists that the clinics export: {_near(folder.path / 'clinic')}")
    settings = {
        "db": {"url": f"sqlite:///{folder.claim(DATABASE).resolve()}"},
        "mail": {"folder": str(folder.claim_mails(OUTBOX).resolve())},
        "feed": {"contact": "Day clinic North (invented), Mon to Fri 8 to 15", "telephone": "+49 30 00000-0"},
    }
    folder.claim("config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with opened(folder.path, clock) as program:
        set_up(on_day(program, group.started_on - PREPARATION))
        _step("set up a database, people, three sites and (invented) approvals")
        report = import_lists(on_day(program, group.started_on), folder.path / "clinic", _step)
        folder.claim("import-report.txt").write_text(report, encoding="utf-8")
        with counting("Two weeks of work", len(group.acts)) as advance:
            perform(program, group.acts, advance)
        _step(f"entered two weeks of the nurses' work: {len(group.acts)} acts")
        care(program, group)
        _step("gave patients nurses and days that suit, and clinics some days off")
        let_in(program, folder)
        let_staff_read(on_day(program, group.today - JOINED))
        send_digest(on_day(program, group.today - timedelta(days=1)))
        _step("let three people get the digest, each confirmed by a code from a mail")
        issue_addresses(program, folder, find_behind(group))
    folder.claim(MADE_ON).write_text(f"{group.today}\n", encoding="utf-8")


def _is_made(folder: Folder, day: date) -> bool:
    made_on = folder.path / MADE_ON
    return made_on.is_file() and made_on.read_text(encoding="utf-8").strip() == str(day)


@contextlib.contextmanager
def opened(to: Path, clock: Clock) -> Iterator[Program]:
    """The program on the demo's database alone, whatever MONITOR_… variables say."""
    settings = yaml.safe_load((to / "config.yaml").read_text(encoding="utf-8"))
    program = assemble(Config.model_validate(settings), clock=clock)
    try:
        yield program
    finally:
        program.engine.dispose()


def _step(sentence: str) -> None:
    print(f"· {sentence}", flush=True)


def _near(path: Path) -> str:
    """The path as it would be typed here."""
    here = Path.cwd().resolve()
    whole = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow .venv/bin out of the project
    return shlex.quote(str(whole.relative_to(here) if whole.is_relative_to(here) else whole))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
