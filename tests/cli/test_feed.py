"""`monitor feed render`: a calendar file that a second parser reads, discreet unless detail was asked for."""

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
