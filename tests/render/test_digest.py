"""Whatever a day brings, a clinic's summary stays on a phone's screen, and nothing falls off it."""

from datetime import UTC, date, datetime

import pytest

from monitor.render.digest import compose
from monitor.render.digest_forms import WIDTH, as_html, as_text, summary_lines
from monitor.render.digest_parts import ClinicPart, Head, StandIn
from monitor.render.digest_words import WORDS
from schedules.findings import Change, Finding, Section
from tests.invented_letters import Page

PHONE_LINES = 24
DAY = date(2026, 11, 10)
HEAD = Head("Europe/Berlin", datetime(2026, 11, 10, 6, tzinfo=UTC), None, 0, None, None, 0, "")


def worst() -> ClinicPart:
    """Something in every section, and two people away."""
    findings = {
        section: [
            Finding(section, "N-1", on=DAY, days=900, limit_days=45, role="nurse", word="other", change=Change.NEW)
        ] * 117
        for section in Section
    }  # fmt: skip
    away = [StandIn(f"Dr. {name} Example-Invented", date(2026, 12, 31)) for name in ("Maximiliane", "Bartholomew")]
    return ClinicPart(
        "north", "North Clinic (invented)", "Europe/Berlin", DAY, 1204, 99_999, findings, date(2026, 10, 12),
        date(2026, 11, 9), 250, stands_in=away,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_worst_day_fits_on_a_phones_screen(language: str) -> None:
    part = worst()
    [chapter] = compose([part], HEAD, day=DAY, language=language).chapters
    lines = summary_lines(chapter)
    assert len(lines) + 2 <= PHONE_LINES  # with the heading and its underline
    assert max(map(len, lines)) <= WIDTH
    assert " ".join(lines).count("117") == len(Section) + 1  # of those due this week the number not booked, too
    assert [title for title, _ in chapter.details] == list(dict.fromkeys(title for title, _ in chapter.details))


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_worst_day_is_a_page_with_the_same_words(language: str) -> None:
    document = compose([worst()], HEAD, day=DAY, language=language)
    page = Page(as_html(document, language=language))
    assert page.words == [word for word in as_text(document).split() if set(word) not in ({"="}, {"-"})]


def test_both_languages_have_every_word() -> None:
    assert WORDS["en"].keys() == WORDS["de"].keys()
    assert {section.value for section in Section} <= WORDS["en"].keys()


def test_a_section_and_a_row_say_that_they_are_new_in_words() -> None:
    text = as_text(compose([worst()], HEAD, day=DAY, language="en"))
    assert "N-1: new; " in text
    assert "Changes since Mon 9 Nov: " in text
