"""Phrases: days, lengths and courses in words, the same wherever English or German is read."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from babel.dates import format_date

from schedules.intervals import Interval, Unit
from schedules.protocol import Anchor, Confidence

LOCALES = {"en": "en_GB", "de": "de"}
DAY = {"en": "d MMMM yyyy", "de": "d. MMMM yyyy"}
WEEKDAY = {"en": "EEEE d MMMM yyyy", "de": "EEEE, d. MMMM yyyy"}

UNITS = {
    "en": {Unit.DAY: "day|days", Unit.WEEK: "week|weeks", Unit.MONTH: "month|months", Unit.YEAR: "year|years"},
    "de": {Unit.DAY: "Tag|Tage", Unit.WEEK: "Woche|Wochen", Unit.MONTH: "Monat|Monate", Unit.YEAR: "Jahr|Jahre"},
}
GERMAN_ARTICLES = {Unit.DAY: "der", Unit.WEEK: "die", Unit.MONTH: "der", Unit.YEAR: "das"}

CONFIDENCE: Mapping[str, Mapping[Confidence, str]] = {
    "en": {
        Confidence.VERIFIED: "verified",
        Confidence.VERIFIED_SECONDARY: "verified in secondary literature",
        Confidence.DERIVED: "derived",
        Confidence.NEEDS_CHECK: "needs to be checked",
        Confidence.LOCAL_POLICY: "local policy",
    },
    "de": {
        Confidence.VERIFIED: "belegt",
        Confidence.VERIFIED_SECONDARY: "in der Fachliteratur belegt",
        Confidence.DERIVED: "hergeleitet",
        Confidence.NEEDS_CHECK: "noch zu prüfen",
        Confidence.LOCAL_POLICY: "örtliche Festlegung",
    },
}

GERMAN_EVERY = {Unit.DAY: "jeden", Unit.WEEK: "jede", Unit.MONTH: "jeden", Unit.YEAR: "jedes"}


def confidence(of: Confidence, language: str) -> str:
    return CONFIDENCE[spoken(language)][of]


def spoken(language: str) -> str:
    """The language in which the program itself speaks: English unless it is German."""
    return language if language in LOCALES else "en"


@lru_cache(maxsize=4096)
def day(on: date, language: str) -> str:
    """12 January 2024, or 12. Januar 2024."""
    spoken_language = spoken(language)
    return format_date(on, DAY[spoken_language], locale=LOCALES[spoken_language])


def weekday_and_day(on: date, language: str) -> str:
    """Friday 12 January 2024, or Freitag, 12. Januar 2024."""
    spoken_language = spoken(language)
    return format_date(on, WEEKDAY[spoken_language], locale=LOCALES[spoken_language])


def month(on: date, language: str) -> str:
    """February 2025, or Februar 2025."""
    return format_date(on, "LLLL yyyy", locale=LOCALES[spoken(language)])


def ordinal(number: int, language: str) -> str:
    """1st, 2nd, 3rd, 11th, or 1., 2., 3., 11."""
    if spoken(language) == "de":
        return f"{number}."
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def count(number: int, unit: Unit, language: str) -> str:
    """1 day, 7 days, 48 Monate."""
    one, many = UNITS[spoken(language)][unit].split("|")
    return f"{number} {one if number == 1 else many}"


def length(interval: Interval, language: str, times: int = 1) -> str:
    """So many times the interval: "12 months" for 4 times 3 months."""
    return count(interval.count * times, interval.unit, language)


def every(interval: Interval, language: str) -> str:
    """Every month, every 3 months; jeden Monat, alle 3 Monate."""
    one = UNITS[spoken(language)][interval.unit].split("|")[0]
    if spoken(language) == "de":
        return f"{GERMAN_EVERY[interval.unit]} {one}" if interval.count == 1 else f"alle {length(interval, language)}"
    return f"every {one if interval.count == 1 else length(interval, language)}"


def nth(number: int, unit: Unit, language: str) -> str:
    """The 12th month, or der 12. Monat."""
    one = UNITS[spoken(language)][unit].split("|")[0]
    article = GERMAN_ARTICLES[unit] if spoken(language) == "de" else "the"
    return f"{article} {ordinal(number, language)} {one}"


def width(before_days: int, after_days: int, due: str, language: str) -> str:
    """7 days before to 7 days after `due`, which is a day or a word for it."""
    match before_days, after_days:
        case 0, 0:
            key = "width-none"
        case 0, _:
            key = "width-after"
        case _, 0:
            key = "width-before"
        case _:
            key = "width-both"
    before, tail = (count(days, Unit.DAY, language) for days in (before_days, after_days))
    return EXPLAINING[spoken(language)][key].format(before=before, after=tail, due=due)


def of_course(number: int | None, language: str) -> str:
    """Of the first course, of course 2; None where the number is not known."""
    if spoken(language) == "de":
        return f"der {_german_course(number)}Behandlungsphase"
    match number:
        case None:
            return "of the course"
        case 1:
            return "of the first course"
        case _:
            return f"of course {number}"


def _german_course(number: int | None) -> str:
    match number:
        case None:
            return ""
        case 1:
            return "ersten "
        case _:
            return f"{number}. "


EXPLAINING: Mapping[str, Mapping[str, str]] = {
    "en": {
        Anchor.FIRST_INFUSION: "the first infusion day {course}",
        Anchor.FIRST_COURSE_END: "the last infusion day {course}",
        Anchor.LAST_INFUSION: "the last infusion day {course}",
        Anchor.COURSE_START: "the first infusion day {course}",
        Anchor.COURSE_END: "the last infusion day {course}",
        Anchor.FOLLOW_UP_END: "the end of follow-up",
        "after": "Counted from {day}, {anchor}: {reached} after it.",
        "times": "{total} ({n} times {length})",
        "phase": "From {from_on} on it is {every}, counted from {day}, {anchor}.",
        "phase-start": "the day on which this rhythm begins",
        "temporary": "For a limited time it is {every}.",
        "before": "Due {length} before {day}, {anchor}.",
        "in-course": "On infusion day {n} {course}, which begins on {day}.",
        "closing": "The closing check: {length} after the last infusion given{last}; an earlier sample does not count.",
        "extra": "An extra, ordered for this patient from {day} on: the {nth} of the order.",
        "takeover": "Followed here from {day}: no recent sample is known, so that one is due on that day.",
        "clamped": "{month} has no {nth}, so the last day of the month holds.",
        "window-day": "On time {width} ({confidence}).",
        "window": "On time from {opens} to {closes} ({width}; {confidence}).",
        "width-none": "on {due} only",
        "width-after": "up to {after} after {due}",
        "width-before": "at most {before} before {due}",
        "width-both": "{before} before to {after} after {due}",
        "visit": "Suggested for {visit}, because {due} is {reason}.",
        "visit-away": "Suggested for {visit}, because the patient cannot come on {due}.",
        "visit-weekday": "Suggested for {visit}, because that weekday suits the patient better than {due}.",
        "visit-closed": "Suggested for {visit}, because the clinic is closed on {due} ({closure}).",
        "visit-off": "Suggested for {visit}, because {due} is a day of the week on which the clinic does not work.",
        "saturday": "a Saturday",
        "sunday": "a Sunday",
        "holiday": "a public holiday",
        "confirm": "Whether this check applies depends on sex or age, which are not known: a person must confirm it.",
        "protocol": "Protocol {protocol} {version}{overlays}.",
        "overlays": ", with {overlays} laid over it",
        "section": "section {section}",
        "source": "Source: {named}; confidence: {confidence}.",
        "note": "Note: {note}",
    },
    "de": {
        Anchor.FIRST_INFUSION: "dem ersten Infusionstag {course}",
        Anchor.FIRST_COURSE_END: "dem letzten Infusionstag {course}",
        Anchor.LAST_INFUSION: "dem letzten Infusionstag {course}",
        Anchor.COURSE_START: "dem ersten Infusionstag {course}",
        Anchor.COURSE_END: "dem letzten Infusionstag {course}",
        Anchor.FOLLOW_UP_END: "dem Ende der Nachsorge",
        "after": "Gezählt ab dem {day}, {anchor}: {reached} danach.",
        "times": "{total} ({n}-mal {length})",
        "phase": "Ab dem {from_on} {every}, gezählt ab dem {day}, {anchor}.",
        "phase-start": "dem Beginn dieses Rhythmus",
        "temporary": "Vorübergehend {every}.",
        "before": "Fällig {length} vor dem {day}, {anchor}.",
        "in-course": "Am {n}. Infusionstag {course}, die am {day} beginnt.",
        "closing": "Die Abschlusskontrolle: {length} nach der letzten gegebenen Infusion{last}; "
        "eine frühere Probe zählt nicht.",
        "extra": "Zusätzlich angeordnet, ab dem {day}: die {nth} Kontrolle dieser Anordnung.",
        "takeover": "Hier betreut ab dem {day}: Keine neuere Probe ist bekannt, darum ist an diesem Tag eine fällig.",
        "clamped": "{month} hat keinen {nth}, darum gilt der letzte Tag des Monats.",
        "window-day": "Rechtzeitig {width} ({confidence}).",
        "window": "Rechtzeitig vom {opens} bis zum {closes} ({width}; {confidence}).",
        "width-none": "nur am {due}",
        "width-after": "bis {after} nach dem {due}",
        "width-before": "frühestens {before} vor dem {due}",
        "width-both": "{before} vor bis {after} nach dem {due}",
        "visit": "Vorgeschlagen für {visit}, weil der {due} {reason} ist.",
        "visit-away": "Vorgeschlagen für {visit}, weil die Person am {due} nicht kommen kann.",
        "visit-weekday": "Vorgeschlagen für {visit}, weil dieser Wochentag besser passt als der {due}.",
        "visit-closed": "Vorgeschlagen für {visit}, weil die Klinik am {due} geschlossen ist ({closure}).",
        "visit-off": "Vorgeschlagen für {visit}, weil der {due} ein Wochentag ist, an dem die Klinik nicht arbeitet.",
        "saturday": "ein Samstag",
        "sunday": "ein Sonntag",
        "holiday": "ein Feiertag",
        "confirm": "Ob diese Kontrolle gilt, hängt von Geschlecht oder Alter ab, und das ist nicht bekannt: "
        "Bitte bestätigen.",
        "protocol": "Protokoll {protocol} {version}{overlays}.",
        "overlays": ", ergänzt um {overlays}",
        "section": "Abschnitt {section}",
        "source": "Quelle: {named}; Sicherheit: {confidence}.",
        "note": "Anmerkung: {note}",
    },
}
