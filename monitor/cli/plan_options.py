"""Plan options: what a person typed becomes what a plan needs, or every problem of it at once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

import click

from schedules.errors import FileRefused, Refusal, Unacceptable
from schedules.model import Infusion, Person
from schedules.problems import did_you_mean
from schedules.protocol import Sex
from schedules.working_days import is_known_country

T = TypeVar("T")

WRITTEN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_RANGE_DAYS = 31
YEARS = range(1900, 2200)
FORMATS = ("table", "json", "csv", "ics")


@dataclass(slots=True)
class Findings:
    """What cannot be understood (usage) and what is understood and refused, in the order of the options."""

    usage: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, sentence: str) -> None:
        self.refused.append(Unacceptable(sentence))

    def keep(self, work: Callable[[], T]) -> T | None:
        """What the work gives, or None and its refusal among the findings. A faulty file is refused at once."""
        try:
            return work()
        except FileRefused:
            raise
        except Refusal as refusal:
            self.refused.append(refusal)
            return None

    def raise_any(self) -> None:
        """Everything at once: a usage error where anything was not understood, otherwise a refusal."""
        sentences = self.usage + [str(one) for one in self.refused]
        if self.usage:
            raise click.UsageError(_list(sentences))
        if len(self.refused) == 1:
            raise self.refused[0]
        if self.refused:
            raise Unacceptable("\n".join(sentences), "Nothing was planned.")


def _list(sentences: Sequence[str]) -> str:
    if len(sentences) == 1:
        return sentences[0]
    return "\n".join([f"{len(sentences)} problems:", *(f"  - {sentence}" for sentence in sentences)])


def read_day(option: str, text: str, findings: Findings) -> date | None:
    try:
        day = date.fromisoformat(text) if WRITTEN_DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        findings.usage.append(f"{option} '{text}' is not a day. Write it as 2024-01-08.")
    elif day.year not in YEARS:
        findings.usage.append(f"{option} {text} lies outside the years {YEARS.start} to {YEARS.stop - 1}.")
        return None
    return day


def read_days(option: str, text: str, findings: Findings) -> list[date]:
    """One day, or every day of a range: `2024-01-08..2024-01-12` is five days."""
    first_text, dots, last_text = text.partition("..")
    first = read_day(option, first_text.strip(), findings)
    last = read_day(option, last_text.strip(), findings) if dots else first
    if first is None or last is None:
        return []
    days = (last - first).days + 1
    if days < 1:
        findings.usage.append(f"{option} {text} ends before it begins. Write the earlier day first.")
        return []
    if days > LONGEST_RANGE_DAYS:
        findings.usage.append(f"{option} {text} is {days} days long. Give one range for each course.")
        return []
    return [first + timedelta(days=offset) for offset in range(days)]


def read_infusions(given: Sequence[str], planned: Sequence[str], findings: Findings) -> tuple[Infusion, ...]:
    """Every infusion day once, in order. Refused: a day that is named twice."""
    if not given and not planned:
        findings.usage.append("Name at least one infusion day, such as --infusion 2024-01-08..2024-01-12.")
    infusions = [Infusion(day) for text in given for day in read_days("--infusion", text, findings)]
    infusions += [Infusion(day, planned=True) for text in planned for day in read_days("--planned", text, findings)]
    infusions.sort()
    seen: dict[date, Infusion] = {}
    for infusion in infusions:
        twin = seen.setdefault(infusion.infused_on, infusion)
        if twin is not infusion:
            both = " as given and as planned" if twin.planned is not infusion.planned else ""
            findings.refuse(f"{infusion.infused_on} is named more than once{both}. Name each infusion day once.")
    return tuple(seen.values())


def read_person(sex: str | None, born: str | None, infusions: Sequence[Infusion], findings: Findings) -> Person:
    """Refused: an infusion before the birth date."""
    born_on = read_day("--born", born, findings) if born else None
    if born_on and infusions and infusions[0].infused_on < born_on:
        first = infusions[0].infused_on
        findings.refuse(f"The infusion on {first} lies before the birth date {born_on}. Correct one of them.")
    sexes = [one.value for one in Sex]
    chosen = choose("--sex", sex, sexes, findings) if sex else None
    return Person(Sex(chosen) if chosen in sexes else None, born_on)


def choose(option: str, text: str, known: Sequence[str], findings: Findings) -> str:
    """One of the known words; the text as it was typed, with a finding, where it is none of them."""
    if text.lower() not in known:
        guess = did_you_mean(text.lower(), known)
        expected = f"{guess} Known: {', '.join(known)}.".strip()
        findings.usage.append(f"{option} '{text}' is not known. {expected}")
    return text.lower()


def read_country(text: str | None, findings: Findings) -> tuple[str, str | None] | None:
    """`DE`, or `DE-BY` for a part of a country with public holidays of its own."""
    if text is None:
        return None
    country, _, subdivision = text.upper().partition("-")
    if not is_known_country(country, subdivision or None):
        findings.usage.append(f"--country '{text}' is not known. Write a country as DE, or a part of it as DE-BY.")
        return None
    return country, subdivision or None
