"""Patient choices: settings and calendars as a patient's page shows them, and the wishes that its form sends."""

from datetime import time
from zoneinfo import ZoneInfo

from db import feeds
from db.feeds import Address, Wishes
from monitor.render.site.values import CalendarPage, CalendarShown, Fetched, SettingsPage, Titles, WishesShown
from monitor.services.addresses import APPOINTMENTS, MOST, hash_of, path_of, token_from_page
from monitor.services.addresses import Listed as ListedAddress
from monitor.services.patient_site import NOTHING_SAID, Said, Site, chrome_of, list_calendars

NINE = 9


def settings_page(site: Site, said: Said = NOTHING_SAID, wishes: WishesShown | None = None) -> SettingsPage:
    return SettingsPage(chrome=chrome_of(site, said), wishes=wishes or show_wishes(site.wishes, site.language))


def show_wishes(wishes: Wishes, language: str) -> WishesShown:
    """The wishes as a form has them; an alarm that is off offers nine o'clock."""
    before, same = wishes.day_before_at, wishes.same_day_at
    return WishesShown(
        language=language,
        titles=Titles.TESTS if wishes.names_tests else Titles.DISCREET,
        advice_in_calendar=wishes.shows_advice,
        shows_names=wishes.names_drug,
        day_before=before is not None,
        day_before_hour=before.hour if before else NINE,
        same_day=same is not None,
        same_day_hour=same.hour if same else NINE,
        locked=wishes.is_locked,
    )


def wishes_from(shown: WishesShown) -> Wishes:
    """The wishes that a form sent."""
    return Wishes(
        language=shown.language,
        names_tests=shown.titles is Titles.TESTS,
        names_drug=shown.shows_names,
        shows_advice=shown.advice_in_calendar,
        day_before_at=time(shown.day_before_hour) if shown.day_before else None,
        same_day_at=time(shown.same_day_hour) if shown.same_day else None,
    )


def calendar_page(site: Site, said: Said = NOTHING_SAID) -> CalendarPage:
    holding = [
        one for one in feeds.list_addresses(site.desk.connection, patient_id=site.patient_id) if not one.ended_at
    ]
    return CalendarPage(
        chrome=chrome_of(site, said),
        calendars=[_show_calendar(site, one) for one in list_calendars(site)],
        may_make=len(holding) < MOST,
        entered=said.entered,
    )


def _show_calendar(site: Site, listed: ListedAddress) -> CalendarShown:
    address, zone = listed.address, ZoneInfo(site.clinic.time_zone)
    assert address.consented_on is not None  # the database keeps no calendar without it
    return CalendarShown(
        id=address.id,
        label=address.label,
        consent_on=address.consented_on,
        address=_address_again(site, address),
        fetched=[Fetched(one.client, one.fetched_at.astimezone(zone)) for one in listed.fetched],
    )


def _address_again(site: Site, address: Address) -> str | None:
    """The whole address of a calendar that was made from this page; of no other, since only its hash is kept."""
    if address.page_id != site.page.id or address.salt is None:
        return None
    token = token_from_page(site.token, address.salt)
    if hash_of(token) != address.token_sha256:
        return None
    return site.config.web.public_url + path_of(APPOINTMENTS, token)
