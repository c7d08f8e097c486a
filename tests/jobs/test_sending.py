"""Sending: taken is sent, refused is dead, not taken is tried again, and what nobody knows follows the setting."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event

import pytest

from db.engine import writing
from db.letters import LEASE, claim_letters, hand_off
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import Mail
from monitor.jobs.sending import send_letters
from monitor.jobs.stopping import stoppable
from monitor.mail.delivering import NotTaken, Refused, Uncertain
from tests.jobs.conftest import FakeMailer, Plan, row_of


def states(program: Program, *letter_ids: int) -> list[str]:
    return [row_of(program, one)["state"] for one in letter_ids]


def with_unknown(program: Program, choice: str) -> Program:
    return replace(program, config=Config(mail=Mail.model_validate({"when_unknown": choice})))


def test_each_letter_goes_out_once(posting: Program, mailer: FakeMailer, plan: Plan) -> None:
    ids = [plan(number=number) for number in range(3)]
    for _ in range(2):
        send_letters(posting, "one")
    assert states(posting, *ids) == ["sent"] * 3
    assert [letter for _, letter in mailer.sent] == [row_of(posting, one)["body"] for one in ids]
    assert {to for to, _ in mailer.sent} == {"ada@hospital.example"}
    assert row_of(posting, ids[0])["ended_at"] == posting.clock.now()


def test_of_four_senders_each_letter_goes_out_once(posting: Program, mailer: FakeMailer, plan: Plan) -> None:
    ids = [plan(number=number) for number in range(30)]
    start = Barrier(4)

    def work(replica: int) -> None:
        start.wait(30)
        send_letters(posting, f"replica {replica}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert states(posting, *ids) == ["sent"] * 30
    assert sorted(letter for _, letter in mailer.sent) == sorted(row_of(posting, one)["body"] for one in ids)


def test_a_refused_letter_is_dead_and_holds_up_no_other(posting: Program, mailer: FakeMailer, plan: Plan) -> None:
    first, second = plan(number=1), plan(number=2)
    mailer.failures = [Refused("RCPT: 550 nobody here")]
    send_letters(posting, "one")
    assert states(posting, first, second) == ["dead", "sent"]
    assert row_of(posting, first)["fault"] == "RCPT: 550 nobody here"


def test_a_letter_that_was_not_taken_waits_longer_each_time(
    posting: Program, mailer: FakeMailer, plan: Plan, clock: FixedClock
) -> None:
    letter_id = plan()
    waits = []
    for attempt in range(1, 8):
        mailer.failures = [NotTaken("RCPT: 450 later")]
        send_letters(posting, "one")
        row = row_of(posting, letter_id)
        assert (row["state"], row["attempts"], row["fault"]) == ("planned", attempt, "RCPT: 450 later")
        waits.append(row["not_before"] - clock.now())
        send_letters(posting, "one")
        assert row_of(posting, letter_id)["attempts"] == attempt, "it waits for its hour"
        clock.advance(waits[-1])
    for wait, minutes in zip(waits, [1, 2, 4, 8, 16, 30, 30], strict=True):
        assert timedelta(minutes=minutes) * 0.5 <= wait <= timedelta(minutes=minutes) * 1.5
    send_letters(posting, "one")
    assert states(posting, letter_id) == ["sent"]
    assert row_of(posting, letter_id)["fault"] is None


def test_a_server_that_is_away_is_asked_once_a_tick(posting: Program, mailer: FakeMailer, plan: Plan) -> None:
    ids = [plan(number=number) for number in range(3)]
    mailer.failures = [NotTaken("connecting: no answer in time", concerns_all=True)]
    send_letters(posting, "one")
    assert [row_of(posting, one)["attempts"] for one in ids] == [1, 0, 0]
    assert mailer.sent == []


def test_one_letter_that_is_not_taken_holds_up_no_other(posting: Program, mailer: FakeMailer, plan: Plan) -> None:
    first, second = plan(number=1), plan(number=2)
    mailer.failures = [NotTaken("RCPT: 450 greylisted")]
    send_letters(posting, "one")
    assert states(posting, first, second) == ["planned", "sent"]


def test_without_an_answer_the_same_bytes_go_out_again(
    posting: Program, mailer: FakeMailer, plan: Plan, clock: FixedClock
) -> None:
    letter_id = plan()
    mailer.after = [Uncertain("after the letter: no answer in time")]
    send_letters(posting, "one")
    send_letters(posting, "two")
    row = row_of(posting, letter_id)
    assert (row["state"], row["fault"]) == ("handoff", "after the letter: no answer in time")
    clock.advance(LEASE + timedelta(seconds=1))
    send_letters(posting, "two")
    assert states(posting, letter_id) == ["sent"]
    assert [letter for _, letter in mailer.sent] == [row["body"]] * 2


def test_without_an_answer_it_is_left_to_a_person_where_the_setting_says_so(
    posting: Program, mailer: FakeMailer, plan: Plan, clock: FixedClock
) -> None:
    holding = with_unknown(posting, "hold")
    letter_id = plan()
    mailer.after = [Uncertain("after the letter: no answer in time")]
    send_letters(holding, "one")
    clock.advance(LEASE + timedelta(seconds=1))
    send_letters(holding, "one")
    row = row_of(posting, letter_id)
    assert (row["state"], row["fault"]) == ("unknown", "after the letter: no answer in time")
    assert len(mailer.sent) == 1


@pytest.mark.parametrize("choice", ["resend", "hold"])
def test_what_was_never_handed_off_is_sent_whatever_the_setting_says(
    posting: Program, mailer: FakeMailer, plan: Plan, clock: FixedClock, choice: str
) -> None:
    letter_id = plan()
    with writing(posting.engine) as connection:
        claim_letters(connection, at=clock.now(), claim="killed", most=1)
    clock.advance(LEASE + timedelta(seconds=1))
    send_letters(with_unknown(posting, choice), "one")
    assert states(posting, letter_id) == ["sent"]


def test_nothing_goes_out_once_the_lease_is_lost(
    posting: Program, mailer: FakeMailer, plan: Plan, clock: FixedClock
) -> None:
    letter_id = plan()

    def take_over() -> None:
        clock.advance(LEASE + timedelta(seconds=1))
        with writing(posting.engine) as connection:
            (theirs,) = claim_letters(connection, at=clock.now(), claim="another", most=1)
            assert hand_off(connection, theirs, clock.now())

    mailer.on_deliver = take_over
    send_letters(posting, "one")
    assert mailer.sent == []
    row = row_of(posting, letter_id)
    assert (row["state"], row["claim"]) == ("handoff", "another")


@pytest.mark.parametrize(("what", "expected"), [("confirmation", "dead"), ("escalation", "dead"), ("daily", "planned")])
def test_what_nothing_newer_replaces_ends_after_three_days(
    posting: Program, mailer: FakeMailer, plan: Plan, clock: FixedClock, what: str, expected: str
) -> None:
    letter_id = plan(kind=what)
    clock.advance(timedelta(days=4))
    mailer.failures = [NotTaken("RCPT: 450 later")] * 2
    send_letters(posting, "one")
    assert states(posting, letter_id) == ["planned"], "a long stop is no reason not to try"
    send_letters(posting, "one")
    assert states(posting, letter_id) == [expected]
    assert row_of(posting, letter_id)["fault"] == "RCPT: 450 later"


def test_told_to_stop_it_finishes_the_letter_in_flight_alone(posting: Program, mailer: FakeMailer, plan: Plan) -> None:
    ids, told = [plan(number=number) for number in range(3)], Event()
    mailer.on_deliver = told.set
    with stoppable(told):
        send_letters(posting, "one")
    assert states(posting, *ids) == ["sent", "planned", "planned"]


def test_a_mailer_with_a_bug_leaves_the_letter_to_be_claimed_again(
    posting: Program, mailer: FakeMailer, plan: Plan, clock: FixedClock
) -> None:
    letter_id = plan()
    mailer.failures = [ZeroDivisionError("a bug")]
    with pytest.raises(ZeroDivisionError):
        send_letters(posting, "one")
    assert states(posting, letter_id) == ["claimed"]
    clock.advance(LEASE + timedelta(seconds=1))
    send_letters(posting, "one")
    assert states(posting, letter_id) == ["sent"]
