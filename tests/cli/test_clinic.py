"""`monitor clinic`: settings and closures from the shell, and how many suggested days followed."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from monitor.services.enrolling import Enrolment, enrol
from schedules.model import Infusion
from tests.conftest import DeskOf, Ran

Run = Callable[..., Ran]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def patient(desk_of: DeskOf) -> None:
    """One invented patient of the north."""
    course = [Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5)]
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=course))


def test_a_closure_is_previewed_entered_listed_and_taken_back(run: Run) -> None:
    days = ("--from", "2026-11-09", "--until", "2026-11-20", "--name", "Moving house")
    seen = run("clinic", "close", "north", *days, "--preview", by="root-admin")
    assert seen.out == "About 1 suggested days would move, no deadline does. Nothing was kept.\n"
    assert run("clinic", "closures", "north", by="ada").out == "Clinic north closes on public holidays alone.\n"
    kept = run("clinic", "close", "north", *days, by="root-admin")
    assert kept.out == (
        "Clinic north is closed from 2026-11-09 to 2026-11-20: Moving house.\n1 suggested day moved; no deadline did.\n"
    )
    (listed,) = json.loads(run("clinic", "closures", "north", "--format", "json", by="ada").out)
    assert listed == {"closure": 1, "from": "2026-11-09", "until": "2026-11-20", "name": "Moving house"}
    back = run("clinic", "reopen", "1", "--reason", "Next year.", by="root-admin")
    assert back.out == "Clinic north works on these days again.\n1 suggested day moved; no deadline did.\n"
    assert run("verify", by="root-admin").code == 0


def test_settings_are_changed_and_the_record_verifies(run: Run) -> None:
    ran = run(
        "clinic", "change", "north", "--weekdays", "mon,tue,wed", "--time-zone", "Europe/Vienna", "--country", "AT",
        "--reason", "Moved to Austria.", by="root-admin",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert ran.out.startswith("Changed clinic north.\n")
    found = {one["id"]: one for one in json.loads(run("clinic", "list", "--format", "json", by="ada").out)}
    assert found["north"] == {
        "id": "north", "name": "North Clinic (invented)", "time_zone": "Europe/Vienna", "country": "AT",
        "subdivision": None, "weekdays": [0, 1, 2],
    }  # fmt: skip
    assert "mon,tue,wed" in run("clinic", "list", by="ada").out
    assert run("verify", by="root-admin").code == 0


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("change", "north", "--name", "North", "--reason", " "), "This needs a reason"),
        (("change", "north", "--reason", "x"), "Nothing would change."),
        (("change", "nowhere", "--name", "x", "--reason", "x"), "There is no clinic 'nowhere' among yours."),
        (("close", "north", "--from", "2026-12-02", "--until", "2026-12-01", "--name", "x"), "comes before"),
        (("reopen", "7", "--reason", "x"), "There is no closure 7"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, command: tuple[str, ...], sentence: str) -> None:
    ran = run("clinic", *command, by="root-admin")
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err


def test_days_of_the_week_that_are_none_are_a_fault_of_usage(run: Run) -> None:
    ran = run("clinic", "change", "north", "--weekdays", "mon,foo", "--reason", "x", by="root-admin")
    assert ran.code == 2
    assert "names no days of the week" in ran.err
