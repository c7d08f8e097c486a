"""Speaking: the words of the staff pages in one language, with days and instants as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from monitor.render.staff.words import WORDS
from monitor.render.texts import format_brief_days, format_day, format_days, place_word, specimen_word
from schedules.phrases import spoken
from schedules.protocol import Place, Specimen, Texts


@dataclass(frozen=True, slots=True)
class Speaker:
    """The words of one language. `say("did-book", subject=…)` says a sentence."""

    language: str

    def __call__(self, key: str, /, **facts: object) -> str:
        return WORDS[self.language][key].format(**facts)

    def knows(self, key: str) -> bool:
        return key in WORDS[self.language]

    def count(self, key: str, number: int, /, **facts: object) -> str:
        """`key-one` for one thing, `key` for none or several; the number is `{count}`."""
        return self(f"{key}-one" if number == 1 else key, count=number, **facts)

    def text(self, texts: Texts) -> str:
        """The protocol's own words in this language, English where it has no other."""
        return texts.get(self.language) or texts.get("en") or next(iter(texts.values()), "")

    def day(self, on: date) -> str:
        """Tue 14 May 2027."""
        return format_day(on, self.language, "weekday")

    def short_day(self, on: date) -> str:
        """14 May 2027."""
        return format_day(on, self.language, "day")

    def brief_day(self, on: date) -> str:
        """14 May."""
        return format_day(on, self.language, "brief")

    def days(self, from_on: date, until_on: date) -> str:
        return format_days(from_on, until_on, self.language)

    def brief_days(self, from_on: date, until_on: date) -> str:
        return format_brief_days(from_on, until_on, self.language)

    def distance(self, on: date, today: date) -> str:
        """today, tomorrow, yesterday, in 3 days, 12 days ago."""
        days = (on - today).days
        match days:
            case 0:
                return self("today")
            case 1:
                return self("tomorrow")
            case -1:
                return self("yesterday")
            case _ if days > 0:
                return self("in-days", count=days)
            case _:
                return self("days-ago", count=-days)

    def when(self, on: date, today: date) -> str:
        """Tue 14 May 2027 · in 3 days."""
        return f"{self.day(on)} · {self.distance(on, today)}"

    def hour(self, at: time) -> str:
        return self("hour", hour=f"{at:%H:%M}")

    def instant(self, at: datetime, zone: str) -> str:
        """Tue 14 May 2027, 09:14, by the clock of that zone."""
        local = at.astimezone(ZoneInfo(zone))
        return self("at-hour", day=self.day(local.date()), hour=f"{local:%H:%M}")

    def place(self, place: Place) -> str:
        return place_word(place, self.language)

    def specimens(self, found: Sequence[Specimen]) -> str:
        return ", ".join(specimen_word(one, self.language) for one in found)


SPEAKERS: Mapping[str, Speaker] = {language: Speaker(language) for language in WORDS}


def speaker(language: str) -> Speaker:
    return SPEAKERS[spoken(language)]
