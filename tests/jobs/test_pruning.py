"""Pruning: once a day, whoever comes first; old texts go, and that they were sent stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from db import heartbeats, job_runs, people, tables
from db.engine import reading, writing
from db.identities import Sent, add_sent
from db.read_log import add_reading
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.jobs.daily import run_once
from monitor.jobs.pruning import JOB, prune
from monitor.jobs.sending import send_letters
from monitor.services.inviting import make_invitation
from monitor.services.sessions import begin_session
from monitor.services.throttling import begin_try, make_try
from tests.jobs.conftest import Plan, row_of


def test_the_texts_of_old_letters_go_and_the_rest_stays(posting: Program, plan: Plan, clock: FixedClock) -> None:
    old = plan(number=1)
    send_letters(posting, "one")
    clock.advance(timedelta(days=300))
    young, waiting = plan(number=2), plan(number=3)
    send_letters(posting, "one")
    with writing(posting.engine) as connection:
        connection.execute(tables.letter.update().where(tables.letter.c.id == waiting).values(state="planned"))
        connection.execute(tables.letter.update().where(tables.letter.c.id == waiting).values(ended_at=None))
    clock.advance(timedelta(days=101))
    prune(posting, "one")
    assert row_of(posting, old)["body"] is None
    assert (row_of(posting, old)["state"], row_of(posting, old)["body_sha256"] is None) == ("sent", False)
    assert row_of(posting, young)["body"]
    assert row_of(posting, waiting)["body"]


def test_it_is_done_once_a_day_by_whoever_comes_first(posting: Program, plan: Plan, clock: FixedClock) -> None:
    for replica in ("one", "two"):
        prune(posting, replica)
    with reading(posting.engine) as connection:
        (run,) = job_runs.list_latest(connection)
    assert (run.job, run.state, run.replica, run.attempts) == (JOB, "done", "one", 1)
    clock.advance(timedelta(days=1))
    prune(posting, "two")
    with reading(posting.engine) as connection:
        assert connection.execute(select(func.count()).select_from(tables.job_run)).scalar_one() == 2


def test_replicas_that_fell_silent_long_ago_are_forgotten(posting: Program, clock: FixedClock) -> None:
    with writing(posting.engine) as connection:
        heartbeats.beat(connection, "old", clock.now() - timedelta(days=31), version="1")
        heartbeats.beat(connection, "young", clock.now() - timedelta(days=29), version="1")
    prune(posting, "one")
    with reading(posting.engine) as connection:
        assert [one.replica for one in heartbeats.list_heartbeats(connection)] == ["young"]


def test_work_that_fails_is_kept_and_tried_again_after_a_pause(posting: Program, clock: FixedClock) -> None:
    day, lease = clock.now().date(), timedelta(minutes=10)
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        if len(tries) < 2:
            raise ValueError("Ada Example")

    def run() -> bool:
        return run_once(posting, "one", job="backup", day=day, lease=lease, work=work)

    with pytest.raises(ValueError, match=r"Ada"):
        run()
    with reading(posting.engine) as connection:
        (kept,) = job_runs.list_latest(connection)
    assert (kept.state, kept.fault) == ("failed", "ValueError")
    assert not run(), "a moment later is too early"
    clock.advance(timedelta(minutes=6))
    assert run()
    assert not run(), "done is done"
    assert len(tries) == 2


def test_what_let_people_in_and_old_readings_go_in_their_time(program: Program, clock: FixedClock) -> None:
    start = clock.now()
    with program.writing("root-admin") as desk:
        connection, ada = desk.connection, people.find_person(desk.connection, "ada")
        assert ada is not None
        begin_session(connection, ada, at=start, device="Firefox")
        make_invitation(connection, program.config, ada, start)
        begin_try(connection, make_try("ada", "198.51.100.7"), start)
        add_sent(connection, "0" * 64, Sent("n", "v", "/", start, None))
        add_reading(connection, at=start, person_id=ada.id, what="patient")

    def left_after(days: float) -> set[str]:
        clock.advance(start + timedelta(days=days) - clock.now())
        prune(program, "one")
        with reading(program.engine) as connection:
            return {
                one.name
                for one in (tables.session, tables.invitation, tables.attempt, tables.oidc_request, tables.read_log)
                if connection.execute(select(func.count()).select_from(one)).scalar_one()
            }

    assert left_after(0) == {"session", "invitation", "attempt", "oidc_request", "read_log"}
    assert left_after(1) == {"session", "invitation", "attempt", "read_log"}
    assert left_after(2) == {"invitation", "read_log"}
    assert left_after(9) == {"invitation", "read_log"}
    assert left_after(11) == {"read_log"}
    assert left_after(2190) == {"read_log"}
    assert left_after(2191) == set()
