"""Patterns of subjects in the history: how an act's subject may be written there, each with the words for it."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from monitor.render.staff.speaking import Speaker
from schedules.protocol import Texts

# The history keeps ids and ISO days, so that no word of a protocol or a language is part of its chain.

Titles = Mapping[str, Texts]
"""By id of a rule or family."""
Tell = Callable[[Speaker, re.Match[str], Titles], str]
Patterns = tuple[tuple[re.Pattern[str], Tell], ...]

IDS, DAY = r"(?P<ids>[\w\-, ]+)", r"(?P<day>\d{4}-\d\d-\d\d)"
PERIOD = rf"{DAY} to (?P<until>\d{{4}}-\d\d-\d\d)"


def tell_period(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say.days(date.fromisoformat(found["day"]), date.fromisoformat(found["until"]))
