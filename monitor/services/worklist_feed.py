"""The worklist feed: the visits of a clinic that are open or booked, by reference, for its staff."""

from datetime import datetime

from db import calendars, people, tables
from db.facts import list_facts
from monitor.config import Config
from monitor.render.calendar import Style
from monitor.render.calendar_notices import notice
from monitor.services.calendar_entries import for_staff, show_notice, show_visit
from monitor.services.desk import Desk
from monitor.services.feeds import Feed, midnight_of, scene_of


def get_worklist_feed(desk: Desk, config: Config, clinic_id: str, *, since: datetime) -> Feed:
    """The visits of a clinic that are open or booked, by reference, for its staff."""
    connection, today = desk.connection, desk.today[clinic_id]
    found = calendars.list_open_visits(connection, clinic_id, today)
    asked = calendars.list_asked_of_open_visits(connection, clinic_id, today)
    assigned = list_facts(connection, tables.assignment, sorted({visit.treatment_id for visit, _ in found}))
    local = desk.rulebook.days_of(connection, clinic_id)
    scenes = {
        own: scene_of(
            desk, clinic_id, rows[-1]._mapping, config.language, restyled=[row.entered_at for row in rows], local=local
        )
        for own, rows in assigned.items()
    }
    entries = [
        for_staff(entry, reference)
        for visit, reference in found
        if (entry := show_visit(visit, asked[visit.id], scenes[visit.treatment_id], to_staff=True))
    ]
    zone = local.zone
    at = max([since, midnight_of(today, zone), *([local.changed_at] if local.changed_at else [])])
    if not entries:
        title, text = notice("all-done", config.language)
        entries = [show_notice(f"nothing open in {clinic_id} on {today}", today, at, title=title, text=text)]
    style = Style(config.language, zone.key, detail=True, for_staff=True, settled_as=config.feed.settled)
    clinic = people.find_clinic(connection, clinic_id)
    assert clinic is not None
    return Feed(entries, clinic.name, style, max(at, calendars.find_last_change(connection, clinic_id) or at))
