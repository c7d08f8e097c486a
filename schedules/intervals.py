"""Intervals and the one addition that all clinical dates come from."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from re import compile as pattern
from typing import Any, Self

from pendulum.helpers import add_duration
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Unit(StrEnum):
    """The units a protocol may count in; a month is a calendar month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


WRITTEN = pattern(r"^([1-9][0-9]{0,3}) (day|week|month|year)s?$")
LONGEST_DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 366}


@dataclass(frozen=True, slots=True)
class Interval:
    """A length as protocol files write it: "1 month", "2 weeks", "7 days"."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "3 months"; ValueError says what is expected."""
        if not (found := WRITTEN.match(text)):
            raise ValueError(f"'{text}' is not a length of time such as '1 month', '2 weeks' or '7 days'")
        return cls(int(found[1]), Unit(found[2]))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def longest_days(self) -> int:
        """The most days that this can last: 31 for a month."""
        return self.count * LONGEST_DAYS[self.unit]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.chain_schema(
            [core_schema.str_schema(), core_schema.no_info_plain_validator_function(cls.parse)]
        )
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema(
                [
                    core_schema.str_schema(pattern=WRITTEN.pattern),
                    core_schema.no_info_plain_validator_function(cls.parse),
                ]
            ),
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), text]),
            serialization=core_schema.to_string_ser_schema(),
        )


@lru_cache(maxsize=1024)
def _months_after(anchor_on: date, months: int) -> date:
    years, months = divmod(months, 12)  # as pendulum would, in a third of its time
    return add_duration(anchor_on, years, months)


def after(anchor_on: date, interval: Interval, times: int = 1) -> date:
    """The day `times` intervals after (or, when negative, before) the anchor, counted in one step.

    Counted from the anchor and never from the previous check: 31 January + 1 month is 28 February,
    + 2 months is 31 March. A month too short for the day gives its last day.
    """
    match interval.unit:
        case Unit.MONTH:
            return _months_after(anchor_on, interval.count * times)
        case Unit.YEAR:
            return _months_after(anchor_on, 12 * interval.count * times)
        case Unit.WEEK:
            return anchor_on + timedelta(weeks=interval.count * times)
        case Unit.DAY:
            return anchor_on + timedelta(days=interval.count * times)


def is_clamped(anchor_on: date, reached_on: date, interval: Interval) -> bool:
    """Whether the month was too short for the anchor's day, so that the check comes early."""
    return interval.unit in {Unit.MONTH, Unit.YEAR} and reached_on.day < anchor_on.day
