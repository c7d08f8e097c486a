"""Calendar descriptions: what to do and until when, how to reach the clinic, and no more than the title may tell."""

from collections.abc import Iterator, Mapping
from datetime import date

from monitor.render.calendar_entries import TO_BE_DONE, CalendarEntry, Status, Style
from monitor.render.calendar_lines import clean_text
from monitor.render.calendar_words import CALENDAR
from monitor.render.texts import format_day, place_word
from schedules.phrases import spoken
from schedules.protocol import Specimen


def describe_entry(entry: CalendarEntry, style: Style) -> str:
    """Several lines of plain text."""
    words = CALENDAR[spoken(style.language)]
    return clean_text(_for_staff(entry, style, words) if style.for_staff else _for_patients(entry, style, words))


def _for_patients(entry: CalendarEntry, style: Style, words: Mapping[str, str]) -> Iterator[str]:
    yield from _what_holds(entry, style, words)
    if style.detail and entry.status in TO_BE_DONE:
        yield from _details(entry, style, words)
    if style.contact:
        yield words["contact"].format(contact=style.contact)
    if style.telephone:
        yield words["telephone"].format(telephone=style.telephone)


def _what_holds(entry: CalendarEntry, style: Style, words: Mapping[str, str]) -> Iterator[str]:
    match entry.status:
        case Status.PLANNED:
            days = _window(entry, style, words)
            yield f"{days} {words['please-arrange']}" if entry.to_arrange else days
        case Status.OVERDUE:
            last = words["last-day"].format(closes=_day(entry.closes_on, style))
            yield f"{last} {words['please-call' if entry.to_arrange else 'please-do']}"
        case Status.REPORTED if entry.reported_on:
            yield f"{words['you-told-on'].format(day=_day(entry.reported_on, style))} {words['will-confirm']}"
        case Status.REPORTED:
            yield f"{words['you-told']} {words['will-confirm']}"
        case Status.BOOKED:
            yield words["agreed"] if entry.has_hour else f"{words['agreed']} {words['no-hour']}"
        case Status.DONE | Status.WAIVED | Status.SUPERSEDED | Status.CANCELLED:
            yield words[f"was-{entry.status}"]
        case Status.END | Status.ENDED:
            yield words[f"at-{entry.status}"]
            yield entry.text or words["what-stays"]
        case Status.ADVICE:
            yield entry.text
            yield (
                words["until"].format(day=_day(entry.ends_on, style))
                if entry.ends_on
                else words["for-good"].format(day=_day(entry.visit_on, style))
            )
        case Status.NOTICE:
            yield entry.text


def _details(entry: CalendarEntry, style: Style, words: Mapping[str, str]) -> Iterator[str]:
    if entry.titles:
        yield words["to-do"].format(titles=", ".join(dict.fromkeys(entry.titles)))
    yield words["where"].format(place=place_word(entry.place, style.language))
    yield from dict.fromkeys(entry.instructions)
    if style.urine_advice and Specimen.URINE in entry.specimens:
        yield words["urine"]


def _for_staff(entry: CalendarEntry, style: Style, words: Mapping[str, str]) -> Iterator[str]:
    """What the worklist says of it; who the patient is stands in the record."""
    if entry.status in {Status.ADVICE, Status.NOTICE}:
        yield from _what_holds(entry, style, words)
        return
    if entry.status is Status.REPORTED and entry.reported_on:
        yield words["staff-told"].format(day=_day(entry.reported_on, style))
    if entry.status is Status.OVERDUE:
        yield words["last-day"].format(closes=_day(entry.closes_on, style))
    else:
        yield _window(entry, style, words)
    if entry.titles:
        yield words["to-do"].format(titles=", ".join(dict.fromkeys(entry.titles)))
    yield words["where"].format(place=place_word(entry.place, style.language))


def _window(entry: CalendarEntry, style: Style, words: Mapping[str, str]) -> str:
    opens, closes = _day(entry.opens_on, style), _day(entry.closes_on, style)
    return words["one-day" if opens == closes else "any-day"].format(opens=opens, closes=closes)


def _day(on: date, style: Style) -> str:
    return format_day(on, style.language, "weekday")
