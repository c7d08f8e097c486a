"""Runs the fault tests and prints their figures; names after the command choose: `python -m faults killing`."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, get_args

from faults.figures import NEITHER, Figure, Size
from faults.lanes import AT_ONCE, Ran, run_side_by_side

if TYPE_CHECKING:
    from rich.table import Table

PACKAGE = "faults"
MODULES = {
    "killing": "F1, F2",
    "week": "F1",
    "machine": "all orders",
    "refusing": "F3",
    "daylight": "F4",
    "downtime": "F5",
    "clock_steps": "F6",
    "databases": "F7",
    "disks": "F8",
    "contention": "F10",
    "migrations": "F11",
    "backups": "F12",
    "chain": "F13",
    "wiping": "F16",
}
"""By name, in the order in which they are taken up, with the number under which the table lists each."""
ALONE = {"refusing", "databases", "disks", "contention"}
"""Of these seconds are demanded, so that each has the machine to itself, after all the others."""


def main(argv: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers, disks and folders go in any case
    from rich.console import Console  # only here: each of a thousand processes that are killed imports this module

    asked = _parser().parse_args(argv)
    if unknown := sorted(set(asked.names) - set(MODULES)):
        print(f"No fault test is called {', '.join(unknown)}; there are {', '.join(MODULES)}.", file=sys.stderr)
        return 2
    began = time.monotonic()
    figures = run_all(asked.names or list(MODULES), size=asked.size)
    print(f"· all of it {time.monotonic() - began:.0f} s", file=sys.stderr)
    Console(width=None if sys.stdout.isatty() else 150).print(table_of(figures, size=asked.size))
    return 0 if all(one.is_met for one in figures) else 1


def run_all(names: Sequence[str], *, size: Size) -> list[Figure]:
    """Every figure, in the order of the names; what each test took is said on stderr as soon as it has ended."""
    found: dict[str, list[Figure]] = {}
    for at_once, some in (
        (AT_ONCE, [name for name in names if name not in ALONE]),
        (1, [name for name in names if name in ALONE]),
    ):
        modules = {name: f"{PACKAGE}.{name}" for name in some}
        with closing(run_side_by_side(modules, size=size, at_once=at_once)) as running:
            for ran in running:
                found[ran.name] = _note(ran)
    return [figure for name in dict.fromkeys(names) for figure in found[name]]


def _note(ran: Ran) -> list[Figure]:
    """A line for each test, whole, so that those which run at once can be told apart."""
    fault = MODULES[ran.name]
    print(f"{ran.told}· {fault} {ran.name} … {ran.seconds:.1f} s", file=sys.stderr, flush=True)
    return [*ran.figures, *([Figure(fault, NEITHER, ran.name, ran.fault, "figures", False)] if ran.fault else [])]


def table_of(figures: Sequence[Figure], *, size: Size) -> "Table":
    from rich.table import Table

    table = Table("fault", "database", "what", "figure", "demanded", "met", title=f"Fault tests, {size} size")
    for before, one in zip([None, *figures], figures, strict=False):
        if before and before.fault != one.fault:
            table.add_section()
        met = "" if not one.demanded else "yes" if one.is_met else "[bold red]NO[/bold red]"
        table.add_row(one.fault, one.database, one.what, one.figure, one.demanded, met)
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MODULES)}  [all]")
    parser.add_argument("--size", choices=get_args(Size), default="full", help="fast takes a few seconds each  [full]")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
