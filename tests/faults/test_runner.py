"""The runner of the fault tests: one table, and an exit code that says whether every demand is met."""

import multiprocessing
import re
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from faults import __main__ as runner
from faults.figures import at_least, at_most, exactly, told
from faults.lanes import run_side_by_side

MET = """
from faults.figures import exactly

def run(place, *, size):
    return [exactly("F0", "-", "counted", found=1, demanded=1)]
"""
UNMET = MET.replace("demanded=1", "demanded=2")
BROKEN = "run = lambda place, *, size: 1 / 0"
FALLEN = "import os\nrun = lambda place, *, size: os._exit(7)"
MEETING = """
import time
from pathlib import Path
from faults.figures import exactly

def run(place, *, size):
    Path("{here}", "{own}").touch()
    until = time.monotonic() + 60
    while not Path("{here}", "{other}").exists():
        assert time.monotonic() < until, "nobody else is there"
        time.sleep(0.01)
    return [exactly("F0", "-", "{own} has met {other}", found=1, demanded=1)]
"""
IN_A_PROCESS = """
import os
from faults.figures import told

def run(place, *, size):
    return [told("F0", "-", "process", f"<{os.getpid()}>")]
"""
STUCK = """
import time
from pathlib import Path

def run(place, *, size):
    Path("{here}", "at").write_text(f"{place.folder}.")
    time.sleep(600)
"""

Invent = Callable[..., None]


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invent:
    """`invented(name=text, …)`: the only fault tests that there are, in this order."""

    def invent(**texts: str) -> None:
        folder = tmp_path / "invented_faults"
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)  # a lane looks for modules where its maker does
        monkeypatch.setattr(runner, "PACKAGE", folder.name)
        monkeypatch.setattr(runner, "MODULES", {name: f"F{at}" for at, name in enumerate(texts)})

    return invent


def test_every_demand_met_is_a_success(invented, capsys):
    invented(met=MET, by_the_way=IN_A_PROCESS)
    assert runner.main(["--size", "fast"]) == 0
    said = capsys.readouterr()
    assert "counted" in said.out
    assert "process" in said.out
    assert "· F0 met … " in said.err


def test_one_demand_not_met_is_a_failure(invented, capsys):
    invented(met=MET, unmet=UNMET)
    assert runner.main([]) == 1
    assert "NO" in capsys.readouterr().out


def test_a_test_that_breaks_down_is_a_failure_and_hides_no_other(invented, capsys):
    invented(broken=BROKEN, met=MET)
    assert runner.main([]) == 1
    said = capsys.readouterr()
    assert "ZeroDivisionError" in said.out
    assert "Traceback" in said.err
    assert "counted" in said.out


def test_a_test_that_takes_its_process_with_it_is_a_failure_and_hides_no_other(invented, capsys):
    invented(fallen=FALLEN, met=MET, also=MET)
    assert runner.main([]) == 1
    said = capsys.readouterr()
    assert "process ended" in said.out
    assert "status 7" in said.err
    assert said.out.count("counted") == 2


def test_two_run_side_by_side_and_stand_in_the_table_as_they_were_named(invented, capsys, tmp_path):
    """Each waits for the other; the one that is named first ends last."""
    first = MEETING.format(here=tmp_path, own="one", other="two").replace("return", "time.sleep(0.5)\n    return")
    invented(first=first, second=MEETING.format(here=tmp_path, own="two", other="one"))
    assert runner.main([]) == 0
    said = capsys.readouterr()
    assert said.out.index("one has met two") < said.out.index("two has met one")
    assert len([line for line in said.err.splitlines() if line.startswith("· F")]) == 2


@pytest.mark.parametrize(("alone", "processes"), [({"one", "two"}, 1), (set(), 2)])
def test_those_of_which_seconds_are_demanded_run_one_after_the_other(invented, capsys, monkeypatch, alone, processes):
    invented(one=IN_A_PROCESS, two=IN_A_PROCESS)
    monkeypatch.setattr(runner, "ALONE", alone)
    assert runner.main([]) == 0
    assert len(set(re.findall(r"<\d+>", capsys.readouterr().out))) == processes


def test_they_run_after_all_others(invented, capsys, monkeypatch):
    invented(quiet=MET, other=MET)
    monkeypatch.setattr(runner, "ALONE", {"quiet"})
    assert runner.main([]) == 0
    said = capsys.readouterr().err
    assert said.index("F1 other") < said.index("F0 quiet")


def test_only_known_tests_have_the_machine_to_themselves():
    assert set(runner.MODULES) > runner.ALONE


def test_whoever_leaves_early_leaves_no_process_and_no_folder(invented, tmp_path):
    before = multiprocessing.active_children()
    invented(stuck=STUCK.replace("{here}", str(tmp_path)), met=MET)
    modules = {name: f"invented_faults.{name}" for name in ("stuck", "met")}
    note = tmp_path / "at"
    with closing(run_side_by_side(modules, size="fast", at_once=2)) as running:
        assert next(running).name == "met"
        while not (note.exists() and note.read_text().endswith(".")):
            assert multiprocessing.active_children() != before, "the one that is stuck has ended"
        place = Path(note.read_text().removesuffix("."))
        assert place.exists()
    assert not place.exists()
    assert multiprocessing.active_children() == before


def test_an_unknown_name_is_a_usage_error_and_tells_the_known_ones(invented, capsys):
    invented(invented=MET)
    assert runner.main(["killling"]) == 2
    assert "there are invented" in capsys.readouterr().err


def test_a_figure_that_only_informs_has_no_word_under_met():
    out = StringIO()
    Console(file=out, width=120).print(runner.table_of([told("F0", "-", "by the way", "2")], size="fast"))
    assert "yes" not in out.getvalue()


@pytest.mark.parametrize(
    ("figure", "is_met"),
    [
        (exactly("F", "-", "w", found=3, demanded=3), True),
        (exactly("F", "-", "w", found=4, demanded=3), False),
        (at_most("F", "-", "w", found=2.0, demanded=2.0, unit="s"), True),
        (at_most("F", "-", "w", found=2.01, demanded=2.0, unit="s"), False),
        (at_least("F", "-", "w", found=100, demanded=100), True),
        (at_least("F", "-", "w", found=99, demanded=100), False),
    ],
)
def test_a_demand_is_met_up_to_its_bound(figure, is_met):
    assert figure.is_met is is_met


@pytest.mark.parametrize("name", runner.MODULES)
def test_every_name_leads_to_a_module_that_runs(name):
    assert callable(import_module(f"faults.{name}").run)
