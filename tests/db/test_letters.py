"""The outbox: one row a letter whoever plans it, and the database says who sends it, whatever clocks do."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select, update

from db import tables
from db.engine import reading, writing
from db.letters import (
    LEASE,
    LONGEST_WAIT,
    Claimed,
    Letter,
    LetterState,
    add_letter,
    claim_letters,
    end_letter,
    give_up_unanswered,
    hand_off,
    note_fault,
    skip_older,
    take_back,
)
from tests.db.conftest import Ward

DAY = date(2026, 11, 2)
SECOND = timedelta(seconds=1)


def letter(ward: Ward, number: int = 1, *, day: date = DAY) -> Letter:
    return Letter(
        key=f"daily/{day}/{number}", kind="daily", person_id=ward.person_id, clinic_id="north", day=day,
        address="ada@hospital.example", subject="s", message_id=f"<{number}@hospital.example>", body=b"body",
    )  # fmt: skip


def plan(engine: Engine, ward: Ward, *numbers: int) -> None:
    with writing(engine) as connection:
        for number in numbers or (1,):
            assert add_letter(connection, letter(ward, number), ward.at)


def claim(engine: Engine, at, name: str = "mine", **options) -> list[Claimed]:
    with writing(engine) as connection:
        return claim_letters(connection, at=at, claim=name, **{"most": 10} | options)


def state(engine: Engine) -> str:
    with reading(engine) as connection:
        return str(connection.execute(select(tables.letter.c.state)).scalar_one())


def test_the_same_key_is_the_same_letter(engine: Engine, ward: Ward) -> None:
    plan(engine, ward)
    with writing(engine) as connection:
        assert not add_letter(connection, letter(ward), ward.at + SECOND)
        assert connection.execute(select(func.count()).select_from(tables.letter)).scalar_one() == 1


def test_four_claimers_never_share_a_letter(engine: Engine, ward: Ward) -> None:
    letters, claimers = 40, 4
    plan(engine, ward, *range(letters))
    start = Barrier(claimers)

    def work(name: int) -> list[int]:
        start.wait(30)
        mine: list[int] = []
        while taken := claim(engine, ward.at, f"claimer {name}", most=3):
            for one in taken:
                with writing(engine) as connection:
                    assert hand_off(connection, one, ward.at)
                with writing(engine) as connection:
                    assert end_letter(connection, one, LetterState.SENT, ward.at)
                mine.append(one.id)
        return mine

    with ThreadPoolExecutor(claimers) as pool:
        counts = Counter(one for mine in pool.map(work, range(claimers)) for one in mine)
    assert len(counts) == letters
    assert set(counts.values()) == {1}


def test_a_claimed_letter_is_nobody_elses_until_the_lease_is_over(engine: Engine, ward: Ward) -> None:
    plan(engine, ward)
    (mine,) = claim(engine, ward.at)
    assert claim(engine, ward.at + LEASE, "other") == []
    (theirs,) = claim(engine, ward.at + LEASE + SECOND, "other")
    assert (theirs.id, theirs.attempts, theirs.claim) == (mine.id, 2, "other")


@pytest.mark.parametrize("is_handed_off", [False, True])
def test_whoever_lost_the_lease_can_do_nothing_more(engine: Engine, ward: Ward, is_handed_off: bool) -> None:
    plan(engine, ward)
    (mine,) = claim(engine, ward.at)
    if is_handed_off:
        with writing(engine) as connection:
            assert hand_off(connection, mine, ward.at)
    later = ward.at + LEASE + SECOND
    (theirs,) = claim(engine, later, "other")
    with writing(engine) as connection:
        assert not hand_off(connection, mine, later)
        assert not take_back(connection, mine, not_before=later, fault="f")
        assert not end_letter(connection, mine, LetterState.DEAD, later)
        assert not note_fault(connection, mine, "f")
        assert hand_off(connection, theirs, later)
        assert not hand_off(connection, theirs, later), "once"
        assert end_letter(connection, theirs, LetterState.SENT, later)
    assert claim(engine, later + 10 * LEASE) == []


def test_handing_off_renews_the_lease(engine: Engine, ward: Ward) -> None:
    plan(engine, ward)
    (mine,) = claim(engine, ward.at)
    with writing(engine) as connection:
        assert hand_off(connection, mine, ward.at + LEASE)
    assert claim(engine, ward.at + 2 * LEASE, "other") == []


def test_what_was_never_answered_is_sent_again_or_given_up(engine: Engine, ward: Ward) -> None:
    plan(engine, ward)
    (mine,) = claim(engine, ward.at)
    with writing(engine) as connection:
        hand_off(connection, mine, ward.at)
        assert give_up_unanswered(connection, ward.at + LEASE) == 0
    later = ward.at + LEASE + SECOND
    assert claim(engine, later, resends=False) == []
    assert state(engine) == "handoff"
    with writing(engine) as connection:
        assert give_up_unanswered(connection, later) == 1
    assert claim(engine, later) == []
    assert state(engine) == "unknown"


def test_a_lease_from_before_the_clock_was_set_back_holds_nobody(engine: Engine, ward: Ward) -> None:
    plan(engine, ward)
    claim(engine, ward.at)
    assert claim(engine, ward.at - timedelta(minutes=1)) == [], "a step of a minute is no reason to send twice"
    assert len(claim(engine, ward.at - timedelta(days=1), "other")) == 1


def test_a_wait_from_before_the_clock_was_set_back_holds_nobody(engine: Engine, ward: Ward) -> None:
    plan(engine, ward)
    (mine,) = claim(engine, ward.at)
    with writing(engine) as connection:
        assert take_back(connection, mine, not_before=ward.at + LONGEST_WAIT, fault="450 later")
    assert claim(engine, ward.at + LONGEST_WAIT - SECOND) == []
    assert len(claim(engine, ward.at - timedelta(days=1))) == 1


def test_a_letter_that_was_planned_before_the_clock_was_set_back_goes_out(engine: Engine, ward: Ward) -> None:
    plan(engine, ward)
    assert len(claim(engine, ward.at - timedelta(hours=1))) == 1


def test_the_oldest_goes_first(engine: Engine, ward: Ward) -> None:
    plan(engine, ward, 1, 2, 3)
    with writing(engine) as connection:
        connection.execute(
            update(tables.letter).where(tables.letter.c.key.endswith("/3")).values(not_before=ward.at - SECOND)
        )
    assert [claim(engine, ward.at, f"c{n}", most=1)[0].key[-1] for n in range(3)] == ["3", "1", "2"]


def test_older_letters_are_skipped_unless_a_server_may_have_them(engine: Engine, ward: Ward) -> None:
    days = [DAY - timedelta(days=days) for days in (3, 2, 1, 0)]
    with writing(engine) as connection:
        for day in days:
            add_letter(connection, letter(ward, day=day), ward.at)
    first, second = claim(engine, ward.at, most=1)[0], claim(engine, ward.at, "dead", most=1)[0]
    with writing(engine) as connection:
        hand_off(connection, first, ward.at)
        later = ward.at + LEASE + SECOND
        skipped = skip_older(
            connection, person_id=ward.person_id, kind="daily", before=DAY, at=later, why="a newer one says more"
        )
        rows = connection.execute(select(tables.letter.c.state, tables.letter.c.fault).order_by(tables.letter.c.day))
        assert [row.state for row in rows] == ["handoff", "skipped", "skipped", "planned"]
    assert skipped == 2
    assert second.key == f"daily/{days[1]}/1"
