"""Words and days in both languages: none missing, none half filled in."""

import string
from collections.abc import Mapping
from datetime import date

import pytest

from monitor.render import protocol_words, texts
from monitor.render.calendar_words import CALENDAR
from monitor.render.rhythms import describe_rhythm
from schedules import phrases
from schedules.protocol import Protocol


@pytest.mark.parametrize("table", [texts.WORDS, texts.SPECIMENS, protocol_words.SAID, CALENDAR, phrases.EXPLAINING])
def test_both_languages_say_the_same_things(table: Mapping[str, Mapping[str, str]]):
    assert table["en"].keys() == table["de"].keys()
    for key, english in table["en"].items():
        assert _facts(english) >= _facts(table["de"][key]) - {"course"}, key
        assert _facts(table["de"][key]) >= _facts(english), key


def _facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize(
    ("language", "style", "expected"),
    [
        ("en", "weekday", "Fri 14 May 2027"),
        ("en", "day", "14 May 2027"),
        ("en", "brief", "14 May"),
        ("de", "weekday", "Fr 14.05.2027"),
        ("de", "day", "14.05.2027"),
        ("de", "brief", "14.05."),
        ("fr", "weekday", "Fri 14 May 2027"),
    ],
)
def test_days_as_people_read_them(language: str, style: str, expected: str):
    assert texts.format_day(date(2027, 5, 14), language, style) == expected


@pytest.mark.parametrize("language", ["en", "de"])
def test_days_in_a_column_are_equally_wide(language: str):
    days = [date(2027, month, day) for month in range(1, 13) for day in (1, 28)]
    assert len({len(texts.format_column_day(day, language)) for day in days}) == 1


def test_a_span_names_the_year_only_where_it_is_needed():
    assert texts.format_days(date(2024, 3, 29), date(2024, 4, 12), "en") == "29 Mar – 12 Apr 2024"
    assert texts.format_days(date(2023, 12, 29), date(2024, 1, 12), "en") == "29 Dec 2023 – 12 Jan 2024"
    assert texts.format_days(date(2024, 1, 12), date(2024, 1, 12), "de") == "12.01.2024"


def test_rhythms_in_words(example: Protocol):
    said = {rule.id: (describe_rhythm(rule, "en"), describe_rhythm(rule, "de")) for rule in example.rules}
    assert said["blood-count"] == ("every month", "jeden Monat")
    assert said["thyroid"] == ("every 3 months", "alle 3 Monate")
    assert said["ecg"] == ("7 days before each course", "7 Tage vor jeder Phase")
    assert said["platelets-day-3"] == ("infusion day 3 of each course", "3. Infusionstag jeder Phase")
    assert said["self-check"][0] == "2 months after the end of a course, first course only"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (23, "23rd"), (113, "113th")],
)
def test_ordinals(number: int, expected: str):
    assert phrases.ordinal(number, "en") == expected
    assert phrases.ordinal(number, "de") == f"{number}."
