"""Runs every `bench_*.py` and prints its rows; names after the command choose: `python -m benchmarks plan`."""

import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import Row


def main(wanted: list[str]) -> int:
    names = [path.stem.removeprefix("bench_") for path in sorted(Path(__file__).parent.glob("bench_*.py"))]
    if unknown := set(wanted) - set(names):
        print(f"No benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(names)}.", file=sys.stderr)
        return 2
    talk, console = Console(stderr=True), Console()
    table = Table("measured", "figure", "target", "met", title="Ratios, taken in one run on this machine")
    rows: list[Row] = []
    for name in wanted or names:
        with talk.status(f"measuring: {name}"):
            rows += import_module(f"benchmarks.bench_{name}").run()
    for row in rows:
        table.add_row(row.what, row.figure, row.target, "yes" if row.is_met else "[bold]NO[/bold]")
    console.print(table)
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
