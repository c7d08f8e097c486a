"""Secret addresses: shown once, kept as a hash, withdrawn for good, and none opens what another is for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from db import feeds
from db.engine import reading, writing
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.render.calendar import Status
from monitor.services import addresses
from monitor.services.address_feeds import get_feed_at, is_over, state_of_feed
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol, get_patient
from schedules.errors import Conflict, NotFound, Unacceptable
from schedules.model import Infusion

DeskOf = Callable[[str], AbstractContextManager[Desk]]
AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def patient(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=[Infusion(date(2026, 1, 12))]))


def issue(desk_of: DeskOf, **how: bool) -> list[addresses.Issued]:
    with desk_of("ada") as desk:
        return addresses.issue_to_patient(desk, "N-1", label="own phone", consented=True, **how)


def test_the_record_keeps_the_hash_alone(desk_of: DeskOf, engine: Engine) -> None:
    issued = issue(desk_of)
    with reading(engine) as connection:
        rows = [str(row) for name in ("feed", "history") for row in connection.execute(text(f"SELECT * FROM {name}"))]
        for one in issued:
            assert len(one.token) == 43
            assert not any(one.token in row for row in rows)
            assert addresses.find_address(connection, one.token) == one.address
        assert addresses.find_address(connection, issued[0].token[:-1] + "_") is None


def test_a_calendar_made_for_a_page_can_be_shown_again_there_and_nowhere_else(desk_of: DeskOf) -> None:
    page, calendar = issue(desk_of)
    assert calendar.address.page_id == page.address.id
    assert calendar.address.salt
    assert addresses.token_from_page(page.token, calendar.address.salt) == calendar.token
    assert addresses.token_from_page(calendar.token, calendar.address.salt) != page.token
    assert page.path == f"/p/{page.token}/"
    assert calendar.path == f"/c/{calendar.token}/appointments.ics"


def test_a_partner_gets_a_calendar_that_no_page_knows(desk_of: DeskOf) -> None:
    [calendar] = issue(desk_of, page=False)
    assert (calendar.address.purpose, calendar.address.page_id, calendar.address.salt) == ("appointments", None, None)


def test_nothing_is_issued_without_consent_and_its_day_is_kept(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk, pytest.raises(Unacceptable, match="keep copies"):
        addresses.issue_to_patient(desk, "N-1", label="own phone")
    with desk_of("ada") as desk:
        assert addresses.list_for(desk, "N-1") == []
        page = addresses.issue_to_patient(desk, "N-1", label="own phone", calendar=False)
        assert [one.address.consented_on for one in page] == [None]
    assert issue(desk_of)[1].address.consented_on == date(2026, 11, 2)


def test_a_withdrawn_address_says_so_for_thirty_days(desk_of: DeskOf, clock: FixedClock) -> None:
    [calendar] = issue(desk_of, page=False)
    with desk_of("ada") as desk:
        before = state_of_feed(desk, calendar.address)
        addresses.revoke(desk, calendar.address.id, reason="telephone lost")
        address = addresses.get_address(desk, calendar.address.id)
        assert state_of_feed(desk, address) != before
        [entry] = get_feed_at(desk, Config(), address).entries
    assert entry.status is Status.NOTICE
    assert address.end_reason == "telephone lost"
    assert not is_over(address, clock.now() + timedelta(days=30))
    assert is_over(address, clock.now() + timedelta(days=30, seconds=1))
    with desk_of("ada") as desk, pytest.raises(Conflict, match="already"):
        addresses.revoke(desk, address.id, reason="again")


def test_a_page_takes_the_calendars_made_from_it_along(desk_of: DeskOf) -> None:
    page, calendar = issue(desk_of)
    [partners] = issue(desk_of, page=False)
    with desk_of("ada") as desk:
        assert [one.id for one in addresses.revoke(desk, page.address.id, reason="lost")] == [
            page.address.id, calendar.address.id,
        ]  # fmt: skip
        held = [one.address.id for one in addresses.list_for(desk, "N-1") if one.address.ended_at is None]
    assert held == [partners.address.id]


def test_a_replaced_page_has_a_calendar_of_its_own_again(desk_of: DeskOf) -> None:
    page, calendar = issue(desk_of)
    with desk_of("bea") as desk:
        new_page, new_calendar = addresses.replace(desk, page.address.id, reason="telephone lost")
        assert addresses.find_address(desk.connection, page.token).ended_at  # type: ignore[union-attr]
    assert {new_page.token, new_calendar.token}.isdisjoint({page.token, calendar.token})
    assert new_calendar.address.salt
    assert addresses.token_from_page(new_page.token, new_calendar.address.salt) == new_calendar.token
    assert new_calendar.address.consented_on == calendar.address.consented_on
    assert new_page.address.label == "own phone"


def test_a_patient_adds_and_removes_calendars_on_the_page_but_not_the_page(program: Program, desk_of: DeskOf) -> None:
    page, calendar = issue(desk_of)
    with program.writing_for_patient("north") as desk:
        with pytest.raises(Unacceptable, match="keep copies"):
            addresses.add_calendar_from_page(desk, page.address, page.token, label="tablet", consented=False)
        tablet = addresses.add_calendar_from_page(desk, page.address, page.token, label="tablet", consented=True)
        addresses.end_calendar_from_page(desk, page.address, calendar.address.id)
        with pytest.raises(NotFound):
            addresses.end_calendar_from_page(desk, page.address, page.address.id)
    with desk_of("ada") as desk:
        listed = [one.address for one in addresses.list_for(desk, "N-1")]
        assert addresses.find_address(desk.connection, tablet.token) == tablet.address
    assert [(one.purpose, one.label, one.ended_at is None) for one in listed] == [
        ("page", "own phone", True), ("appointments", "own phone", False), ("appointments", "tablet", True),
    ]  # fmt: skip


def test_there_is_an_end_to_how_many_hold(desk_of: DeskOf) -> None:
    for _ in range(addresses.MOST // 2):
        issue(desk_of)
    with desk_of("ada") as desk, pytest.raises(Unacceptable, match="addresses already"):
        addresses.issue_to_patient(desk, "N-1", label="one more", consented=True)


@pytest.mark.parametrize("label", ["", "  ", "x" * 101, "bell \x07"])
def test_a_label_is_a_short_line_of_text(desk_of: DeskOf, label: str) -> None:
    with desk_of("ada") as desk, pytest.raises(Unacceptable, match="label"):
        addresses.issue_to_patient(desk, "N-1", label=label, consented=True)


def test_cy_neither_sees_nor_withdraws_nor_issues_addresses_of_the_north(desk_of: DeskOf) -> None:
    [calendar] = issue(desk_of, page=False)
    with desk_of("cy") as desk:
        assert addresses.list_for(desk) == []
        for act in (
            lambda: addresses.list_for(desk, "N-1"),
            lambda: addresses.list_for(desk, clinic_id="north"),
            lambda: addresses.revoke(desk, calendar.address.id, reason="x"),
            lambda: addresses.issue_to_patient(desk, "N-1", label="x", consented=True),
            lambda: addresses.issue_to_clinic(desk, "north", label="x"),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_clinics_calendar_is_unknown_once_its_owner_may_not_see_the_clinic(desk_of: DeskOf, engine: Engine) -> None:
    with desk_of("ada") as desk:
        issued = addresses.issue_to_clinic(desk, "north", label="ward tablet")
        assert addresses.find_address(desk.connection, issued.token) == issued.address
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM person_clinic WHERE person_id = :id"), {"id": issued.address.person_id})
        assert addresses.find_address(connection, issued.token) is None


def test_every_act_on_addresses_stands_in_the_history_without_label_or_token(desk_of: DeskOf, engine: Engine) -> None:
    page, _ = issue(desk_of)
    with desk_of("bea") as desk:
        addresses.revoke(desk, page.address.id, reason="lost")
    with reading(engine) as connection:
        rows = connection.execute(
            text("SELECT act, subject, reason FROM history WHERE act LIKE 'feed%' ORDER BY id")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("feed issue", "address 1 (page)", None),
        ("feed issue", "address 2 (appointments)", None),
        ("feed revoke", "address 1 (page)", "lost"),
        ("feed revoke", "address 2 (appointments)", "lost"),
    ]


# --- Who fetched ------------------------------------------------------------------------------------------


def test_the_last_fetch_of_each_family_is_kept(engine: Engine, desk_of: DeskOf) -> None:
    [calendar] = issue(desk_of, page=False)
    with writing(engine) as connection:
        for client, hours in (("Apple Calendar", 0), ("Thunderbird", 1), ("Apple Calendar", 2)):
            feeds.note_fetch(connection, calendar.address.id, client, AT + timedelta(hours=hours))
    with desk_of("ada") as desk:
        [listed] = addresses.list_for(desk, "N-1")
        assert listed.reference == get_patient(desk, "N-1").reference
    assert [(one.client, one.fetched_at) for one in listed.fetched] == [
        ("Apple Calendar", AT + timedelta(hours=2)), ("Thunderbird", AT + timedelta(hours=1)),
    ]  # fmt: skip
