"""Subjects: what a line of the history was about, in the reader's words, from the few that the program kept there."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, time

from monitor.render.staff.speaking import Speaker
from schedules.intervals import Interval
from schedules.phrases import length
from schedules.protocol import Texts

# The history keeps ids and ISO days, so that no word of a protocol or a language is part of its chain. What is written
# otherwise, such as by an older version, stands there as it was written.

Titles = Mapping[str, Texts]
"""By id of a rule or family."""
Tell = Callable[[Speaker, re.Match[str], Titles], str]
IDS, DAY = r"(?P<ids>[\w\-, ]+)", r"(?P<day>\d{4}-\d\d-\d\d)"


def word_act(say: Speaker, act: str) -> str:
    return say(f"act-{act}") if say.knows(f"act-{act}") else say("act-other")


def word_subject(say: Speaker, act: str, subject: str, titles: Titles) -> str:
    """What an act was about: "Blood count of Mon 2 Nov 2026", from "blood-count of 2026-11-02" in the history."""
    match act:
        case "note":
            return say(f"note-{subject}") if say.knows(f"note-{subject}") else subject
        case "preference":
            keys = [f"deed-part-{one.replace(' ', '-')}" for one in subject.split(", ")]
            return ", ".join(say(key) for key in keys) if all(say.knows(key) for key in keys) else subject
        case "undo":
            act_before, colon, before = subject.partition(": ")
            known = colon and say.knows(f"act-{act_before}")
            return f"{word_act(say, act_before)}, {word_subject(say, act_before, before, titles)}" if known else subject
        case _:
            return "; ".join(_word_piece(say, act, one, titles) for one in subject.split("; "))


def word_reason(say: Speaker, reason: str) -> str:
    """What a person gave for a reason, or what the program put there because nobody gave one."""
    found = re.fullmatch("import of (?P<file>.+)", reason)
    return say("deed-import-of", file=found["file"]) if found else reason


def _word_piece(say: Speaker, act: str, piece: str, titles: Titles) -> str:
    for pattern, tell in PATTERNS.get(act, ()):
        if found := pattern.fullmatch(piece):
            with suppress(ValueError):  # a day that no calendar has: nobody's page fails for an old line
                return tell(say, found, titles)
    return piece


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


def _period(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say.days(date.fromisoformat(found["day"]), date.fromisoformat(found["until"]))


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
PERIODS = ((re.compile(rf"{DAY} to (?P<until>\d{{4}}-\d\d-\d\d)"), _period),)
ADDRESSES = ((re.compile(r"address (?P<number>\d+) \((?P<purpose>page|appointments|worklist)\)"), _address),)
EVERY = r"(?:, (?P<times>\d+) times every (?P<every>\d+ \w+))?"
PATTERNS: Mapping[str, tuple[tuple[re.Pattern[str], Tell], ...]] = {
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
"""By act how its subjects may be written, each with the words for it."""
