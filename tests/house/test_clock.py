"""Only monitor/clock.py reads the wall clock, so that every day and instant can be handed in by a test."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOCKS = {
    "datetime.datetime": {"now", "utcnow", "today"},
    "datetime.date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime"},
    "pendulum": {"now", "today", "tomorrow", "yesterday"},
    "pendulum.DateTime": {"now", "utcnow", "today"},
    "pendulum.Date": {"today"},
    # The clock of the database server is a clock, too.
    "sqlalchemy.func": {"now", "current_timestamp", "current_date", "localtimestamp"},
}
FORBIDDEN = {f"{owner}.{name}" for owner, names in CLOCKS.items() for name in names}


def clock_readings(source: str) -> Iterator[str]:
    """Every mention of a clock, called or not: `default=datetime.now` reads it, only later."""
    tree = ast.parse(source)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names |= {alias.asname or alias.name: alias.name for alias in node.names}
            case ast.ImportFrom(module=str(module)):
                names |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and (found := dotted(node, names)) in FORBIDDEN:
            yield f"line {node.lineno}: {found}"


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            return f"{dotted(value, names)}.{attribute}"
        case _:
            return ""


def modules() -> list[Path]:
    everything = [path for name in ("monitor", "db", "schedules") for path in (ROOT / name).rglob("*.py")]
    return sorted(path for path in everything if path != ROOT / "monitor" / "clock.py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_reads_no_clock(path):
    assert list(clock_readings(path.read_text(encoding="utf-8"))) == []


def test_the_clock_does_read_it():
    assert list(clock_readings((ROOT / "monitor" / "clock.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.utcnow()",
        "import datetime as dt\ndt.date.today()",
        "from datetime import date as day\nday.today()",
        "from datetime import datetime\nfield(default_factory=datetime.now)",
        "import time\ntime.time()",
        "from time import time\ntime()",
        "import pendulum\npendulum.now('UTC')",
        "from pendulum import today\ntoday()",
        "from sqlalchemy import func\nfunc.now()",
    ],
)
def test_finds(source):
    assert len(list(clock_readings(source))) == 1


@pytest.mark.parametrize(
    "source",
    ["clock.now()", "today = 1\ntoday", "import time\ntime.monotonic()", "from datetime import date\ndate(1, 1, 1)"],
)
def test_leaves_alone(source):
    assert list(clock_readings(source)) == []
