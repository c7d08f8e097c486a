"""Feeds: the calendar of a patient, from stored rows alone, the same bytes until something changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from db import calendars, feeds, patients, tables
from db import checks as stored
from db.dossiers import read_assignment
from db.engine import Connection
from db.facts import latest_of, list_trail
from db.feeds import Wishes
from db.patients import Treatment
from monitor.config import Config
from monitor.render.calendar import CalendarEntry, Style, calendar_name, render_calendar
from monitor.render.calendar_notices import notice
from monitor.services.calendar_entries import (
    LONG_AGO,
    Leaving,
    Scene,
    show_advice,
    show_end,
    show_notice,
    show_visit,
)
from monitor.services.desk import Desk
from monitor.services.enrolling import get_patient
from monitor.services.rulebook import LocalDays
from monitor.services.storing import SECOND
from schedules.errors import NotFound
from schedules.protocol import Sex

Trail = Sequence[Mapping[str, Any]]


class Sketch(NamedTuple):
    """A visit as it was read: its sequence and last change then, and its entry if it has one."""

    sequence: int
    changed_at: datetime
    entry: CalendarEntry | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """The visits of a treatment as they were drawn in a scene, by id."""

    scene: Scene
    by_visit: Mapping[str, Sketch]


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as values: its entries, what it is called, how it speaks, and since when it is as it is.

    `changed_at` follows from the rows and the day alone, so that every replica says the same, and never goes back: what
    left counts, and so does midnight. `drawn` spares whoever makes it again the visits that did not change.
    """

    entries: Sequence[CalendarEntry]
    name: str
    style: Style
    changed_at: datetime
    drawn: Mapping[int, Drawn] = field(default_factory=dict)

    def render(self) -> bytes:
        return render_calendar(self.entries, name=self.name, style=self.style)


NOTHING_DRAWN: Mapping[int, Drawn] = {}
STEPS_A_CHANGE = 3
"""So much sequences grow when a clinic's days change. An overdue visit moves on by working days; by others it may have
moved on less often, by two steps at most, since each lies within a fortnight. A sequence never goes back."""


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
    changes = [since, midnight_of(desk.today[clinic_id], zone)]
    entries: list[CalendarEntry] = []
    for own, one in drawn.items():
        periods, changed_at = _show_periods(connection, own, one.scene, wishes, style)
        entries += [*(sketch.entry for sketch in one.by_visit.values() if sketch.entry), *periods]
        changes += [changed_at, one.scene.restyled_at, *(sketch.changed_at for sketch in one.by_visit.values())]
    if not entries:
        title, text = notice("nothing", spoken)
        on = since.astimezone(zone).date()
        entries = [show_notice(f"nothing for {patient_id} {since}", on, since, title=title, text=text)]
    return Feed(entries, config.feed.name or calendar_name(spoken), style, max(changes), drawn)


def _draw(desk: Desk, treatment: Treatment, style: Style, told: Sequence[Trail], before: Drawn | None) -> Drawn:
    """The visits of a treatment; only those that changed are read again, as long as the scene is the same.

    A wish, another language or another protocol may change the words of every entry: each counts as a change of all.
    """
    connection = desk.connection
    assigned = list_trail(connection, tables.assignment, treatment.id)
    restyled = [at for trail in (*told, assigned) for at in _instants_of(trail)]
    scene = scene_of(desk, treatment.clinic_id, latest_of(assigned), style.language, restyled=restyled)
    known = before.by_visit if before and before.scene == scene else {}
    sequences = calendars.list_sequences(connection, treatment.id)
    changed = [one for one, sequence in sequences.items() if one not in known or known[one].sequence != sequence]
    asked = calendars.list_asked(connection, treatment.id, changed)
    fresh = {
        one.id: Sketch(one.sequence, one.changed_at, show_visit(one, asked.get(one.id, ()), scene))
        for one in calendars.list_visits(connection, changed)
    }
    return Drawn(scene, {one: fresh[one] if one in fresh else known[one] for one in sequences})


def scene_of(
    desk: Desk,
    clinic_id: str,
    assigned: Mapping[Any, Any] | None,
    language: str,
    *,
    restyled: Sequence[datetime] = (),
    local: LocalDays | None = None,
) -> Scene:
    """What the entries of a treatment depend on; `restyled` are the instants at which their words may have changed.

    `local` spares the question where many treatments of one clinic are shown.
    """
    assert assigned is not None  # a treatment begins with its protocol
    local = local or desk.rulebook.days_of(desk.connection, clinic_id)
    return Scene(
        desk.rulebook.get(desk.connection, read_assignment(assigned), clinic_id),
        desk.today[clinic_id],
        local.zone,
        local.is_working_day,
        language,
        len(restyled) + STEPS_A_CHANGE * local.changes,
        max([*restyled, local.changed_at or LONG_AGO]),
    )


def _show_periods(
    connection: Connection, treatment_id: int, scene: Scene, wishes: Wishes, style: Style
) -> tuple[list[CalendarEntry], datetime]:
    """The entries of a treatment's periods, and when these or the end of monitoring here last changed."""
    trail = list_trail(connection, tables.discharge, treatment_id)
    gone = latest_of(trail)
    left_at = max(_instants_of(trail), default=LONG_AGO)
    leaving = Leaving(gone["discharged_on"] if gone else None, len(trail), left_at)
    periods = stored.list_periods(connection, [treatment_id])[treatment_id]
    shown = [show_end(one, scene, leaving, names_tests=style.detail) for one in periods]
    if wishes.shows_advice and gone is None:
        shown += [show_advice(one, scene) for one in periods]
    changed_at = max([leaving.changed_at, *(one.changed_at for one in periods)])
    return [one for one in shown if one], changed_at


def _instants_of(trail: Trail) -> Iterator[datetime]:
    """When each row was entered: to a calendar at least a second after the one before, even if a clock was set back."""
    at = LONG_AGO
    for row in trail:
        at = max(row["entered_at"], at + SECOND)
        yield at


def midnight_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant with which a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)
