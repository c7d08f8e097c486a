"""Speaking: the words of the patient's pages in one language, with days and hours as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from monitor.render.calendar_words import CALENDAR
from monitor.render.site.english import ENGLISH
from monitor.render.site.german import GERMAN
from monitor.render.texts import format_brief_days, format_day, format_days, place_word, specimen_word
from schedules.phrases import month, spoken
from schedules.phrases import weekday_and_day as format_long_day
from schedules.protocol import Place, Specimen

WORDS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}
NEAR_DAYS = 31
"""Up to here a distance in days helps; further away the day alone says more."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """The words of one language. `speaker("call", telephone=…)` says a sentence."""

    language: str

    def __call__(self, key: str, /, **facts: object) -> str:
        return WORDS[self.language][key].format(**facts)

    def calendar(self, key: str, /, **facts: object) -> str:
        """A sentence that the calendar says too, so that both say the same."""
        return CALENDAR[self.language][key].format(**facts)

    def day(self, on: date, style: str = "weekday") -> str:
        return format_day(on, self.language, style)

    def long_day(self, on: date) -> str:
        return format_long_day(on, self.language)

    def days(self, from_on: date, until_on: date) -> str:
        return format_days(from_on, until_on, self.language)

    def brief_days(self, from_on: date, until_on: date) -> str:
        return format_brief_days(from_on, until_on, self.language)

    def month(self, on: date) -> str:
        return month(on, self.language)

    def hour(self, at: time) -> str:
        """09:30, or 09:30 Uhr."""
        return self("hour", hour=f"{at:%H:%M}")

    def day_and_hour(self, on: date, at: time | None) -> str:
        return self("at-hour", day=self.day(on), hour=f"{at:%H:%M}") if at else self.day(on)

    def moment(self, at: datetime) -> str:
        return self.day_and_hour(at.date(), at.time())

    def place(self, place: Place) -> str:
        return place_word(place, self.language)

    def what(self, specimens: Sequence[Specimen], titles: Sequence[str]) -> str:
        """The short word for a visit: "Blood, urine", or its titles where nothing else is known."""
        words = list(dict.fromkeys(specimen_word(one, self.language) for one in specimens)) or list(titles)
        said = ", ".join(words)
        return said[:1].upper() + said[1:]

    def distance(self, on: date, today: date) -> str:
        """Today, tomorrow, in 3 days, 12 days ago."""
        match (on - today).days:
            case 0:
                return self("day-today")
            case 1:
                return self("day-tomorrow")
            case -1:
                return self("day-yesterday")
            case days if days > 0:
                return self("day-in", days=days)
            case days:
                return self("day-ago", days=-days)

    def near(self, on: date, today: date) -> str:
        """The distance of a day that is near, otherwise nothing."""
        return self.distance(on, today) if abs((on - today).days) <= NEAR_DAYS else ""


def speaker(language: str) -> Speaker:
    """The speaker of a language; English for one that the program does not speak."""
    return Speaker(spoken(language))
