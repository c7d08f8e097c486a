"""`monitor patient`: added, shown, explained, changed, taken over, discharged and readmitted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
ADD = (
    "patient", "add", "NORTH-1", "--clinic", "north", "--protocol", "alemtuzumab-eu",
    "--infusion", "2024-01-08..2024-01-12", "--infusion", "2025-01-13..2025-01-15", "--sex", "female",
    "--born", "1988-03-02", "--name", "Invented Person", "--followed-here-from", "2026-10-01",
)  # fmt: skip


@pytest.fixture
def added(run: Run) -> Any:
    ran = run(*ADD, by="ada")
    assert ran.code == 0, ran.err
    return ran


def show(run: Run, *more: str, by: str = "ada") -> Any:
    return json.loads(run("patient", "show", "NORTH-1", "--format", "json", *more, by=by).out)


def test_a_patient_is_added_with_the_whole_follow_up(added: Any, run: Run) -> None:
    page = show(run)
    assert page["follow_up_ends_on"] == "2029-01-15"
    blood_counts = [one for one in page["checks"] if one["rule"] == "blood-count"]
    assert (len(blood_counts), blood_counts[-1]["due_on"]) == (60, "2029-01-15")
    assert "Added NORTH-1" in added.out
    assert "Invented" not in added.out


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (ADD, "already in the record"),
        ((*ADD[:2], "NORTH-2", *ADD[3:4], "west", *ADD[5:]), "no clinic 'west'"),
        ((*ADD[:2], "NORTH-2", *ADD[3:6], "clozapine-us", *ADD[7:]), "clozapine-us"),
        ((*ADD[:2], "NORTH-2", *ADD[3:], "--infusion", "2026-12-24"), "lies in the future"),
        ((*ADD[:2], "NORTH-2", *ADD[3:], "--infusion", "1980-12-24"), "before the birth date"),
    ],
    ids=["twice", "another clinic", "not approved", "in the future", "before birth"],
)
def test_what_cannot_be_is_refused_in_a_sentence(added: Any, run: Run, args: tuple[str, ...], sentence: str) -> None:
    ran = run(*args, by="ada")
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_fits_and_says_what_matters(added: Any, run: Run, width: int, language: str) -> None:
    out = run("patient", "show", "NORTH-1", "--lang", language, by="ada", width=width).out
    assert max(map(len, out.splitlines())) <= width
    said = " ".join(out.split())
    for words in {
        "en": ("Patient NORTH-1", "38 years old", "this approval is invented", "0 of 60 months done", "overdue"),
        "de": ("Person NORTH-1", "38 Jahre alt", "diese Freigabe ist erfunden", "0 von 60 Monaten", "überfällig"),
    }[language]:
        assert words in said
    assert "■" in out


def test_everything_on_request(added: Any, run: Run) -> None:
    assert "blood-count/60" in run("patient", "show", "NORTH-1", "--all", by="ada").out
    assert "blood-count/60" not in run("patient", "show", "NORTH-1", by="ada").out


def test_a_check_explains_itself(added: Any, run: Run) -> None:
    out = " ".join(run("patient", "show", "NORTH-1", "--explain", "blood-count/60", by="ada").out.split())
    assert "48 months after the last infusion given (15 January 2025)" in out
    assert "Protocol alemtuzumab-eu 2026.1." in out
    told = show(run, "--explain", "blood-count/33")
    assert (told["due_on"], told["settlement"]) == ("2026-10-12", "open")
    assert told["settled"] == ["It is overdue."]
    refused = run("patient", "show", "NORTH-1", "--explain", "blod-count/1", by="ada")
    assert (refused.code, "Did you mean 'blood-count'?" in refused.err) == (1, True)


def test_a_changed_sex_is_previewed_and_then_saved(added: Any, run: Run) -> None:
    change = ("patient", "change", "NORTH-1", "--sex", "male", "--reason", "typing error", "--format", "json")
    preview = json.loads(run(*change, "--preview", "--confirm-losses", by="ada").out)
    assert preview["preview"] is True
    assert {one["check"].split("/")[0] for one in preview["withdrawn"]} >= {"hpv"}
    assert show(run)["sex"] == "female"
    saved = json.loads(run(*change, "--confirm-losses", by="ada").out)
    assert saved | {"preview": True} == preview
    assert show(run)["sex"] == "male"
    assert run("patient", "change", "NORTH-1", "--reason", "x", by="ada").code == 2


def test_taking_over_later_asks_before_checks_go(added: Any, run: Run) -> None:
    take = ("patient", "takeover", "NORTH-1", "--from", "2026-11-01", "--reason", "typing error")
    preview = run(*take, "--preview", by="ada")
    assert "due or overdue checks would go or be postponed" in preview.out
    assert "Full blood count 33 (blood-count/33), due Mon 12 Oct 2026" in preview.out
    refused = run(*take, by="ada")
    assert (refused.code, "--confirm-losses" in refused.err) == (1, True)
    assert run(*take, "--confirm-losses", by="ada").code == 0
    assert show(run)["followed_here_from"] == "2026-11-01"


def test_a_transfer_names_the_place_and_can_be_undone(added: Any, run: Run) -> None:
    leave = ("patient", "discharge", "NORTH-1", "--kind", "transferred", "--reason", "moved house")
    assert "Name it with --to" in run(*leave, "--decided-by", "Dr. Dora Example", by="ada").err
    assert "Name the clinician" in run(*leave, "--to", "Elsewhere", by="ada").err
    left = run(*leave, "--to", "Elsewhere", "--decided-by", "Dr. Dora Example", by="ada")
    assert (left.code, left.out.startswith("Discharged NORTH-1 on 2026-11-02")) == (0, True)
    assert "Nothing is overdue" in run("worklist", by="ada").out
    page = run("patient", "show", "NORTH-1", by="ada").out
    assert "transferred, to Elsewhere, decided by Dr. Dora Example" in " ".join(page.split())
    assert run("patient", "readmit", "NORTH-1", "--reason", "came back", by="ada").code == 0
    assert "NORTH-1" in run("worklist", by="ada").out
