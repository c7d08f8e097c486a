"""Feeds: the calendar of a patient or of a clinic, from stored rows alone, the same bytes until something changes."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db import calendars, feeds, patients, people, tables
from db import checks as stored
from db.dossiers import read_assignment
from db.engine import Connection
from db.facts import list_facts, list_trail
from db.feeds import Address, Wishes
from db.patients import Treatment
from monitor.config import Config
from monitor.render.calendar import CalendarEntry, Style, calendar_name, render_calendar
from monitor.render.calendar_notices import notice
from monitor.services.addresses import WORKLIST
from monitor.services.calendar_entries import (
    KEPT_FOR,
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


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as values: its entries, what it is called, and how it speaks."""

    entries: Sequence[CalendarEntry]
    name: str
    style: Style

    def render(self) -> bytes:
        return render_calendar(self.entries, name=self.name, style=self.style)


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


def get_feed_at(desk: Desk, config: Config, address: Address) -> Feed:
    """What an address shows now: the calendar, or the notice that it was withdrawn.

    Not to be asked of a page's address, nor of one that `is_over`.
    """
    if address.ended_at is not None:
        return _withdrawn(desk, config, address, address.ended_at)
    if address.purpose == WORKLIST or address.patient_id is None:
        return get_worklist_feed(desk, config, address.clinic_id, since=address.entered_at)
    return get_patient_feed(desk, config, address.patient_id, since=address.entered_at)


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
) -> Feed:
    """All of a patient's treatments (or one): what is to come, what was agreed, and for a while what became of it.

    `since` dates the notice that stands alone where there is nothing to show.
    """
    connection = desk.connection
    wishes = feeds.get_wishes(connection, patient_id)
    details = list_facts(connection, tables.detail, [patient_id]).get(patient_id, [])
    known = details[-1] if details else None
    treatments = patients.list_treatments(connection, patient_id=patient_id)
    wanted = [one for one in treatments if treatment_id in {None, one.id}]
    clinic_id = (wanted or treatments)[-1].clinic_id
    spoken = language or wishes.language or (known.language if known else None) or config.language
    names_tests = wishes.names_tests if names_tests is None else names_tests
    zone = _zone_of(connection, clinic_id)
    style = Style(
        spoken, zone.key, *config.reach(clinic_id), detail=names_tests,
        urine_advice=known is None or known.sex != Sex.MALE, settled_as=config.feed.settled,
        day_before_at=wishes.day_before_at, same_day_at=wishes.same_day_at,
    )  # fmt: skip
    entries = list(_patient_entries(desk, wanted, wishes, style))
    if not entries:
        title, text = notice("nothing", spoken)
        on = since.astimezone(zone).date()
        entries = [show_notice(f"nothing for {patient_id} {since}", on, since, title=title, text=text)]
    return Feed(entries, config.feed.name or calendar_name(spoken), style)


def _patient_entries(
    desk: Desk, treatments: Sequence[Treatment], wishes: Wishes, style: Style
) -> Iterator[CalendarEntry]:
    connection, ids = desk.connection, [one.id for one in treatments]
    visits = stored.list_visits(connection, ids)
    # A day more than they are kept, wherever on earth the clinic is.
    asked = calendars.list_asked(connection, ids, changed_since=desk.at - KEPT_FOR - timedelta(days=2))
    periods = stored.list_periods(connection, ids)
    restyling = calendars.find_restyling(connection, treatments[0].patient_id) if treatments else ()
    for treatment_id, scene in _scenes(desk, treatments, style.language, *restyling).items():
        leaving = _leaving(connection, treatment_id)
        shown = [show_visit(one, asked.get(one.id, ()), scene) for one in visits[treatment_id]]
        shown += [show_end(one, scene, leaving, names_tests=style.detail) for one in periods[treatment_id]]
        if wishes.shows_advice and leaving.left_on is None:
            shown += [show_advice(one, scene) for one in periods[treatment_id]]
        yield from (one for one in shown if one)


def _leaving(connection: Connection, treatment_id: int) -> Leaving:
    trail = list_trail(connection, tables.discharge, treatment_id)
    if not trail:
        return Leaving()
    last = trail[-1]
    return Leaving(None if last["is_void"] else last["discharged_on"], len(trail), last["entered_at"])


# --- A clinic's calendar ------------------------------------------------------------------------------


def get_worklist_feed(desk: Desk, config: Config, clinic_id: str, *, since: datetime) -> Feed:
    """The visits of a clinic that are open or booked, by reference, for its staff."""
    connection, today = desk.connection, desk.today[clinic_id]
    found = calendars.list_open_visits(connection, clinic_id, today)
    asked = calendars.list_asked_of_open_visits(connection, clinic_id, today)
    ids = sorted({visit.treatment_id for visit, _ in found})
    scenes = _scenes(desk, patients.list_treatments(connection, ids=ids), config.language)
    zone = _zone_of(connection, clinic_id)
    entries = [
        for_staff(entry, reference)
        for visit, reference in found
        if (entry := show_visit(visit, asked[visit.id], scenes[visit.treatment_id]))
    ]
    if not entries:
        title, text = notice("all-done", config.language)
        entries = [
            show_notice(
                f"nothing open in {clinic_id} on {today}",
                today,
                max(since, _midnight(today, zone)),
                title=title,
                text=text,
            )
        ]
    style = Style(config.language, zone.key, detail=True, for_staff=True, settled_as=config.feed.settled)
    clinic = people.find_clinic(connection, clinic_id)
    assert clinic is not None
    return Feed(entries, clinic.name, style)


# --- What both need -----------------------------------------------------------------------------------


def _withdrawn(desk: Desk, config: Config, address: Address, ended_at: datetime) -> Feed:
    language: str = config.language
    if address.patient_id is not None:
        language = feeds.get_wishes(desk.connection, address.patient_id).language or language
    zone = _zone_of(desk.connection, address.clinic_id)
    title, text = notice("withdrawn", language)
    on = ended_at.astimezone(zone).date()
    entry = show_notice(f"address {address.token_sha256} withdrawn", on, ended_at, title=title, text=text)
    return Feed([entry], config.feed.name or calendar_name(language), Style(language, zone.key))


def _scenes(
    desk: Desk,
    treatments: Sequence[Treatment],
    language: str,
    restyled: int = 0,
    restyled_at: datetime = calendars.LONG_AGO,
) -> dict[int, Scene]:
    """By treatment what its entries depend on."""
    connection = desk.connection
    assigned = list_facts(connection, tables.assignment, [one.id for one in treatments])
    zones = {clinic_id: _zone_of(connection, clinic_id) for clinic_id in {one.clinic_id for one in treatments}}
    scenes = {}
    for one in treatments:
        if one.id in assigned:
            protocol = desk.rulebook.get(connection, read_assignment(assigned[one.id][-1]), one.clinic_id)
            is_working_day = desk.rulebook.working_days_of(connection, one.clinic_id)
            scenes[one.id] = Scene(
                protocol,
                desk.today[one.clinic_id],
                zones[one.clinic_id],
                is_working_day,
                language,
                restyled,
                restyled_at,
            )
    return scenes


def _zone_of(connection: Connection, clinic_id: str) -> ZoneInfo:
    clinic = people.find_clinic(connection, clinic_id)
    assert clinic is not None
    return ZoneInfo(clinic.time_zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
