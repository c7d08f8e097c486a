"""Escalation letters: one overdue line, who is asked, and what to do, in a mail that names nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from shlex import quote
from textwrap import fill

from monitor.render.texts import format_day
from monitor.render.worklist_words import days_apart, days_in_words, near_day, title_in
from monitor.render.worklist_words import say as say_worklist
from schedules.escalating import Raised
from schedules.phrases import spoken
from schedules.protocol import Role
from schedules.worklists import Line

WIDTH = 72


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
    """What a letter says. `reader_role` is the reader's own; `deputy_for` the login of whom they stand in for."""

    line: Line
    raised: Raised
    why: Why
    clinic_name: str
    reader_role: str
    unseen_days: int
    deputy_for: str | None = None


def write_escalation(told: EscalationTold, language: str) -> tuple[str, str]:
    """Subject and text."""
    words, line = WORDS[spoken(language)], told.line
    overdue = words["overdue"].format(days=days_in_words(line.days_overdue, language))
    subject = words["subject"].format(patient=line.patient, overdue=overdue, role=_role(told.raised.role, language))
    paragraphs = [
        f"{told.clinic_name}, {format_day(line.today, language, 'weekday')}",
        "\n".join(_facts(told, overdue, language)),
        "\n\n".join(fill(one, WIDTH) for one in _reasons(told, language)),
        "\n".join(_acts(told, language)),
        fill(words["closes-nothing"], WIDTH),
    ]
    return subject, "\n\n".join(one for one in paragraphs if one) + "\n"


def _role(role: Role, language: str) -> str:
    return say_worklist(role.value, language)


def _facts(told: EscalationTold, overdue: str, language: str) -> Iterator[str]:
    words, line = WORDS[spoken(language)], told.line
    yield words["patient"].format(patient=line.patient, title=title_in(line.title, language))
    due = words["due"].format(day=near_day(line.first.due_on, line.today, language))
    missed = f", {say_worklist('missed', language, n=line.missed)}" if line.missed > 1 else ""
    yield f"  {overdue}{missed}, {due}"
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


def _acts(told: EscalationTold, language: str) -> Iterator[str]:
    words, line, role = WORDS[spoken(language)], told.line, told.raised.role
    reference = quote(line.patient)
    yield words["arrange"]
    yield f"  monitor check done {reference} {line.checks[-1].rule} --on {words['placeholder-day']}"
    yield words["mark"]
    is_admins_entry = told.reader_role == "admin" and role is not Role.ADMIN
    by_name = f" --by-name {words['placeholder-name']}" if is_admins_entry else ""
    yield f"  monitor escalation seen {reference} {line.family} --role {role.value}{by_name}"


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "Follow-up: {patient} is {overdue} (for the {role})",
        "overdue": "{days} overdue",
        "patient": "Patient {patient}: {title}",
        "due": "due {day}",
        "asked": "Asked: {role}, since {day}",
        "stands-in": "You get this because nobody in the role “{role}” gets the digest of this clinic, or all of "
        "them are away.",
        "physician": "It goes to the responsible physician: for {days} nobody has marked it as seen.",
        "no-physician": "For {days} nobody has marked it as seen, and no responsible physician gets the digest of this "
        "clinic, or they are away; so you get this.",
        "deputy": "You stand in for {login}, who is away.",
        "arrange": "See that it is done, and record it:",
        "mark": "Please mark it as seen:",
        "placeholder-day": "DAY",
        "placeholder-name": "NAME",
        "closes-nothing": "To mark it closes nothing: it stays overdue until somebody records, waives or discharges. "
        "This mail comes once; the digest names it every morning.",
    },
    "de": {
        "subject": "Nachsorge: {patient} ist {overdue} (für: {role})",
        "overdue": "{days} überfällig",
        "patient": "Person {patient}: {title}",
        "due": "fällig {day}",
        "asked": "Gefragt: {role}, seit {day}",
        "stands-in": "Sie bekommen dies, weil niemand mit der Rolle „{role}“ die Übersicht dieser Klinik bekommt "
        "oder alle abwesend sind.",
        "physician": "Es geht an die verantwortliche Ärztin oder den verantwortlichen Arzt: Seit {days} hat es niemand "
        "als gesehen vermerkt.",
        "no-physician": "Seit {days} hat es niemand als gesehen vermerkt, und die Übersicht dieser Klinik bekommt "
        "keine verantwortliche Ärztin und kein verantwortlicher Arzt, oder sie sind abwesend; darum bekommen Sie dies.",
        "deputy": "Sie vertreten {login}.",
        "arrange": "Bitte sorgen Sie dafür, dass es erledigt wird, und tragen Sie es ein:",
        "mark": "Bitte vermerken Sie, dass Sie es gesehen haben:",
        "placeholder-day": "TAG",
        "placeholder-name": "NAME",
        "closes-nothing": "Der Vermerk schließt nichts: Es bleibt überfällig, bis jemand es einträgt, darauf "
        "verzichtet oder die Person entlässt. Diese Nachricht kommt einmal; die Übersicht nennt es jeden Morgen.",
    },
}
