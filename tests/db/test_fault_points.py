"""Fault points do nothing, unless a test says otherwise in so many words."""

import ast
from pathlib import Path

import pytest

from db.fault_points import FaultPoint, reach, striking

ROOT = Path(__file__).parents[2]


def modules() -> list[Path]:
    return sorted(path for name in ("monitor", "db", "schedules") for path in (ROOT / name).rglob("*.py"))


def test_nothing_happens_unless_somebody_strikes():
    for point in FaultPoint:
        reach(point)


def test_a_strike_hears_each_point_and_only_inside_its_block():
    heard: list[FaultPoint] = []
    with striking(heard.append):
        reach(FaultPoint.AFTER_DATA)
        reach(FaultPoint.BEFORE_END)
    reach(FaultPoint.AFTER_DATA)
    assert heard == [FaultPoint.AFTER_DATA, FaultPoint.BEFORE_END]


def test_what_a_strike_raises_comes_out_and_ends_it():
    def fall(point: FaultPoint) -> None:
        raise ConnectionResetError(point)

    with pytest.raises(ConnectionResetError, match="planned"), striking(fall):
        reach(FaultPoint.PLANNED)
    reach(FaultPoint.PLANNED)


def test_the_program_itself_never_strikes():
    """Neither a setting nor a variable of the environment can switch a fault on: nothing here calls `striking`."""
    striking_modules = [
        path.relative_to(ROOT).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name | ast.Attribute | ast.alias)
        and "striking" in {getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", "")}
    ]
    assert striking_modules == []


def named_in(path: Path) -> set[str]:
    """The points that a module reaches."""
    return {
        node.args[0].attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "reach"
        and isinstance(node.args[0], ast.Attribute)
    }


def test_every_point_that_has_a_name_is_reached_somewhere():
    reached = {name for path in modules() for name in named_in(path)}
    assert reached == set(FaultPoint.__members__)
