"""`monitor feed render`: a calendar file that a second parser reads, discreet unless detail was asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ical.calendar_stream import IcsCalendarStream

Run = Callable[..., Any]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_a_second_parser_reads_what_was_written(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "calendar.ics"
    add = ("patient", "add", "N-1", "--clinic", "north", "--protocol", "alemtuzumab-eu", "--language", "de")
    assert run(*add, "--infusion", "2026-01-12..2026-01-16", by="ada").code == 0
    assert run("feed", "render", "N-1", "--output", str(file), by="ada").code == 0
    events = IcsCalendarStream.calendar_from_ics(file.read_text(encoding="utf-8")).events
    assert len(events) > 48
    assert {event.summary for event in events} >= {"Erinnerung: bitte Termin vereinbaren", "Die Nachsorge endet"}
    detailed = run("feed", "render", "N-1", "--detail", "--lang", "en", by="ada").out
    assert "(blood" in detailed
    assert "N-1" not in detailed


@pytest.fixture
def patient(run: Run) -> None:
    add = ("patient", "add", "N-1", "--clinic", "north", "--protocol", "alemtuzumab-eu")
    assert run(*add, "--infusion", "2026-01-12..2026-01-16", by="ada").code == 0


def test_the_patient_is_told_before_an_address_is_issued(run: Run, patient: None) -> None:
    ran = run("feed", "issue", "N-1", "--label", "own phone", by="ada", answers="n\n")
    assert ran.code == 1
    assert "keep copies" in ran.err
    assert "There are no addresses yet" in run("feed", "list", "N-1", by="ada").out
    ran = run("feed", "issue", "N-1", "--label", "own phone", by="ada", answers="y\n")
    assert ran.code == 0
    assert "http://127.0.0.1:8000/p/" in ran.out
    assert "/appointments.ics" in ran.out
    assert "opens on this machine alone" in ran.err


def test_addresses_are_listed_withdrawn_and_replaced(run: Run, patient: None, tmp_path: Path) -> None:
    code = tmp_path / "code.svg"
    ran = run(
        "feed", "issue", "N-1", "--label", "own phone", "--consent", "--format", "json", "--qr", str(code), by="ada"
    )
    page, calendar = json.loads(ran.out)["addresses"]
    assert (page["purpose"], calendar["purpose"]) == ("page", "appointments")
    assert code.read_bytes().startswith(b"<?xml")
    listed = run("feed", "list", "N-1", by="ada").out
    assert "the patient agreed on 2026-11-02" in listed
    assert "never fetched" in listed
    assert page["address"].split("/")[-2] not in listed
    for act in ("revoke", "replace"):
        refused = run("feed", act, "2", "--reason", " ", by="ada")
        assert (refused.code, "needs a reason" in refused.err) == (1, True)
    assert (
        "Withdrawn: Calendar “own phone” (address 2)." in run("feed", "revoke", "2", "--reason", "lost", by="ada").out
    )
    assert "withdrawn 2026-11-02: lost" in run("feed", "list", by="ada").out
    assert run("feed", "revoke", "2", "--reason", "lost", by="ada").code == 1
    assert "/p/" in run("feed", "replace", "1", "--reason", "lost", by="ada").out


def test_a_clinics_worklist_has_an_address_for_its_own_people(run: Run, patient: None) -> None:
    ran = run("feed", "issue", "--clinic", "north", "--label", "ward tablet", by="ada")
    assert "/worklist.ics" in ran.out
    assert run("feed", "issue", "--clinic", "north", "--label", "ward tablet", by="cy").code == 1
    assert run("feed", "issue", "--label", "nobody", by="ada").code == 2


def test_a_lock_keeps_the_patient_from_choosing(run: Run, patient: None) -> None:
    assert "no longer chooses" in run("feed", "lock", "N-1", by="ada").out
    assert "chooses how" in run("feed", "lock", "N-1", "--off", by="ada").out
