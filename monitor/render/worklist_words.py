"""The worklist's own words, in English and German."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.render.texts import format_day
from schedules import phrases
from schedules.intervals import Unit
from schedules.phrases import spoken
from schedules.protocol import Texts


def say(key: str, language: str, /, **facts: object) -> str:
    """The worklist's words for `key`, with facts filled in."""
    return WORDS[spoken(language)][key].format(**facts)


def near_day(on: date, today: date, language: str) -> str:
    """A day with its weekday, and its year only where that is not this year: "Tue 14 May"."""
    written = format_day(on, language, "weekday")
    return written.removesuffix(str(on.year)).rstrip() if on.year == today.year else written


def distance(on: date, today: date, language: str) -> str:
    """In 3 days, tomorrow, today, yesterday, 3 days ago."""
    days = (on - today).days
    match days:
        case 0:
            return say("today", language)
        case 1:
            return say("tomorrow", language)
        case -1:
            return say("yesterday", language)
        case _:
            key = "in-days" if days > 0 else "days-ago"
            return say(key, language, days=days_apart(abs(days), language))


def days_in_words(number: int, language: str) -> str:
    return phrases.count(number, Unit.DAY, language)


def days_apart(number: int, language: str) -> str:
    """German puts days after "in" and "vor" into the dative: in 3 Tagen."""
    written = days_in_words(number, language)
    return f"{written}n" if spoken(language) == "de" and number != 1 else written.replace("1 Tag", "einem Tag")


def title_in(texts: Texts, language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def format_instant(at: datetime, zone: str, language: str) -> str:
    """Day and time as the clinic's clocks showed it: "2 Nov 2026 09:14"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{format_day(local.date(), language)} {local:%H:%M}"


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Worklist for {day}: {people}",
        "nothing": "Nothing is overdue, due or open. {looked}",
        "no-such": "No line of this kind. {looked}",
        "looked": "Looked at: {clinics}.",
        "no-patients": "no patient",
        "patients-1": "1 patient",
        "patients": "{n} patients",
        "overdue": "overdue",
        "due": "due",
        "open": "open",
        "booked": "booked",
        "not-seen": "not seen",
        "unconfirmed": "unconfirmed",
        "failed": "failed",
        "what-overdue": "the days that count as on time are over",
        "what-due": "the due day has come",
        "what-open": "may be done already",
        "what-unconfirmed": "a planned infusion day has passed",
        "what-not-seen": "done, but nobody has marked the result as seen",
        "what-failed": "could not be computed",
        "state": "State",
        "patient": "Patient",
        "what": "What",
        "when": "When",
        "last": "Last sample",
        "next": "Next",
        "due-on": "due {day}, {distance}",
        "today": "today",
        "tomorrow": "tomorrow",
        "yesterday": "yesterday",
        "in-days": "in {days}",
        "days-ago": "{days} ago",
        "days-overdue": "{days} overdue",
        "missed": "{n} missed",
        "until": "on time until {day}",
        "nurse": "nurse",
        "clinician": "clinician",
        "admin": "administrator",
        "ago": "{days} ago",
        "never": "none in {days}",
        "limit": "limit {days}",
        "last-line": "sample {days} ago, limit {limit}",
        "never-line": "no sample in {days}, limit {limit}",
        "visit": "visit {day}",
        "arrange-now": "arrange a visit now",
        "booked-on": "booked {day}",
        "booked-outside": "outside the window!",
        "booked-passed": "did it happen?",
        "seen-by": "{role} knows: {name}, {day}",
        "note": "note",
        "reached": "reached",
        "unreachable": "unreachable",
        "declines": "declines",
        "contact": "{kind} {day}",
        "infusion-planned": "Planned infusion",
        "confirm-it": "given or not? {days}",
        "taken-on": "taken {days}",
        "more": "{n} results",
        "confirm": "does it apply?",
        "patient-says": "patient says: done on {day}; not confirmed",
        "patient-says-at": "patient says: done on {day}, at {place}; not confirmed",
        "failed-what": "This patient could not be computed",
        "failed-hint": "{fault}: run `monitor verify`",
    },
    "de": {
        "title": "Arbeitsliste für {day}: {people}",
        "nothing": "Nichts ist überfällig, fällig oder offen. {looked}",
        "no-such": "Keine solche Zeile. {looked}",
        "looked": "Durchgesehen: {clinics}.",
        "no-patients": "niemand",
        "patients-1": "1 Person",
        "patients": "{n} Personen",
        "overdue": "überfällig",
        "due": "fällig",
        "open": "offen",
        "booked": "vereinbart",
        "not-seen": "ungesehen",
        "unconfirmed": "unbestätigt",
        "failed": "Fehler",
        "what-overdue": "die rechtzeitigen Tage sind vorbei",
        "what-due": "der Fälligkeitstag ist gekommen",
        "what-open": "kann schon erledigt werden",
        "what-unconfirmed": "ein geplanter Infusionstag ist vorbei",
        "what-not-seen": "erledigt, aber niemand hat das Ergebnis als gesehen vermerkt",
        "what-failed": "ließ sich nicht berechnen",
        "state": "Stand",
        "patient": "Person",
        "what": "Was",
        "when": "Wann",
        "last": "Letzte Probe",
        "next": "Weiter",
        "due-on": "fällig {day}, {distance}",
        "today": "heute",
        "tomorrow": "morgen",
        "yesterday": "gestern",
        "in-days": "in {days}",
        "days-ago": "vor {days}",
        "days-overdue": "{days} überfällig",
        "missed": "{n} versäumt",
        "until": "rechtzeitig bis {day}",
        "nurse": "Pflege",
        "clinician": "Ärztin/Arzt",
        "admin": "Verwaltung",
        "ago": "vor {days}",
        "never": "keine seit {days}",
        "limit": "Grenze {days}",
        "last-line": "Probe vor {days}, Grenze {limit}",
        "never-line": "keine Probe seit {days}, Grenze {limit}",
        "visit": "Termin {day}",
        "arrange-now": "jetzt Termin vereinbaren",
        "booked-on": "vereinbart {day}",
        "booked-outside": "außerhalb der Frist!",
        "booked-passed": "hat er stattgefunden?",
        "seen-by": "{role} weiß es: {name}, {day}",
        "note": "Notiz",
        "reached": "erreicht",
        "unreachable": "nicht erreicht",
        "declines": "lehnt ab",
        "contact": "{kind} {day}",
        "infusion-planned": "Geplante Infusion",
        "confirm-it": "gegeben oder nicht? {days}",
        "taken-on": "entnommen {days}",
        "more": "{n} Ergebnisse",
        "confirm": "trifft es zu?",
        "patient-says": "nach eigener Angabe erledigt am {day}; nicht bestätigt",
        "patient-says-at": "nach eigener Angabe erledigt am {day}, {place}; nicht bestätigt",
        "failed-what": "Diese Person ließ sich nicht berechnen",
        "failed-hint": "{fault}: `monitor verify` aufrufen",
    },
}
