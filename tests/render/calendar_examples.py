"""Feeds that people looked at and agreed to: one for everything that a calendar can show."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from monitor.render.calendar import CalendarEntry, Status, Style, calendar_name
from schedules.protocol import Place, Specimen

PLANNED = CalendarEntry(
    uid="b3f1",
    visit_on=date(2027, 5, 14),
    opens_on=date(2027, 5, 7),
    closes_on=date(2027, 5, 21),
    sequence=3,
    changed_at=datetime(2026, 11, 2, 8, 30, 15, 999_999, tzinfo=UTC),
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    specimens=(Specimen.BLOOD, Specimen.URINE, Specimen.BLOOD),
    titles=("Full blood count", "Urinalysis"),
    instructions=("Drink something.",),
)
LATER = datetime(2026, 12, 3, 17, 0, 0, tzinfo=UTC)
BOOKED = replace(PLANNED, uid="b3f2", status=Status.BOOKED, booked_at=time(9, 30), visit_on=date(2027, 5, 18))
CANCELLED = replace(PLANNED, uid="b3f3", status=Status.CANCELLED, visit_on=date(2027, 6, 14))
END = replace(PLANNED, uid="b3f4", status=Status.END, visit_on=date(2027, 1, 1), specimens=(), titles=())
HOME = replace(PLANNED, uid="b3f5", place=Place.HOME, to_arrange=False, visit_on=date(2027, 7, 1))
OFFICE = replace(PLANNED, uid="b3f6", place=Place.OFFICE)
DONE = replace(PLANNED, uid="b3f7", status=Status.DONE, visit_on=date(2027, 4, 13))
NO_HOUR = replace(BOOKED, uid="b3f8", booked_at=None)
OVERDUE = replace(PLANNED, uid="b3f9", status=Status.OVERDUE, visit_on=date(2027, 5, 24), sequence=4)
OVERDUE_HOME = replace(OVERDUE, uid="b3fa", place=Place.HOME, to_arrange=False, visit_on=date(2027, 5, 31))
REPORTED = replace(PLANNED, uid="b3fb", status=Status.REPORTED, reported_on=date(2027, 5, 12))
WAIVED = replace(PLANNED, uid="b3fc", status=Status.WAIVED, visit_on=date(2027, 2, 12))
SUPERSEDED = replace(PLANNED, uid="b3fd", status=Status.SUPERSEDED, visit_on=date(2027, 3, 12))
END_WITH_TEXT = replace(
    END, uid="b3fe", text="Please go on with your yearly check-up.\nNew complaints: call us at once."
)
ENDED = replace(END, uid="b3ff", status=Status.ENDED, text="Your new clinic will invite you.")
ADVICE = replace(
    END,
    uid="b400",
    status=Status.ADVICE,
    visit_on=date(2027, 1, 11),
    ends_on=date(2027, 5, 15),
    titles=("A quiet period",),
    text="Please keep to what was agreed.",
)
ADVICE_FOR_GOOD = replace(ADVICE, uid="b401", ends_on=None, titles=("A lasting habit",))
NOTICE = replace(
    END,
    uid="b402",
    status=Status.NOTICE,
    titles=("This calendar has ended",),
    text="Its address was withdrawn. Please delete it and ask your clinic for a new one.",
)
MOVED = replace(PLANNED, visit_on=date(2027, 5, 19), sequence=4, changed_at=LATER)
BOOKED_AND_MOVED = replace(BOOKED, visit_on=date(2027, 5, 20), booked_at=time(14, 15), sequence=5, changed_at=LATER)
WINTER = replace(BOOKED, uid="b403", visit_on=date(2027, 1, 12), booked_at=time(8, 0))
NEXT_WINTER = replace(WINTER, uid="b404", visit_on=date(2027, 12, 14))

VISITS = (PLANNED, BOOKED, CANCELLED, END, HOME, OFFICE, DONE)
LONG_WORDS = replace(
    PLANNED,
    titles=("Schilddrüsenfunktionsprüfung (TSH-Bestimmung)", "Großes Blutbild mit Thrombozytenzählung"),
    instructions=(
        "Überprüfen Sie Ihre Blutdruckmessgerätebatterien; "
        "Arzneimittelunverträglichkeitsbescheinigungsvordrucke, Straßenbahnhaltestelle „Ärztehaus“: süß, heiß, öd.",
    ),
)


class Feed(NamedTuple):
    entries: tuple[CalendarEntry, ...]
    style: Style
    name: str = ""

    @property
    def shown_name(self) -> str:
        return self.name or calendar_name(self.style.language)


EN, DE = (
    Style(language, zone="Europe/Berlin", contact="Ambulanz; werktags", telephone="030 1234, -5")
    for language in ("en", "de")
)


def _detailed(style: Style) -> Style:
    return replace(style, detail=True, urine_advice=True)


def _at_every_fold() -> Iterator[CalendarEntry]:
    """Characters of four bytes, and escaped ones, each shifted until one of them stands astride the fold."""
    for shift in range(4):
        text = "x" * shift + "🩸" * 40 + ";" * 80 + "👩‍⚕️" * 12 + "\\N," * 30 + "𝔘" * 20 + "é̂" * 30
        yield replace(NOTICE, uid=f"fold-{shift}", titles=("x" * shift + "🩸" * 25,), text=text)


def _staff(style: Style) -> Feed:
    entries = (PLANNED, BOOKED, NO_HOUR, OVERDUE, REPORTED, OFFICE, NOTICE)
    named = (replace(one, reference=f"N-{number:03}") for number, one in enumerate(entries, start=17))
    return Feed(tuple(named), replace(style, for_staff=True), "North")


FEEDS: dict[str, Feed] = {
    "plain-en": Feed((PLANNED, HOME, END_WITH_TEXT), EN),
    "plain-de": Feed((PLANNED, HOME, END), DE),
    "booked-en": Feed((BOOKED, NO_HOUR), EN),
    "moved-en": Feed((MOVED, BOOKED_AND_MOVED), EN),
    "overdue-en": Feed((OVERDUE, OVERDUE_HOME, PLANNED), EN),
    "overdue-de": Feed((OVERDUE, OVERDUE_HOME, REPORTED), DE),
    "reported-en": Feed((REPORTED, replace(REPORTED, uid="b405", reported_on=None)), EN),
    "settled-done-en": Feed((DONE, WAIVED, SUPERSEDED, CANCELLED), EN),
    "settled-cancelled-en": Feed((DONE, WAIVED, SUPERSEDED, CANCELLED), replace(EN, settled_as="cancelled")),
    "settled-done-de": Feed((DONE, WAIVED, SUPERSEDED, CANCELLED), DE),
    "end-en": Feed((ENDED, END_WITH_TEXT), EN),
    "end-de": Feed((ENDED, END), DE),
    "advice-en": Feed((ADVICE, ADVICE_FOR_GOOD), _detailed(EN)),
    "advice-de": Feed((ADVICE, ADVICE_FOR_GOOD), _detailed(DE)),
    "notice-en": Feed((NOTICE,), EN),
    "staff-en": _staff(EN),
    "staff-de": _staff(DE),
    "detail-en": Feed(VISITS, _detailed(EN)),
    "detail-de": Feed(VISITS, _detailed(DE)),
    "long-words-de": Feed((LONG_WORDS,), _detailed(DE), "Prüfungen, Größe „XXL“; für Übermorgen"),
    "emoji-en": Feed(tuple(_at_every_fold()), EN, "🩸" * 30),
    "zone-north-en": Feed((WINTER, BOOKED, NEXT_WINTER), replace(EN, zone="America/New_York")),
    "zone-south-en": Feed((WINTER, BOOKED, NEXT_WINTER), replace(EN, zone="Australia/Sydney")),
    "alarms-en": Feed((PLANNED, BOOKED, OVERDUE), replace(EN, day_before_at=time(18, 30), same_day_at=None)),
}


def expected_start(entry: CalendarEntry) -> date | datetime:
    """Day, or hour by the clinic's clock."""
    if entry.status is Status.BOOKED and entry.booked_at is not None:
        return datetime.combine(entry.visit_on, entry.booked_at)
    return entry.visit_on


def expected_end(entry: CalendarEntry) -> date | datetime:
    start = expected_start(entry)
    if isinstance(start, datetime):
        return start + timedelta(minutes=30)
    return (entry.ends_on or start) + timedelta(days=1)
