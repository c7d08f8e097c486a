"""The fast size of each fault test: every demand is met; `python3 run.py faults` tries the same at its full size."""

from collections.abc import Callable

import pytest

from faults import (
    clock_steps,
    contention,
    databases,
    daylight,
    disks,
    downtime,
    killing,
    machine,
    refusing,
    week,
    wiping,
)
from faults.figures import Figure
from faults.place import Place

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def unmet(place: Place, run: Callable[..., list[Figure]]) -> list[Figure]:
    figures = run(place, size="fast")
    assert figures
    return [one for one in figures if not one.is_met]


def test_replicas_that_are_killed_lose_no_letter(place: Place) -> None:
    assert unmet(place, killing.run) == []


def test_processes_that_are_killed_send_one_digest_to_each_recipient(place: Place) -> None:
    assert unmet(place, week.run) == []


def test_no_order_of_events_breaks_a_rule_of_the_outbox(place: Place) -> None:
    assert unmet(place, machine.run) == []


def test_a_mail_server_that_fails_anywhere_costs_no_letter(place: Place) -> None:
    assert unmet(place, refusing.run) == []


def test_every_date_has_one_digest_whatever_the_clocks_do(place: Place) -> None:
    assert unmet(place, daylight.run) == []


def test_after_downtime_one_digest_names_the_days_that_had_none(place: Place) -> None:
    assert unmet(place, downtime.run) == []


def test_a_clock_that_is_set_doubles_no_letter_and_leaves_none_out(place: Place) -> None:
    assert unmet(place, clock_steps.run) == []


def test_what_a_database_acknowledged_outlives_every_crash(place: Place) -> None:
    assert unmet(place, databases.run) == []


def test_on_a_full_disk_nothing_is_half_there(place: Place) -> None:
    assert unmet(place, disks.run) == []


def test_writers_at_once_all_get_their_turn(place: Place) -> None:
    assert unmet(place, contention.run) == []


def test_a_scheduler_that_forgets_changes_nothing_in_what_is_sent(place: Place) -> None:
    assert unmet(place, wiping.run) == []
