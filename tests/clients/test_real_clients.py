"""What patients and nurses see in real calendar programs while a record changes: the right events, each once."""

import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta

from tests.clients.installation import PATIENT, Installation, at, set_up
from tests.clients.reading import read_events
from tests.clients.shown import Client, Shown, as_kept_by

pytestmark = [pytest.mark.clients, pytest.mark.slow]
BERLIN = ZoneInfo("Europe/Berlin")
SINCE_FIRST_COURSE = relativedelta(months=13, days=15)
"""Long enough for a second course, and between two monthly checks, so that no window is open today."""
FOLLOW_UP = relativedelta(months=48)
END = "Follow-up ends"
MONTHLY = ("blood-count", "creatinine", "urinalysis", "liver")
WEEKEND = {5, 6}
A_WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def today() -> date:
    """Servers and commands are processes of their own and live on the real day."""
    return datetime.now(UTC).astimezone(BERLIN).date()


@pytest.fixture(scope="module")
def prepared(today: date, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    directory = tmp_path_factory.mktemp("installation")
    return set_up(directory, first_course_ends_on=today - SINCE_FIRST_COURSE, followed_here_from=today)


@pytest.fixture
def installation(prepared: Installation, tmp_path: Path) -> Installation:
    return prepared.copy_to(tmp_path)


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    with installation.serving() as base:
        yield base


Events = dict[str, Shown]


def show_all(url: str, clients: Mapping[str, Client]) -> Events:
    """Let every client ask again; each has to show what the server says, no event twice. Returns it by UID."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        served = read_events(answer.read().decode())
    events = {one.uid: one for one in served}
    assert len(events) == len(served)
    for name, client in clients.items():
        assert client.refresh() == "", name
        assert client.events() == as_kept_by(client, served), name
    return events


def ends_on(events: Events) -> date:
    [end] = [one for one in events.values() if END in one.summary]
    return end.day


def changed(before: Events, after: Events) -> set[str]:
    return {uid for uid in before.keys() | after.keys() if before.get(uid) != after.get(uid)}


def test_a_patients_calendar_follows_the_record(
    installation: Installation, base: str, clients: dict[str, Client], today: date
) -> None:
    addresses = installation.issue(PATIENT, "--label", "own phone", "--consent")
    url = at(base, addresses["appointments"]["address"])
    for client in clients.values():
        client.subscribe(url)

    # The first course alone: every visit on its day, and the end of follow-up.
    first = show_all(url, clients)
    visits = installation.ask("patient", "show", PATIENT)["visits"]
    assert ends_on(first) == today - SINCE_FIRST_COURSE + FOLLOW_UP
    assert sorted(one.day for one in first.values()) == sorted(
        [*(date.fromisoformat(one["visit_on"]) for one in visits), ends_on(first)]
    )
    assert {one.status for one in first.values()} == {"CONFIRMED"}
    assert all(len(one.alarms) == 2 for one in first.values() if END not in one.summary)

    # A second course makes the plan longer; what was there keeps its identity.
    given = (today - timedelta(days=5), today - timedelta(days=3))
    add = ("infusion", "add", PATIENT, f"{given[0]}..{given[1]}", "--reason", "second course", "--confirm-losses")
    installation.run(*add)
    longer = show_all(url, clients)
    assert ends_on(longer) == given[1] + FOLLOW_UP
    assert first.keys() < longer.keys()
    assert len(longer) >= len(first) + 12
    assert sum(END in one.summary for one in longer.values()) == 1

    # Nothing happened: nothing changes.
    assert show_all(url, clients) == longer

    # A day and an hour are agreed: the same event, elsewhere and once.
    new_day = book_next(installation, today, "--at", "09:30")
    moved = show_all(url, clients)
    [uid] = changed(longer, moved)
    old_day = longer[uid].day
    assert old_day < new_day
    assert moved[uid].starts == datetime.combine(new_day, time(9, 30), BERLIN)
    assert moved[uid].sequence > longer[uid].sequence
    assert old_day not in {one.day for one in moved.values()}

    # The last infusion was typed wrongly: follow-up ends two days later.
    right_day = today - timedelta(days=1)
    correct = ("infusion", "correct", PATIENT, str(given[1]), "--to", str(right_day), "--reason", "typing error")
    installation.run(*correct, "--confirm-losses")
    corrected = show_all(url, clients)
    assert ends_on(corrected) == right_day + FOLLOW_UP
    assert moved.keys() <= corrected.keys()
    assert corrected[uid] == moved[uid]
    assert all(corrected[one].sequence >= moved[one].sequence for one in moved)

    # A clinician waives all checks of a visit: it stands there as cancelled, and rings no more.
    for rule in ("skin", "hpv"):
        installation.run("check", "waive", PATIENT, rule, "2", "--reason", "done elsewhere", by="dora")
    waived = show_all(url, clients)
    [uid] = changed(corrected, waived)
    assert (waived[uid].status, waived[uid].alarms) == ("CANCELLED", ())
    assert abs(waived[uid].day - (today - SINCE_FIRST_COURSE + relativedelta(months=24))) < A_WEEK
    assert waived[uid].summary == "No longer needed"
    assert waived[uid].sequence > corrected[uid].sequence

    # The address is withdrawn: one notice takes the place of everything.
    address = str(addresses["appointments"]["id"])
    installation.run("feed", "revoke", address, "--reason", "telephone lost")
    notice = show_all(url, clients)
    assert len(notice) == 1
    assert notice.keys().isdisjoint(waived)


def test_a_clinics_worklist_is_a_calendar_for_its_nurse(
    installation: Installation, base: str, clients: dict[str, Client], today: date
) -> None:
    address = installation.issue("--clinic", "north", "--label", "ward")["worklist"]
    url = at(base, address["address"])
    for client in clients.values():
        client.subscribe(url)

    # What was taken over is open today: one visit to the laboratory, one to the clinic.
    opened = show_all(url, clients)
    titles = f"{PATIENT}: Blood, urine", f"{PATIENT}: Swab, examination"
    assert sorted(one.summary for one in opened.values()) == sorted(titles)

    # What was agreed stands there, too, long before its window opens.
    booked_on = book_next(installation, today)
    agreed = show_all(url, clients)
    [uid] = changed(opened, agreed)
    assert (agreed[uid].day, agreed[uid].summary) == (booked_on, f"{PATIENT}: Blood, urine (booked)")

    installation.run("feed", "revoke", str(address["id"]), "--reason", "left the ward")
    notice = show_all(url, clients)
    assert len(notice) == 1
    assert not any(PATIENT in one.summary for one in notice.values())


def book_next(installation: Installation, today: date, *options: str) -> date:
    """Agree on a working day after the suggested one for the next monthly visit, the fourteenth, in half a month."""
    due_on = today - SINCE_FIRST_COURSE + relativedelta(months=14)
    day = next(day for n in (4, 5, 6) if (day := due_on + timedelta(days=n)).weekday() not in WEEKEND)
    installation.run("check", "book", PATIENT, ",".join(MONTHLY), "14", "--on", str(day), *options)
    return day
