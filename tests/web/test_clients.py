"""Who fetched is shown as a family of programs, never as what the program said of itself."""

import pytest

from monitor.web.clients import FAMILIES, OTHER, family_of

SAID = [
    ("Google-Calendar-Importer", "Google Calendar"),
    ("Mozilla/5.0 (compatible; Google-Calendar-Importer; +http://www.google.com)", "Google Calendar"),
    ("iOS/17.5.1 (21F90) dataaccessd/1.0", "Apple Calendar"),
    ("macOS/14.5 (23F79) CalendarAgent/1016", "Apple Calendar"),
    ("Mac OS X/10.15.7 (19H2) CalendarAgent/930.5.1", "Apple Calendar"),
    ("macOS/15.0 (24A335) accountsd/113", "Apple Calendar"),
    ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0; Pro)", "Outlook"),
    ("Microsoft.Exchange/15.20 (Exchange Internet Calendars)", "Outlook"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.0", "Thunderbird"),
    ("Evolution/3.46.4", "Evolution"),
    ("Nextcloud Webcal Service", "Nextcloud"),
    ("Nextcloud Webcal Crawler", "Nextcloud"),
    ("HomeAssistant/2026.9 httpx/0.28 Python/3.14", "Home Assistant"),
    ("Home Assistant/2026.9", "Home Assistant"),
    ("ICSx5/2.3 (dav4jvm; okhttp/5.1) Android/15", "DAVx5/ICSx5"),
    ("DAVx5/4.5-ose (2026/09/01; dav4jvm; okhttp/5.1) Android/16", "DAVx5/ICSx5"),
    ("vdirsyncer/0.21.0", "vdirsyncer"),
    ("Mozilla/5.0 (X11; Linux x86_64) KOrganizer/6.1", "KOrganizer"),
    ("curl/8.9.1", OTHER),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141 Safari/537.36", OTHER),
    ("", OTHER),
]


@pytest.mark.parametrize(("said", "family"), SAID)
def test_a_family_is_recognised(said, family):
    assert family_of(said.encode()) == family


def test_nothing_that_was_said_is_kept():
    known = {family for _, family in FAMILIES} | {OTHER}
    for said in (b"\xff\x00" * 500, b"x" * 100_000 + b"vdirsyncer", b"Ada Example's telephone"):
        assert family_of(said) in known
    assert max(map(len, known)) <= 40, "longer than the column"
