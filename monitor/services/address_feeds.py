"""Address feeds: what an address shows now, and how little tells whether that changed."""

from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta

from db import calendars, feeds
from db.feeds import Address
from monitor.config import Config
from monitor.render.calendar import Style, calendar_name
from monitor.render.calendar_notices import notice
from monitor.services.addresses import WORKLIST
from monitor.services.calendar_entries import show_notice
from monitor.services.desk import Desk
from monitor.services.feeds import NOTHING_DRAWN, Drawn, Feed, get_patient_feed
from monitor.services.worklist_feed import get_worklist_feed

NOTICE_FOR = timedelta(days=30)
"""How long a withdrawn address still says that it has ended; only such a notice empties every program."""


def is_over(address: Address, at: datetime) -> bool:
    """Withdrawn so long ago that even the notice has gone."""
    return address.ended_at is not None and at - address.ended_at > NOTICE_FOR


def state_of_feed(desk: Desk, address: Address) -> Hashable:
    """Equal values mean equal bytes; a few look-ups by index, the clinic's day, and what makes one there."""
    common: tuple[Hashable, ...] = (address.id, address.ended_at, desk.today[address.clinic_id])
    if address.ended_at is not None:
        return common
    common = (*common, desk.rulebook.days_of(desk.connection, address.clinic_id))
    if address.purpose == WORKLIST or address.patient_id is None:
        return *common, calendars.state_of_clinic(desk.connection, address.clinic_id)
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


def _withdrawn(desk: Desk, config: Config, address: Address, ended_at: datetime) -> Feed:
    """One notice, in the language of the calendar that it takes the place of."""
    language: str = config.language
    if address.patient_id is not None:
        language = feeds.get_wishes(desk.connection, address.patient_id).language or language
    zone = desk.rulebook.zone_of(desk.connection, address.clinic_id)
    title, text = notice("withdrawn", language)
    on = ended_at.astimezone(zone).date()
    entry = show_notice(f"address {address.token_sha256} withdrawn", on, ended_at, title=title, text=text)
    return Feed([entry], config.feed.name or calendar_name(language), Style(language, zone.key), ended_at)
