"""Texts: the program's own words and days, in English and German."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from babel.dates import format_date

from schedules.phrases import spoken
from schedules.protocol import Place, Specimen

LANGUAGES = ("en", "de")
STYLES: Mapping[str, Mapping[str, str]] = {
    "en": {"day": "d MMM yyyy", "weekday": "EEE d MMM yyyy", "brief": "d MMM"},
    "de": {"day": "dd.MM.yyyy", "weekday": "ccc dd.MM.yyyy", "brief": "dd.MM."},
}


@lru_cache(maxsize=8192)
def format_day(on: date, language: str, style: str = "day") -> str:
    """A day as people read it: "Tue 14 May 2027" with its weekday, "14 May" in brief; "Di 14.05.2027" in German."""
    spoken_language = spoken(language)
    return format_date(on, STYLES[spoken_language][style], locale=spoken_language)


def format_column_day(on: date, language: str) -> str:
    """A day with its weekday, as wide as every other: "Tue  4 May 2027" under "Tue 14 May 2027"."""
    written = format_day(on, language, "weekday")
    weekday, _, rest = written.partition(" ")
    return f"{weekday} {rest:>11}" if spoken(language) == "en" else written


def format_days(starts_on: date, ends_on: date, language: str) -> str:
    """From one day to another, the year only where it is needed: "29 Mar – 12 Apr 2024"."""
    if starts_on == ends_on:
        return format_day(ends_on, language)
    style = "brief" if starts_on.year == ends_on.year else "day"
    return f"{format_day(starts_on, language, style)} – {format_day(ends_on, language)}"


def format_brief_days(starts_on: date, ends_on: date, language: str) -> str:
    """As `format_days` without any year, beside a day that has one: "29 Dec – 12 Jan"."""
    opens, closes = (format_day(on, language, "brief") for on in (starts_on, ends_on))
    return opens if starts_on == ends_on else f"{opens} – {closes}"


def word(key: str, language: str, /, **facts: object) -> str:
    """The program's own words for `key`, with facts filled in."""
    return WORDS[spoken(language)][key].format(**facts)


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "yes": "yes",
        "ready": "ready",
        "draft": "DRAFT, not for clinical use",
        "with-overlays": "with {overlays}",
        "course": "Course {n}",
        "days-given": "{given} of {foreseen} infusion days given",
        "days-planned": "{planned} infusion days planned",
        "days-given-and-planned": "{given} of {foreseen} infusion days given, {planned} planned",
        "follow-up": "Follow-up",
        "ends": "ends on {day}, {length} after the last infusion given",
        "no-end": "begins with the first infusion that is given",
        "next-course": "Next course",
        "not-before": "not before {day}",
        "visits": "Visits",
        "visit-count": "{visits} visits with {checks} checks",
        "avoids-holidays": "the suggested days avoid weekends and public holidays ({country})",
        "avoids-weekends": "the suggested days avoid weekends; --country adds public holidays",
        "what": "What is checked",
        "check": "Check",
        "how-often": "How often",
        "times": "Times",
        "first": "First",
        "last": "Last",
        "before-course-each": "{length} before each course",
        "before-course-first": "{length} before the first course",
        "before-course-later": "{length} before each later course",
        "infusion-day-each": "infusion day {n} of each course",
        "infusion-day-first": "infusion day {n}, first course",
        "infusion-day-later": "infusion day {n}, later courses",
        "phase": "{every} until {until}",
        "listed": "{lengths} after {anchor}",
        "courses-each": "",
        "courses-first": ", first course only",
        "courses-later": ", later courses only",
        "first-infusion": "the first infusion",
        "first-course-end": "the first course",
        "last-infusion": "the last infusion",
        "course-start": "the start of a course",
        "course-end": "the end of a course",
        "follow-up-end": "the end of follow-up",
        "month-by-month": "Month by month",
        "infusions": "Infusions",
        "mark-given": "infusion",
        "mark-planned": "infusion planned",
        "mark-baseline": "before a course",
        "mark-in-course": "on an infusion day",
        "mark-check": "check",
        "mark-closing": "closing check",
        "mark-extra": "extra",
        "mark-several": "several in a month",
        "suggested": "Suggested day",
        "due": "Due",
        "on-time": "On time",
        "number-and-check": "Check (number)",
        "until-last": "until {length} after the last infusion",
        "until-end": "until the end of follow-up",
        "until-never": "for as long as treatment lasts",
        "counted": "counted from {anchor}, {until}",
        "from-first-infusion": "the first infusion",
        "from-first-course-end": "the last infusion of the first course",
        "from-last-infusion": "the last infusion of the latest course",
        "bundle": "In the list, “{name}” are: {titles}.",
        "together": "{name} ({count})",
        "tests-every": "tests {every}",
        "closing": "closing check",
        "advice": "Advice",
        "from-to": "{start} – {end}",
        "for-good": "from {start} on, for good",
        "to-see": "Please look at this",
        "confirm": "Sex or birth date is not known. Please confirm that these apply: {titles}.",
        "confidence": "How sure we are",
        "all-windows": "The days that count as on time are {confidence} for every rule.",
        "some-windows": "The days that count as on time are {confidence} for: {titles}.",
        "rules-verified": "All other rules are verified or derived.",
        "nothing": "Nothing is planned.",
        "clinic": "Clinic",
        "laboratory": "Laboratory",
        "home": "At home",
        "office": "Office",
    },
    "de": {
        "yes": "ja",
        "ready": "fertig",
        "draft": "ENTWURF, nicht für die Versorgung",
        "with-overlays": "mit {overlays}",
        "course": "Behandlungsphase {n}",
        "days-given": "{given} von {foreseen} Infusionstagen gegeben",
        "days-planned": "{planned} Infusionstage geplant",
        "days-given-and-planned": "{given} von {foreseen} Infusionstagen gegeben, {planned} geplant",
        "follow-up": "Nachsorge",
        "ends": "endet am {day}, {length} nach der letzten gegebenen Infusion",
        "no-end": "beginnt mit der ersten gegebenen Infusion",
        "next-course": "Nächste Behandlungsphase",
        "not-before": "frühestens am {day}",
        "visits": "Termine",
        "visit-count": "{visits} Termine mit {checks} Kontrollen",
        "avoids-holidays": "die vorgeschlagenen Tage meiden Wochenenden und Feiertage ({country})",
        "avoids-weekends": "die vorgeschlagenen Tage meiden Wochenenden; --country berücksichtigt auch Feiertage",
        "what": "Was kontrolliert wird",
        "check": "Kontrolle",
        "how-often": "Wie oft",
        "times": "Anzahl",
        "first": "Erstmals",
        "last": "Zuletzt",
        "before-course-each": "{length} vor jeder Phase",
        "before-course-first": "{length} vor der ersten Phase",
        "before-course-later": "{length} vor jeder weiteren Phase",
        "infusion-day-each": "{n}. Infusionstag jeder Phase",
        "infusion-day-first": "{n}. Infusionstag, erste Phase",
        "infusion-day-later": "{n}. Infusionstag, weitere Phasen",
        "phase": "{every} bis {until}",
        "listed": "{lengths} nach {anchor}",
        "courses-each": "",
        "courses-first": ", nur erste Phase",
        "courses-later": ", nur weitere Phasen",
        "first-infusion": "der ersten Infusion",
        "first-course-end": "der ersten Behandlungsphase",
        "last-infusion": "der letzten Infusion",
        "course-start": "Beginn einer Behandlungsphase",
        "course-end": "Ende einer Behandlungsphase",
        "follow-up-end": "Ende der Nachsorge",
        "month-by-month": "Monat für Monat",
        "infusions": "Infusionen",
        "mark-given": "Infusion",
        "mark-planned": "Infusion geplant",
        "mark-baseline": "vor einer Phase",
        "mark-in-course": "am Infusionstag",
        "mark-check": "Kontrolle",
        "mark-closing": "Abschlusskontrolle",
        "mark-extra": "zusätzlich",
        "mark-several": "mehrere im Monat",
        "suggested": "Vorschlag",
        "due": "Fällig",
        "on-time": "Rechtzeitig",
        "number-and-check": "Kontrolle (Nummer)",
        "until-last": "bis {length} nach der letzten Infusion",
        "until-end": "bis zum Ende der Nachsorge",
        "until-never": "solange die Behandlung dauert",
        "counted": "gezählt ab {anchor}, {until}",
        "from-first-infusion": "der ersten Infusion",
        "from-first-course-end": "der letzten Infusion der ersten Behandlungsphase",
        "from-last-infusion": "der letzten Infusion der jüngsten Behandlungsphase",
        "bundle": "In der Liste sind „{name}“: {titles}.",
        "together": "{name} ({count})",
        "tests-every": "Tests {every}",
        "closing": "Abschlusskontrolle",
        "advice": "Hinweise",
        "from-to": "{start} – {end}",
        "for-good": "ab {start}, auf Dauer",
        "to-see": "Bitte beachten",
        "confirm": "Geschlecht oder Geburtsdatum ist nicht bekannt. Bitte bestätigen, dass dies zutrifft: {titles}.",
        "confidence": "Wie sicher das ist",
        "all-windows": "Welche Tage als rechtzeitig gelten, ist bei allen Regeln {confidence}.",
        "some-windows": "Welche Tage als rechtzeitig gelten, ist {confidence} bei: {titles}.",
        "rules-verified": "Alle anderen Regeln sind belegt oder hergeleitet.",
        "nothing": "Es ist nichts geplant.",
        "clinic": "Ambulanz",
        "laboratory": "Labor",
        "home": "Zu Hause",
        "office": "Büro",
    },
}


def place_word(place: Place, language: str) -> str:
    return word(place.value, language)


def specimen_word(specimen: Specimen, language: str) -> str:
    return SPECIMENS[spoken(language)][specimen]


SPECIMENS: Mapping[str, Mapping[Specimen, str]] = {
    "en": {
        Specimen.BLOOD: "blood",
        Specimen.URINE: "urine",
        Specimen.SWAB: "swab",
        Specimen.EXAMINATION: "examination",
        Specimen.QUESTIONS: "questions",
        Specimen.FORM: "form",
    },
    "de": {
        Specimen.BLOOD: "Blut",
        Specimen.URINE: "Urin",
        Specimen.SWAB: "Abstrich",
        Specimen.EXAMINATION: "Untersuchung",
        Specimen.QUESTIONS: "Fragen",
        Specimen.FORM: "Formular",
    },
}
