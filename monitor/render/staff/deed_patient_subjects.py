"""Subjects of acts on patients: what the history keeps of each, and the words for it."""

import re
from collections.abc import Mapping
from datetime import date, time

from monitor.render.staff.deed_patterns import DAY, IDS, PERIOD, Patterns, Titles, tell_period
from monitor.render.staff.speaking import Speaker
from schedules.intervals import Interval
from schedules.phrases import length


def _day(say: Speaker, written: str) -> str:
    return say.day(date.fromisoformat(written))


def _titles(say: Speaker, ids: str, titles: Titles) -> str:
    return ", ".join(say.text(titles[one]) if one in titles else one for one in ids.split(", "))


def _of(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say("deed-of", tests=_titles(say, found["ids"], titles), day=_day(say, found["day"]))


def _on(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    hour = f", {say.hour(time.fromisoformat(found['hour']))}" if found["hour"] else ""
    return say("deed-on", tests=_titles(say, found["ids"], titles), day=f"{_day(say, found['day'])}{hour}")


def _check(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{_titles(say, found['id'], titles)} ({found['number']}){found['rest']}"


def _extra(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    begins = say("deed-from", tests=_titles(say, found["ids"], titles), day=_day(say, found["day"]))
    if not found["times"]:
        return begins
    every = length(Interval.parse(found["every"]), say.language)
    return f"{begins}, {say('deed-repeated', times=found['times'], every=every)}"


def _moved(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say.count("deed-moved", int(found["count"]))


def _answers(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{say('deed-course', number=found['number'])}: {say.count('deed-answers', int(found['count']))}"


def _address(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say(f"deed-address-{found['purpose']}", number=found["number"])


def _infusions(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return _infusion_days(say, found["days"])


def _added(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say("deed-infusions-added", days=_infusion_days(say, found["days"]))


def _confirmed(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say("deed-infusions-confirmed", days=_infusion_days(say, found["days"]))


def _samples(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say.count("deed-samples-added", int(found["count"]))


def _infusion_days(say: Speaker, days: str) -> str:
    return ", ".join(_infusion_day(say, one) for one in days.split(", "))


def _infusion_day(say: Speaker, one: str) -> str:
    """A day, a planned one, one that became another, or one that was withdrawn."""
    day, _, rest = one.partition(" ")
    match rest:
        case "":
            return _day(say, day)
        case "planned" | "(planned)":
            return say("deed-planned", day=_day(say, day))
        case "withdrawn":
            return say("deed-withdrawn", day=_day(say, day))
        case _:
            return f"{_day(say, day)} → {_day(say, rest.removeprefix('-> '))}"


INFUSION = r"\d{4}-\d\d-\d\d(?: \(?planned\)?| withdrawn| -> \d{4}-\d\d-\d\d)?"
INFUSIONS = rf"(?P<days>{INFUSION}(?:, {INFUSION})*)"
INFUSION_DAYS = ((re.compile(INFUSIONS), _infusions),)
ON_DAYS = ((re.compile(rf"{IDS} of {DAY}"), _of),)
CHECKS = ((re.compile(r"(?P<id>[\w\-]+)/(?P<number>\d+)(?P<rest>.*)", re.DOTALL), _check),)
PERIODS = ((re.compile(PERIOD), tell_period),)
ADDRESSES = ((re.compile(r"address (?P<number>\d+) \((?P<purpose>page|appointments|worklist)\)"), _address),)
EVERY = r"(?:, (?P<times>\d+) times every (?P<every>\d+ \w+))?"
PATIENT_PATTERNS: Mapping[str, Patterns] = {
    "done": ON_DAYS,
    "seen": ON_DAYS,
    "report": ON_DAYS,
    "report taken back": ON_DAYS,
    "book": ((re.compile(rf"{IDS} on {DAY}(?: at (?P<hour>\d\d:\d\d))?"), _on),),
    "waive": CHECKS,
    "escalation seen": CHECKS,
    "escalation unseen": CHECKS,
    "away": PERIODS,
    "away taken back": PERIODS,
    "extra": ((re.compile(rf"{IDS} from {DAY}{EVERY}"), _extra),),
    "replan": ((re.compile(r"(?P<count>\d+) suggested days"), _moved),),
    "answer": ((re.compile(r"course (?P<number>\d+): (?P<count>\d+) of .+"), _answers),),
    "feed issue": ADDRESSES,
    "feed revoke": ADDRESSES,
    "infusion add": INFUSION_DAYS,
    "infusion correct": INFUSION_DAYS,
    "import": (
        (re.compile(rf"infusions added: {INFUSIONS}"), _added),
        (re.compile(rf"planned infusions confirmed: {INFUSIONS}"), _confirmed),
        (re.compile(r"samples added: (?P<count>\d+)"), _samples),
    ),
}
