"""Deeds: lines of the history in the reader's words, and facts of a refusal as they stand in a sentence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from db.history import Deed
from monitor.render.staff.deed_patterns import Titles
from monitor.render.staff.deed_subjects import word_act, word_subject
from monitor.render.staff.speaking import Speaker


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
