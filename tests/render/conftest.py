"""What rendering tests share: an invented protocol that stays as it is, plans of it, and goldens.

Goldens are what people saw and agreed to. After a change that is meant to be seen, write them anew with

    REGENERATE_GOLDENS=1 .venv/bin/python -m pytest tests/render

read the difference (`git diff tests/render/golden`) as a clinic would, and commit it with the change.
"""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor.render.plan_view import PlanView
from schedules.advising import advice_periods, earliest_next_course, flags
from schedules.intervals import Interval
from schedules.model import Infusion, Person
from schedules.overlaying import remake
from schedules.parsing import parse_protocol
from schedules.planning import plan
from schedules.protocol import Protocol, Sex
from schedules.visits import group_visits
from schedules.working_days import working_days

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def example() -> Protocol:
    parsed = parse_protocol((HERE / "example.yaml").read_text(encoding="utf-8"), file="example.yaml")
    assert isinstance(parsed.protocol, Protocol), parsed.problems
    return parsed.protocol


def days(first: str, count: int, *, planned: bool = False) -> list[Infusion]:
    """So many infusion days in a row."""
    return [Infusion(date.fromisoformat(first) + timedelta(days=offset), planned) for offset in range(count)]


def view_plan(protocol: Protocol, infusions: list[Infusion], person: Person) -> PlanView:
    whole = plan(protocol, person, infusions=infusions)
    return PlanView(
        protocol,
        whole,
        group_visits(protocol, whole.checks, working_days("DE")),
        advice_periods(protocol, person, whole),
        flags(protocol, whole.courses),
        earliest_next_course(protocol, whole.courses),
        "DE",
    )


@pytest.fixture(scope="session")
def two_courses(example: Protocol) -> PlanView:
    """Five days in January 2024, three a year later: follow-up ends on 15 January 2029."""
    infusions = days("2024-01-08", 5) + days("2025-01-13", 3)
    return view_plan(example, infusions, Person(Sex.FEMALE, date(1988, 3, 2)))


@pytest.fixture(scope="session")
def interrupted(example: Protocol) -> PlanView:
    """Three of five days, a second course too early, a third only planned; the sex is not known."""
    infusions = days("2024-01-29", 3) + days("2024-12-02", 3) + days("2027-01-11", 3, planned=True)
    return view_plan(example, infusions, Person())


@pytest.fixture(scope="session")
def short(example: Protocol) -> PlanView:
    """A follow-up of four months, so that a golden fits on a few pages."""
    follow_up = example.follow_up.model_copy(update={"lasts": Interval.parse("4 months")})
    protocol = remake(example, follow_up=follow_up)
    return view_plan(protocol, days("2024-01-29", 3), Person(Sex.FEMALE))


Golden = Callable[[str, str | bytes], None]


@pytest.fixture
def golden() -> Golden:
    """`golden("plan-en-80.txt", text)`: byte for byte what people agreed to."""

    def compare(name: str, found: str | bytes) -> None:
        file = HERE / "golden" / name
        content = found.encode() if isinstance(found, str) else found
        if os.environ.get("REGENERATE_GOLDENS"):
            file.write_bytes(content)
        assert file.exists(), f"{name} is new: see the docstring of {__file__}"
        assert content.decode() == file.read_bytes().decode()

    return compare
