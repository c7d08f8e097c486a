"""Deeds: lines of the history in the reader's words, and facts of a refusal as they stand in a sentence."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from db.history import Deed
from monitor.render.staff.speaking import Speaker
from schedules.protocol import Texts

Titles = Mapping[str, Texts]
"""By id of a rule or family."""
DONE = re.compile(r"(?P<ids>[\w\-, ]+) of (?P<day>\d{4}-\d\d-\d\d)")
BOOKED = re.compile(r"(?P<ids>[\w\-, ]+) on (?P<day>\d{4}-\d\d-\d\d)(?: at (?P<hour>\d\d:\d\d))?")
CHECK = re.compile(r"(?P<id>[\w\-]+)/(?P<number>\d+)(?P<rest>.*)", re.DOTALL)


def word_act(say: Speaker, act: str) -> str:
    return say(f"act-{act}") if say.knows(f"act-{act}") else say("act-other")


def word_subject(say: Speaker, act: str, subject: str, titles: Titles) -> str:
    """What an act was about: "Blood count of Mon 2 Nov 2026", from "blood-count of 2026-11-02" in the history.

    What is written otherwise, such as by an older version, stands there as it was written.
    """
    match act:
        case "done" | "seen":
            return "; ".join(_done(say, one, titles) for one in subject.split("; "))
        case "book":
            found = BOOKED.fullmatch(subject)
            return _booked(say, found, titles) if found else subject
        case "waive" | "escalation seen" | "escalation unseen":
            found = CHECK.fullmatch(subject)
            return f"{_titles(say, found['id'], titles)} ({found['number']}){found['rest']}" if found else subject
        case "note":
            return say(f"note-{subject}") if say.knows(f"note-{subject}") else subject
        case "undo":
            act_before, colon, before = subject.partition(": ")
            known = colon and say.knows(f"act-{act_before}")
            return f"{word_act(say, act_before)}, {word_subject(say, act_before, before, titles)}" if known else subject
        case _:
            return subject


def _done(say: Speaker, subject: str, titles: Titles) -> str:
    found = DONE.fullmatch(subject)
    if not found:
        return subject
    return say("deed-of", tests=_titles(say, found["ids"], titles), day=say.day(date.fromisoformat(found["day"])))


def _booked(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    day = say.day(date.fromisoformat(found["day"]))
    hour = f", {say.hour(time.fromisoformat(found['hour']))}" if found["hour"] else ""
    return say("deed-on", tests=_titles(say, found["ids"], titles), day=f"{day}{hour}")


def _titles(say: Speaker, ids: str, titles: Titles) -> str:
    return ", ".join(say.text(titles[one]) if one in titles else one for one in ids.split(", "))


def word_deed(say: Speaker, deed: Deed, *, names: Mapping[str, str], titles: Titles, zone: str) -> str:
    """Ada Example: Recorded, Blood count of Mon 2 Nov 2026 (Mon 2 Nov 2026, 09:14)."""
    subject = word_subject(say, deed.act, deed.subject or "", titles)
    return say(
        "deed-told", who=names.get(deed.login, deed.login), act=word_act(say, deed.act), subject=subject,
        at=say.instant(deed.at, zone),
    )  # fmt: skip


def word_facts(say: Speaker, facts: Mapping[str, object]) -> dict[str, object]:
    """The facts of a refusal as they stand in a sentence: days, instants, titles, and what others did."""
    zone = str(facts.get("zone", "UTC"))
    return {name: _word_fact(say, one, zone, facts) for name, one in facts.items() if name not in {"names", "titles"}}


def _word_fact(say: Speaker, fact: object, zone: str, facts: Mapping[str, object]) -> object:
    if isinstance(fact, dict):
        return say.text(fact)
    if isinstance(fact, datetime):
        return say.instant(fact, zone)
    if not isinstance(fact, Sequence) or isinstance(fact, str):
        return _word_one(say, fact)
    if fact and isinstance(fact[0], Deed):
        names, titles = facts.get("names", {}), facts.get("titles", {})
        assert isinstance(names, Mapping)
        assert isinstance(titles, Mapping)
        return "; ".join(word_deed(say, one, names=names, titles=titles, zone=zone) for one in fact)
    return ", ".join(str(_word_one(say, one)) for one in fact)


def _word_one(say: Speaker, fact: object) -> object:
    match fact:
        case (dict() as texts, date() as day):
            return say("deed-check", test=say.text(texts), day=say.day(day))
        case date():
            return say.day(fact)
        case time():
            return say.hour(fact)
        case _:
            return fact
