"""What the frame says after an act, a refusal and a conflict, in both languages."""

from typing import Any

import pytest

from monitor.render.staff.template import render_page
from monitor.render.staff.values import Done, Frame, Refused, Section, Trouble


def render(language: str = "en", **more: Any) -> str:
    frame = Frame(language, Section.WORKLIST, "/worklist", login="ada", name="Ada Example", role="nurse", **more)
    return render_page("refused.html", frame)


def test_what_was_done_is_said_with_a_way_to_undo_it() -> None:
    page = render(done=Done("done", ["N-0001", "N-0002"], "blood-count/12", [7]))
    assert "Recorded: N-0001, N-0002 · blood-count/12" in page
    assert '<input type="hidden" name="deed" value="7">' in page


def test_what_concerns_no_patient_is_said_without_gaps() -> None:
    assert "</svg>Saved</p>" in render(done=Done("unheard of", [], ""))
    assert "</svg>Recorded: N-0001</p>" in render(done=Done("done", ["N-0001"], ""))


def test_what_cannot_be_undone_offers_nothing() -> None:
    assert 'action="/undo"' not in render(done=Done("done", ["N-0001"], "", []))


@pytest.mark.parametrize(
    ("language", "title", "kept"),
    [
        ("en", "Somebody was faster", "press the button again"),
        ("de", "Jemand war schneller", "drücken Sie noch einmal"),
    ],
)
def test_a_conflict_is_no_fault_and_keeps_what_was_typed(language: str, title: str, kept: str) -> None:
    page = render(
        language, refused=Refused("faster", "Bea was faster.", "", {"deeds": "Bea"}), typed={"note": ["left arm"]}
    )
    assert 'class="box warn" role="alert"' in page
    assert title in page
    assert "Bea" in page
    assert kept in page


def test_a_refusal_is_urgent_and_is_announced() -> None:
    page = render(refused=Refused("", "The day has not come.", "Use `monitor …`."))
    assert 'class="box urgent" role="alert"' in page
    assert "The day has not come." in page
    assert "monitor …" not in page


def test_every_trouble_leads_to_its_field() -> None:
    page = render(troubles=[Trouble("any-day", "missing"), Trouble("any-note", "too-long", {"longest": 200})])
    assert '<a href="#any-day">any-day: This is missing.</a>' in page
    assert '<a href="#any-note">' in page
