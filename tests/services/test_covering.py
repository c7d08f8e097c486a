"""Who is away and who stands in: no gap by accident, and none that goes unsaid."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db import recipients as stored
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.covering import Covered, add_cover, find_deputy, list_covers, undo_cover
from monitor.services.desk import Desk
from monitor.services.recipients import leave
from schedules.errors import Conflict, NotAllowed, NotFound, Refusal, Unacceptable
from tests.recipients import add, add_confirmed

DeskOf = Callable[[str], AbstractContextManager[Desk]]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
FIRST, LAST = date(2026, 11, 9), date(2026, 11, 20)


@pytest.fixture
def staff(program: Program) -> None:
    """Ada, Bea and the administrator get the digest; Dora's address waits."""
    for login in ("ada", "bea", "root-admin"):
        add_confirmed(program, login)
    add(program, "dora", "north")


def cover(
    program: Program,
    login: str,
    from_on: date = FIRST,
    until_on: date = LAST,
    *,
    deputy: str | None = None,
    by: str = "",
) -> Covered:
    with program.writing(by or login) as desk:
        return add_cover(desk, login, from_on=from_on, until_on=until_on, deputy=deputy, reason="holidays")


@pytest.mark.usefixtures("staff")
def test_a_cover_holds_from_its_first_day_to_its_last(program: Program) -> None:
    noted = cover(program, "ada", deputy="bea")
    with program.reading("bea") as desk:
        by_person = {one.person_id: one for one in stored.list_recipients(desk.connection)}
        ada = by_person[noted.cover.person_id]
        for day, deputy in ((FIRST - timedelta(1), None), (FIRST, "bea"), (LAST, "bea"), (LAST + timedelta(1), None)):
            covers = stored.list_covers(desk.connection, day)
            is_away, found = find_deputy(ada, covers, by_person)
            assert (is_away, found.login if found else None) == (deputy is not None, deputy)
        [listed] = list_covers(desk)
    assert (listed.login, listed.deputy, listed.cover.from_on, listed.cover.until_on) == ("ada", "bea", FIRST, LAST)


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    ("login", "days", "deputy", "refusal", "said"),
    [
        ("ada", (LAST, FIRST), "bea", Unacceptable, "comes before"),
        ("ada", (date(2026, 10, 1), date(2026, 11, 1)), "bea", Unacceptable, "have passed"),
        ("ada", (FIRST, FIRST + timedelta(366)), "bea", Unacceptable, "more than 366 days"),
        ("ada", (FIRST, LAST), "ada", Unacceptable, "for themselves"),
        ("ada", (FIRST, LAST), "dora", Unacceptable, "no digest at a confirmed address"),
        ("ada", (FIRST, LAST), "cy", Unacceptable, "no digest at a confirmed address"),
        ("ada", (FIRST, LAST), "nobody", Unacceptable, "no digest at a confirmed address"),
        ("root-admin", (FIRST, LAST), "ada", Unacceptable, "may not see south, west"),
        ("cy", (FIRST, LAST), None, NotFound, "gets no digest"),
    ],
)
@SQLITE
def test_what_would_be_no_cover_is_refused(
    program: Program, login: str, days: tuple[date, date], deputy: str | None, refusal: type[Refusal], said: str
) -> None:
    with pytest.raises(refusal, match=said):
        cover(program, login, *days, deputy=deputy)


@pytest.mark.usefixtures("staff")
def test_nobody_is_away_twice_at_once(program: Program) -> None:
    first = cover(program, "ada", deputy="bea")
    with pytest.raises(Conflict, match=r"away from 2026-11-09 to 2026-11-20 already \(deputy bea\)"):
        cover(program, "ada", LAST, LAST + timedelta(5), deputy="root-admin")
    with program.writing("ada") as desk:
        undo_cover(desk, first.cover.id, reason="stays after all")
    cover(program, "ada", LAST, LAST + timedelta(5), deputy="root-admin")


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    ("from_on", "until_on", "said"),
    [
        (date(2026, 11, 1), FIRST, "on 2026-11-09"),
        (LAST, date(2026, 12, 1), "on 2026-11-20"),
        (date(2026, 11, 10), date(2026, 11, 12), "from 2026-11-10 to 2026-11-12"),
        (date(2026, 11, 2), date(2026, 12, 24), "from 2026-11-09 to 2026-11-20"),
    ],
)
@SQLITE
def test_a_deputy_who_is_away_is_refused_with_the_days(
    program: Program, from_on: date, until_on: date, said: str
) -> None:
    cover(program, "bea")
    with pytest.raises(Unacceptable, match=f"'bea' is away {said}, too"):
        cover(program, "ada", from_on, until_on, deputy="bea")
    cover(program, "ada", LAST + timedelta(1), LAST + timedelta(9), deputy="bea")


@pytest.mark.usefixtures("staff")
@SQLITE
def test_a_deputy_who_falls_ill_may_say_so_and_hears_whom_it_leaves_alone(program: Program) -> None:
    ada = cover(program, "ada", deputy="bea").cover
    assert cover(program, "bea", LAST, LAST).left_without == ["ada"]
    with program.reading("ada") as desk:
        by_person = {one.person_id: one for one in stored.list_recipients(desk.connection)}
        on_last = stored.list_covers(desk.connection, LAST)
        assert find_deputy(by_person[ada.person_id], on_last, by_person) == (True, None)
    with program.writing("root-admin") as desk:
        for one in list_covers(desk):
            if one.login == "bea":
                undo_cover(desk, one.cover.id, reason="well again")
        leave(desk, "bea", reason="left the clinic")
        by_person = {one.person_id: one for one in stored.list_recipients(desk.connection)}
        on_last = stored.list_covers(desk.connection, LAST)
        assert find_deputy(by_person[ada.person_id], on_last, by_person) == (True, None)


@pytest.mark.usefixtures("staff")
@SQLITE
def test_only_the_person_and_administrators_say_who_is_away(program: Program) -> None:
    with pytest.raises(NotAllowed):
        cover(program, "ada", by="bea")
    noted = cover(program, "ada", by="root-admin")
    with pytest.raises(NotAllowed), program.writing("bea") as desk:
        undo_cover(desk, noted.cover.id, reason="no")
    with pytest.raises(NotFound), program.writing("cy") as desk:
        undo_cover(desk, noted.cover.id, reason="no")
    with program.reading("cy") as desk:
        assert list_covers(desk) == []


@pytest.mark.usefixtures("staff")
@SQLITE
def test_what_is_over_is_no_longer_listed(program: Program, clock: FixedClock) -> None:
    cover(program, "ada", deputy="bea")
    clock.advance(timedelta(days=19))
    with program.reading("ada") as desk:
        assert list_covers(desk) == []
