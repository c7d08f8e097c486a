"""Cells: each day, range and word is read as a person meant it, or not at all."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.services.importing.cells import (
    EARLIEST,
    LATEST,
    SEXES,
    STATUS,
    DateFormat,
    read_day,
    read_days,
    read_language,
    read_number,
    read_word,
)
from monitor.services.importing.headings import COLUMNS, WORDS, Kind, plain

days = st.dates(EARLIEST, LATEST)


@given(days)
def test_a_day_is_the_same_in_every_form(day):
    assert read_day(f"{day:%Y-%m-%d}") == day
    assert read_day(f"{day:%Y%m%d}") == day
    assert read_day(f"{day:%d.%m.%Y}") == day
    assert read_day(f"{day.day}.{day.month}.{day.year}") == day
    assert read_day(f"{day:%Y-%m-%d}T00:00:00Z") == day
    assert read_day(f"{day:%d/%m/%Y}", DateFormat.DAY_FIRST) == day
    assert read_day(f"{day:%m/%d/%Y}", DateFormat.MONTH_FIRST) == day


@given(days)
def test_slashes_give_the_day_that_was_meant_or_a_question(day):
    written = f"{day:%d/%m/%Y}"
    if day.day > 12 or day.day == day.month:
        assert read_day(written) == day
    else:
        with pytest.raises(ValueError, match="can mean"):
            read_day(written)


@given(st.text(max_size=20))
def test_whatever_is_written_is_a_day_in_range_or_a_problem_with_two_parts(text):
    try:
        found = read_day(text)
    except ValueError as error:
        message, hint = error.args
        found = EARLIEST if message and hint else LATEST + timedelta(days=1)
    assert EARLIEST <= found <= LATEST


@given(days, st.integers(0, 30), st.sampled_from(["..", " .. ", " - ", " – ", "–", " to ", " bis "]))
def test_a_range_is_its_first_and_last_day(first, length, between):
    last = min(first + timedelta(days=length), LATEST)
    assert read_days(f"{first}{between}{last}") == (first, last)
    assert read_days(f"{first:%d.%m.%Y}{between}{last:%d.%m.%Y}") == (first, last)


@pytest.mark.parametrize(
    "text", ["2024-02-30", "31.04.2024", "2023-02-29", "1899-12-31", "2200-01-01", "", "٢٠٢٤-٠١-٠٨x"]
)
def test_no_day(text):
    with pytest.raises(ValueError, match=r"day|meant"):
        read_day(text)


def test_words_in_both_languages():
    assert [read_word(word, SEXES, "").value for word in ("W", " weiblich", "Männlich", "F", "divers")] == [
        "female", "female", "male", "female", "other",
    ]  # fmt: skip
    assert [read_word(word, STATUS, "") for word in ("geplant", "Given", "VERABREICHT")] == [True, False, False]
    assert [read_language(word) for word in ("DE", "Deutsch", "english", "fr")] == ["de", "de", "en", "fr"]
    assert read_number("12") == 12


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "¹", "100", "one"])
def test_no_course(text):
    with pytest.raises(ValueError, match="not the number of a course"):
        read_number(text)


def test_a_word_means_one_column_of_a_file():
    for kind in Kind:
        words = [
            plain(word) for column in COLUMNS[kind] for word in {plain(one) for one in (column, *WORDS[column].split())}
        ]
        assert len(words) == len(set(words))
