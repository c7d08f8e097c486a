"""Feeds: the calendar of a patient or of a clinic, from stored rows alone, the same bytes until something changes."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from db import calendars, feeds, patients, people, tables
from db.dossiers import read_assignment
from db.engine import Connection
from db.facts import latest_of, list_facts, list_trail
from db.feeds import Address, Wishes
from db.patients import Treatment
from monitor.config import Config
from monitor.render.calendar import CalendarEntry, Style, calendar_name, render_calendar
from monitor.render.calendar_notices import notice
from monitor.services.addresses import WORKLIST
from monitor.services.calendar_entries import (
    LONG_AGO,
    Leaving,
    Scene,
    for_staff,
    show_advice,
    show_end,
    show_notice,
    show_visit,
)
from monitor.services.desk import Desk
from monitor.services.enrolling import get_patient
from schedules.errors import NotFound
from schedules.protocol import Sex

NOTICE_FOR = timedelta(days=30)
"""How long a withdrawn address still says that it has ended; only such a notice empties every program."""

Trail = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The visits of a treatment as they were drawn in a scene: by visit its sequence then, and its entry if any."""

    scene: Scene
    by_visit: Mapping[str, tuple[int, CalendarEntry | None]]


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as values: its entries, what it is called, and how it speaks.

    `drawn` spares whoever makes it again after a change the visits that did not change.
    """

    entries: Sequence[CalendarEntry]
    name: str
    style: Style
    drawn: Mapping[int, Drawn] = field(default_factory=dict)

    def render(self) -> bytes:
        return render_calendar(self.entries, name=self.name, style=self.style)


NOTHING_DRAWN: Mapping[int, Drawn] = {}


def is_over(address: Address, at: datetime) -> bool:
    """Withdrawn so long ago that even the notice has gone."""
    return address.ended_at is not None and at - address.ended_at > NOTICE_FOR


def state_of_feed(desk: Desk, address: Address) -> Hashable:
    """Equal values mean equal bytes; a few look-ups by index, and the clinic's day."""
    common = (address.id, address.ended_at, desk.today[address.clinic_id])
    if address.ended_at is not None:
        return common
    if address.purpose == WORKLIST or address.patient_id is None:
        return *common, calendars.state_of_record(desk.connection)
    return *common, calendars.state_of_patient(desk.connection, address.patient_id)


def get_feed_at(desk: Desk, config: Config, address: Address, *, drawn: Mapping[int, Drawn] = NOTHING_DRAWN) -> Feed:
    """What an address shows now: the calendar, or the notice that it was withdrawn. `drawn` as an earlier feed left it.

    Not to be asked of a page's address, nor of one that `is_over`.
    """
    if address.ended_at is not None:
        return _withdrawn(desk, config, address, address.ended_at)
    if address.purpose == WORKLIST or address.patient_id is None:
        return get_worklist_feed(desk, config, address.clinic_id, since=address.entered_at)
    return get_patient_feed(desk, config, address.patient_id, since=address.entered_at, drawn=drawn)


# --- A patient's calendar -----------------------------------------------------------------------------


def get_feed(
    desk: Desk,
    config: Config,
    reference: str,
    *,
    treatment_id: int | None = None,
    language: str | None = None,
    names_tests: bool | None = None,
) -> Feed:
    """The calendar of a patient by reference; language and detail as the patient wishes, or as named here."""
    patient = get_patient(desk, reference)
    mine = [one.id for one in patients.list_treatments(desk.connection, patient_id=patient.id)]
    if treatment_id is not None and treatment_id not in mine:
        raise NotFound(f"'{reference}' has no treatment {treatment_id}.", f"It has: {', '.join(map(str, mine))}.")
    return get_patient_feed(
        desk, config, patient.id, since=desk.at, treatment_id=treatment_id, language=language, names_tests=names_tests
    )


def get_patient_feed(
    desk: Desk,
    config: Config,
    patient_id: int,
    *,
    since: datetime,
    treatment_id: int | None = None,
    language: str | None = None,
    names_tests: bool | None = None,
    drawn: Mapping[int, Drawn] = NOTHING_DRAWN,
) -> Feed:
    """All of a patient's treatments (or one): what is to come, what was agreed, and for a while what became of it.

    `since` dates the notice that stands alone where there is nothing to show.
    """
    connection = desk.connection
    wished = list_trail(connection, tables.wish, patient_id)
    known = list_trail(connection, tables.detail, patient_id)
    treatments = patients.list_treatments(connection, patient_id=patient_id)
    wanted = [one for one in treatments if treatment_id in {None, one.id}]
    clinic_id = (wanted or treatments)[-1].clinic_id
    zone = desk.rulebook.zone_of(connection, clinic_id)
    wishes, detail = feeds.read_wishes(latest_of(wished)), latest_of(known) or {}
    spoken = language or wishes.language or detail.get("language") or config.language
    style = Style(
        spoken, zone.key, *config.reach(clinic_id), detail=wishes.names_tests if names_tests is None else names_tests,
        urine_advice=detail.get("sex") != Sex.MALE, settled_as=config.feed.settled,
        day_before_at=wishes.day_before_at, same_day_at=wishes.same_day_at,
    )  # fmt: skip
    drawn = {one.id: _draw(desk, one, style, [wished, known], drawn.get(one.id)) for one in wanted}
    entries = [entry for one in drawn.values() for _, entry in one.by_visit.values() if entry]
    entries += [entry for id_, one in drawn.items() for entry in _periods(connection, id_, one.scene, wishes, style)]
    if not entries:
        title, text = notice("nothing", spoken)
        on = since.astimezone(zone).date()
        entries = [show_notice(f"nothing for {patient_id} {since}", on, since, title=title, text=text)]
    return Feed(entries, config.feed.name or calendar_name(spoken), style, drawn)


def _draw(desk: Desk, treatment: Treatment, style: Style, told: Sequence[Trail], before: Drawn | None) -> Drawn:
    """The visits of a treatment; only those that changed are read again, as long as the scene is the same.

    A wish, another language or another protocol may change the words of every entry: each counts as a change of all.
    """
    connection = desk.connection
    assigned = list_trail(connection, tables.assignment, treatment.id)
    restyled = [row["entered_at"] for trail in (*told, assigned) for row in trail]
    scene = _scene(desk, treatment.clinic_id, latest_of(assigned), style.language, restyled)
    known = before.by_visit if before and before.scene == scene else {}
    sequences = calendars.list_sequences(connection, treatment.id)
    changed = [one for one, sequence in sequences.items() if one not in known or known[one][0] != sequence]
    asked = calendars.list_asked(connection, treatment.id, changed)
    fresh = {
        one.id: (one.sequence, show_visit(one, asked.get(one.id, ()), scene))
        for one in calendars.list_visits(connection, changed)
    }
    return Drawn(scene, {one: fresh[one] if one in fresh else known[one] for one in sequences})


def _scene(
    desk: Desk, clinic_id: str, assigned: Mapping[Any, Any] | None, language: str, restyled: Sequence[datetime] = ()
) -> Scene:
    assert assigned is not None  # a treatment begins with its protocol
    return Scene(
        desk.rulebook.get(desk.connection, read_assignment(assigned), clinic_id),
        desk.today[clinic_id],
        desk.rulebook.zone_of(desk.connection, clinic_id),
        desk.rulebook.working_days_of(desk.connection, clinic_id),
        language,
        len(restyled),
        max(restyled, default=LONG_AGO),
    )


def _periods(
    connection: Connection, treatment_id: int, scene: Scene, wishes: Wishes, style: Style
) -> Iterator[CalendarEntry]:
    trail = list_trail(connection, tables.discharge, treatment_id)
    gone = latest_of(trail)
    leaving = Leaving(
        gone["discharged_on"] if gone else None, len(trail), trail[-1]["entered_at"] if trail else LONG_AGO
    )
    for period in calendars.list_periods(connection, treatment_id):
        if end := show_end(period, scene, leaving, names_tests=style.detail):
            yield end
        elif wishes.shows_advice and gone is None and (advice := show_advice(period, scene)):
            yield advice


# --- A clinic's calendar ------------------------------------------------------------------------------


def get_worklist_feed(desk: Desk, config: Config, clinic_id: str, *, since: datetime) -> Feed:
    """The visits of a clinic that are open or booked, by reference, for its staff."""
    connection, today = desk.connection, desk.today[clinic_id]
    found = calendars.list_open_visits(connection, clinic_id, today)
    asked = calendars.list_asked_of_open_visits(connection, clinic_id, today)
    assigned = list_facts(connection, tables.assignment, sorted({visit.treatment_id for visit, _ in found}))
    scenes = {own: _scene(desk, clinic_id, rows[-1]._mapping, config.language) for own, rows in assigned.items()}
    entries = [
        for_staff(entry, reference)
        for visit, reference in found
        if (entry := show_visit(visit, asked[visit.id], scenes[visit.treatment_id]))
    ]
    zone = desk.rulebook.zone_of(connection, clinic_id)
    if not entries:
        title, text = notice("all-done", config.language)
        at = max(since, _midnight(today, zone))
        entries = [show_notice(f"nothing open in {clinic_id} on {today}", today, at, title=title, text=text)]
    style = Style(config.language, zone.key, detail=True, for_staff=True, settled_as=config.feed.settled)
    clinic = people.find_clinic(connection, clinic_id)
    assert clinic is not None
    return Feed(entries, clinic.name, style)


def _withdrawn(desk: Desk, config: Config, address: Address, ended_at: datetime) -> Feed:
    """One notice, in the language of the calendar that it takes the place of."""
    language: str = config.language
    if address.patient_id is not None:
        language = feeds.get_wishes(desk.connection, address.patient_id).language or language
    zone = desk.rulebook.zone_of(desk.connection, address.clinic_id)
    title, text = notice("withdrawn", language)
    on = ended_at.astimezone(zone).date()
    entry = show_notice(f"address {address.token_sha256} withdrawn", on, ended_at, title=title, text=text)
    return Feed([entry], config.feed.name or calendar_name(language), Style(language, zone.key))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
