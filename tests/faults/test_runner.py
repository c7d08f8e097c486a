"""The runner of the fault tests: one table, and an exit code that says whether every demand is met."""

import sys
from importlib import import_module
from io import StringIO
from types import ModuleType

import pytest
from rich.console import Console

from faults import __main__ as runner
from faults.figures import Figure, at_least, at_most, exactly, told

MET = Figure("F0 nothing", "-", "what was counted", "1", "1", is_met=True)


@pytest.fixture
def invented(monkeypatch):
    """`invented(figure, …)`: the only fault test there is, and what it finds."""

    def invent(*figures: Figure) -> None:
        module = ModuleType("faults.invented")
        module.run = lambda place, *, size: list(figures)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "faults.invented", module)
        monkeypatch.setattr(runner, "MODULES", {"invented": "F0"})

    return invent


def test_every_demand_met_is_a_success(invented, capsys):
    invented(MET, told("F0 nothing", "-", "by the way", "2"))
    assert runner.main(["--size", "fast"]) == 0
    said = capsys.readouterr()
    assert "what was counted" in said.out
    assert "F0 invented" in said.err


def test_one_demand_not_met_is_a_failure(invented, capsys):
    invented(MET, MET._replace(what="what went wrong", is_met=False))
    assert runner.main([]) == 1
    assert "NO" in capsys.readouterr().out


def test_an_unknown_name_is_a_usage_error_and_tells_the_known_ones(invented, capsys):
    invented(MET)
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
