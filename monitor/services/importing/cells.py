"""Cells: the text of one cell as a day, a range of days or one of a few words, or the reason why it is none."""

# A cell that cannot be read is a ValueError of two arguments: what is wrong with it, and a hint.

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from monitor.services.importing.headings import plain
from schedules.problems import did_you_mean
from schedules.protocol import Sex

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
LONGEST_RANGE_DAYS = 31
T = TypeVar("T")


class DateFormat(StrEnum):
    """How a person says that 03/04/2024 is meant."""

    DAY_FIRST = "dd/mm/yyyy"
    MONTH_FIRST = "mm/dd/yyyy"


TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
SHORT_YEAR = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2}")
SERIAL = re.compile(r"\d{5}([.,]\d+)?")
RANGE = re.compile(r"\s*\.\.\s*|\s+(?:-|–|—|to|bis)\s+|\s*[–—]\s*", re.IGNORECASE)
DOTTED_RANGE = re.compile(r"(\d{1,2}\.\d{1,2}\.\d{4})-(\d{1,2}\.\d{1,2}\.\d{4})")


@lru_cache(maxsize=4096)
def read_day(text: str, date_format: DateFormat | None = None) -> date:
    """2024-01-08, 08.01.2024, and 08/01/2024 where only one reading is possible or `date_format` says which."""
    day = _parse_day(TIME.sub("", text), date_format)
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"{day} cannot be meant.", "Look at the year.")
    return day


def _parse_day(text: str, date_format: DateFormat | None) -> date:
    if found := ISO.fullmatch(text):
        return _day(text, found[1], found[3], found[4])
    if found := COMPACT.fullmatch(text):
        return _day(text, found[1], found[2], found[3])
    if found := DOTTED.fullmatch(text):
        return _day(text, found[3], found[2], found[1])
    if found := SLASHED.fullmatch(text):
        return _slashed(text, found[1], found[3], found[4], date_format)
    if SHORT_YEAR.fullmatch(text):
        raise ValueError(f"'{text}' has a year of two digits.", "Write the year with four.")
    if SERIAL.fullmatch(text):
        raise ValueError(f"'{text}' is a number and no day.", "Give the column the format 'date' and save it again.")
    raise ValueError(f"'{cut(text)}' is not a day.", "Write it as 2024-01-08 or 08.01.2024.")


def _slashed(text: str, first: str, second: str, year: str, date_format: DateFormat | None) -> date:
    match date_format:
        case DateFormat.DAY_FIRST:
            return _day(text, year, second, first)
        case DateFormat.MONTH_FIRST:
            return _day(text, year, first, second)
    readings = {day for day in (_find(year, second, first), _find(year, first, second)) if day}
    if len(readings) > 1:
        one, other = sorted(readings)
        raise ValueError(
            f"'{text}' can mean {one} or {other}.", "Say which: --date-format dd/mm/yyyy or --date-format mm/dd/yyyy."
        )
    return readings.pop() if readings else _day(text, year, second, first)


def _find(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _day(text: str, year: str, month: str, day: str) -> date:
    found = _find(year, month, day)
    if found is None:
        raise ValueError(f"There is no day '{text}'.", "Look at the day and the month.")
    return found


@lru_cache(maxsize=4096)
def read_days(text: str, date_format: DateFormat | None = None) -> tuple[date, date]:
    """One day, or the first and the last of a range: 2024-01-08..2024-01-12, 08.01.2024 - 12.01.2024."""
    found = DOTTED_RANGE.fullmatch(text)
    parts = list(found.groups()) if found else RANGE.split(text)
    if len(parts) > 2:
        raise ValueError(f"'{cut(text)}' is not a range of days.", "Write it as 2024-01-08..2024-01-12.")
    first, last = read_day(parts[0].strip(), date_format), read_day(parts[-1].strip(), date_format)
    refuse_range(first, last)
    return first, last


def refuse_range(first: date, last: date) -> None:
    if last < first:
        raise ValueError(f"The range ends on {last}, before it begins on {first}.", "Put the earlier day first.")
    if last - first >= timedelta(days=LONGEST_RANGE_DAYS):
        raise ValueError(
            f"A range of {(last - first).days + 1} days cannot be one course.", "Give every infusion day a row."
        )


STATUS: Mapping[str, bool] = {
    **dict.fromkeys(
        ("given", "done", "administered", "completed", "gegeben", "verabreicht", "erfolgt", "erhalten"), False
    ),
    **dict.fromkeys(("planned", "scheduled", "plan", "geplant", "vorgesehen", "terminiert"), True),
}
"""Whether an infusion is planned."""

SEXES: Mapping[str, Sex] = {
    **dict.fromkeys(("female", "f", "w", "weiblich", "frau", "woman"), Sex.FEMALE),
    **dict.fromkeys(("male", "m", "männlich", "mann", "man"), Sex.MALE),
    **dict.fromkeys(("other", "o", "d", "x", "divers", "diverse"), Sex.OTHER),
    **dict.fromkeys(("unknown", "u", "unbekannt"), Sex.UNKNOWN),
}
LANGUAGES: Mapping[str, str] = {"english": "en", "englisch": "en", "german": "de", "deutsch": "de"}


def read_word(text: str, words: Mapping[str, T], examples: str) -> T:
    """One of a few words; the hint names the nearest, or some examples."""
    if plain(text) in words:
        return words[plain(text)]
    raise ValueError(f"'{cut(text)}' is not known here.", did_you_mean(plain(text), words) or f"Write {examples}.")


def read_language(text: str) -> str:
    """A code of two letters; English and German may be written out."""
    code = LANGUAGES.get(plain(text), text.casefold())
    if len(code) == 2 and code.isascii() and code.isalpha():
        return code
    raise ValueError(f"'{cut(text)}' is not a language.", "Write a code of two letters, such as en or de.")


def read_number(text: str) -> int:
    """The number of a course."""
    if text.isascii() and text.isdecimal() and 1 <= int(text[:4]) <= 99 and len(text) <= 4:
        return int(text)
    raise ValueError(f"'{cut(text)}' is not the number of a course.", "Write 1, 2, 3 and so on.")


def cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
