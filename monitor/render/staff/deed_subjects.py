"""Subjects: what a line of the history was about, in the reader's words, from the few that the program kept there."""

import re
from contextlib import suppress

from monitor.render.staff.deed_clinic_subjects import CLINIC_PATTERNS
from monitor.render.staff.deed_patient_subjects import PATIENT_PATTERNS
from monitor.render.staff.deed_patterns import Titles
from monitor.render.staff.speaking import Speaker

# What is written otherwise than the patterns know, such as by an older version, stands there as it was written.

REASONS = {
    "undone at once": "deed-why-undone",
    "may not use the program any more": "deed-why-disabled",
    "another address": "deed-why-address",
    "by the link in a mail": "deed-why-link",
}
PATTERNS = {**PATIENT_PATTERNS, **CLINIC_PATTERNS}


def find_act(say: Speaker, act: str) -> str | None:
    """The word for an act; None where there is none, such as for an act of a later version."""
    return say(f"act-{act}") if say.knows(f"act-{act}") else None


def word_act(say: Speaker, act: str) -> str:
    return find_act(say, act) or say("act-other")


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
            word = find_act(say, act_before) if colon else None
            return f"{word}, {word_subject(say, act_before, before, titles)}" if word else subject
        case _:
            return "; ".join(_word_piece(say, act, one, titles) for one in subject.split("; "))


def word_reason(say: Speaker, reason: str) -> str:
    """What a person gave for a reason, or what the program put there because nobody gave one."""
    if found := re.fullmatch("import of (?P<file>.+)", reason):
        return say("deed-import-of", file=found["file"])
    return say(REASONS[reason]) if reason in REASONS else reason


def _word_piece(say: Speaker, act: str, piece: str, titles: Titles) -> str:
    for pattern, tell in PATTERNS.get(act, ()):
        if found := pattern.fullmatch(piece):
            with suppress(ValueError):  # a day that no calendar has: nobody's page fails for an old line
                return tell(say, found, titles)
    return piece
