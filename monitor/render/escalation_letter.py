"""Escalation letters: what is overdue of one patient, who is asked, and what to do, in a mail that names nobody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from shlex import quote
from textwrap import fill, shorten

from monitor.render.texts import format_day
from monitor.render.worklist_words import days_apart, days_in_words, near_day, title_in
from monitor.render.worklist_words import say as say_worklist
from schedules.escalating import LADDER, Raised
from schedules.phrases import spoken
from schedules.protocol import Role
from schedules.worklists import Line

WIDTH = 72
LONGEST_TITLE = 60
"""In a subject, of which a phone shows the beginning."""


class Why(StrEnum):
    """Why this person gets the letter."""

    ASKED = "asked"
    STANDS_IN = "stands-in"
    """Nobody of the role gets the digest of the clinic."""
    PHYSICIAN = "physician"
    """Nobody has marked it as seen for days, and this is the responsible physician."""
    NO_PHYSICIAN = "no-physician"
    """The same, and the clinic names no responsible physician."""


@dataclass(frozen=True, slots=True)
class EscalationTold:
    """What a letter says of one line. `reader_role` is the reader's own; `deputy_for` whose login they stand in for."""

    line: Line
    raised: Raised
    why: Why
    clinic_name: str
    reader_role: str
    unseen_days: int
    deputy_for: str | None = None


def write_escalation(every: Sequence[EscalationTold], language: str) -> tuple[str, str]:
    """Subject and text about the lines of one treatment for one reader, the longest overdue first.

    What is the same stands once: the facts of the tests of one visit, and why the reader gets the letter.
    """
    words, first = WORDS[spoken(language)], every[0]
    reasons = list(_reasons(first, language))
    are_same = all(list(_reasons(told, language)) == reasons for told in every)
    paragraphs = [
        f"{first.clinic_name}, {format_day(first.line.today, language, 'weekday')}",
        *_blocks(every, language, with_reasons=not are_same),
        *([fill(one, WIDTH) for one in reasons] if are_same else []),
        "\n".join(_acts(every, language)),
        fill(words["closes-nothing"], WIDTH),
    ]
    return _subject(every, language), "\n\n".join(paragraphs) + "\n"


def _blocks(every: Sequence[EscalationTold], language: str, *, with_reasons: bool) -> Iterator[str]:
    """The tests, those of the same facts together."""
    words, first = WORDS[spoken(language)], every[0]
    head = words["patient"].format(patient=first.line.patient, title=_title(first, language))
    if len(every) == 1:
        yield "\n".join([head, *_facts(first, language)])
        return
    yield words["patient-tests"].format(patient=first.line.patient, n=len(every))
    titles: dict[tuple[str, ...], list[str]] = {}
    for told in every:
        reasons = _reasons(told, language) if with_reasons else ()
        filled = (fill(one, WIDTH, initial_indent="  ", subsequent_indent="  ") for one in reasons)
        titles.setdefault((*_facts(told, language), *filled), []).append(_title(told, language))
    for facts, names in titles.items():
        yield "\n".join([*names, *facts])


def _subject(every: Sequence[EscalationTold], language: str) -> str:
    words, first = WORDS[spoken(language)], every[0]
    others = len(every) - 1
    also = ""
    if others:
        key = "also-1" if others == 1 else "also"
        also = words[key].format(title=shorten(_title(first, language), LONGEST_TITLE, placeholder=" …"), n=others)
    roles = ", ".join(_role(role, language) for role in _roles(every))
    overdue = _overdue(first.line, language)
    return words["subject"].format(patient=first.line.patient, overdue=overdue, also=also, role=roles)


def _roles(every: Sequence[EscalationTold]) -> list[Role]:
    asked = {told.raised.role for told in every}
    return [role for role in LADDER if role in asked]


def _role(role: Role, language: str) -> str:
    return say_worklist(role.value, language)


def _title(told: EscalationTold, language: str) -> str:
    return title_in(told.line.title, language)


def _overdue(line: Line, language: str) -> str:
    return WORDS[spoken(language)]["overdue"].format(days=days_in_words(line.days_overdue, language))


def _facts(told: EscalationTold, language: str) -> Iterator[str]:
    words, line = WORDS[spoken(language)], told.line
    due = words["due"].format(day=near_day(line.first.due_on, line.today, language))
    missed = f", {say_worklist('missed', language, n=line.missed)}" if line.missed > 1 else ""
    yield f"  {_overdue(line, language)}{missed}, {due}"
    since = format_day(told.raised.began_on, language, "weekday")
    yield "  " + words["asked"].format(role=_role(told.raised.role, language), day=since)
    if line.booked:
        yield f"  {say_worklist('booked-on', language, day=near_day(line.booked.booked_on, line.today, language))}"


def _reasons(told: EscalationTold, language: str) -> Iterator[str]:
    words, role = WORDS[spoken(language)], _role(told.raised.role, language)
    if told.why is not Why.ASKED:
        yield words[told.why.value].format(role=role, days=days_apart(told.unseen_days, language))
    if told.deputy_for:
        yield words["deputy"].format(login=told.deputy_for)


def _acts(every: Sequence[EscalationTold], language: str) -> Iterator[str]:
    words, reference = WORDS[spoken(language)], quote(every[0].line.patient)
    yield words["arrange"]
    rules = ",".join(told.line.checks[-1].rule for told in every)
    yield f"  monitor check done {reference} {rules} --on {words['placeholder-day']}"
    yield words["mark"]
    for role in _roles(every):
        families = ",".join(told.line.family for told in every if told.raised.role is role)
        is_admins_entry = every[0].reader_role == "admin" and role is not Role.ADMIN
        by_name = f" --by-name {words['placeholder-name']}" if is_admins_entry else ""
        yield f"  monitor escalation seen {reference} {families} --role {role.value}{by_name}"


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "Follow-up: {patient} is {overdue}{also} (for the {role})",
        "also-1": ", {title} and 1 other test",
        "also": ", {title} and {n} other tests",
        "overdue": "{days} overdue",
        "patient": "Patient {patient}: {title}",
        "patient-tests": "Patient {patient}: {n} tests",
        "due": "due {day}",
        "asked": "Asked: {role}, since {day}",
        "stands-in": "You get this because nobody in the role “{role}” gets the digest of this clinic, or all of "
        "them are away.",
        "physician": "It goes to the responsible physician: for {days} nobody has marked this as seen.",
        "no-physician": "For {days} nobody has marked this as seen, and no responsible physician gets the digest of "
        "this clinic, or they are away; so you get this.",
        "deputy": "You stand in for {login}, who is away.",
        "arrange": "See that this is done, and record it:",
        "mark": "Please mark this as seen:",
        "placeholder-day": "DAY",
        "placeholder-name": "NAME",
        "closes-nothing": "A mark closes nothing: what is overdue stays so until somebody records, waives or "
        "discharges. This mail comes once; the digest names what is overdue every morning.",
    },
    "de": {
        "subject": "Nachsorge: {patient} ist {overdue}{also} (für: {role})",
        "also-1": ", {title} und 1 weitere Untersuchung",
        "also": ", {title} und {n} weitere Untersuchungen",
        "overdue": "{days} überfällig",
        "patient": "Person {patient}: {title}",
        "patient-tests": "Person {patient}: {n} Untersuchungen",
        "due": "fällig {day}",
        "asked": "Gefragt: {role}, seit {day}",
        "stands-in": "Sie bekommen dies, weil niemand mit der Rolle „{role}“ die Übersicht dieser Klinik bekommt "
        "oder alle abwesend sind.",
        "physician": "Es geht an die verantwortliche Ärztin oder den verantwortlichen Arzt: Seit {days} hat dies "
        "niemand als gesehen vermerkt.",
        "no-physician": "Seit {days} hat dies niemand als gesehen vermerkt, und die Übersicht dieser Klinik bekommt "
        "keine verantwortliche Ärztin und kein verantwortlicher Arzt, oder sie sind abwesend; darum bekommen Sie dies.",
        "deputy": "Sie vertreten {login}.",
        "arrange": "Bitte sorgen Sie dafür, dass dies erledigt wird, und tragen Sie es ein:",
        "mark": "Bitte vermerken Sie dies als gesehen:",
        "placeholder-day": "TAG",
        "placeholder-name": "NAME",
        "closes-nothing": "Der Vermerk schließt nichts: Was überfällig ist, bleibt es, bis jemand es einträgt, darauf "
        "verzichtet oder die Person entlässt. Diese Nachricht kommt einmal; die Übersicht nennt jeden Morgen, was "
        "überfällig ist.",
    },
}
