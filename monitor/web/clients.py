"""Clients: which family of programs fetched, so that a person can recognise it; never what it said of itself."""

from functools import lru_cache

OTHER = "Other program"
FAMILIES = (
    (b"google-calendar", "Google Calendar"),
    (b"icsx5", "DAVx5/ICSx5"),
    (b"davx5", "DAVx5/ICSx5"),
    (b"nextcloud", "Nextcloud"),
    (b"homeassistant", "Home Assistant"),
    (b"home assistant", "Home Assistant"),
    (b"vdirsyncer", "vdirsyncer"),
    (b"korganizer", "KOrganizer"),
    (b"akonadi", "KOrganizer"),
    (b"evolution", "Evolution"),
    (b"thunderbird", "Thunderbird"),
    (b"microsoft", "Outlook"),
    (b"outlook", "Outlook"),
    (b"msoffice", "Outlook"),
    (b"dataaccessd", "Apple Calendar"),
    (b"accountsd", "Apple Calendar"),
    (b"calendaragent", "Apple Calendar"),
    (b"remindd", "Apple Calendar"),
    (b"ios/", "Apple Calendar"),
    (b"macos/", "Apple Calendar"),
    (b"mac os x/", "Apple Calendar"),
)
"""The first that occurs counts; the special stand before the general."""
ENOUGH = 300


@lru_cache(maxsize=512)
def family_of(user_agent: bytes) -> str:
    """`Google-Calendar-Importer` is Google Calendar; an unknown or missing name is "Other program"."""
    said = user_agent[:ENOUGH].lower()
    return next((family for mark, family in FAMILIES if mark in said), OTHER)
