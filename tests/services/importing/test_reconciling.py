"""A pharmacy's list beside the record: whoever was treated and is not followed is found, and nobody else is named."""

from datetime import date
from pathlib import Path

import pytest

from monitor.services.importing.spooling import spool
from monitor.services.reconciling import Reconciliation, reconcile

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

RECORD = """reference,infusion,status
SAME,2024-01-08..2024-01-12,
LATER,2024-01-08..2024-01-12,
GAP,2024-01-08,
GAP,2024-01-10,
PLAN,2026-10-05,planned
MORE,2024-01-08..2024-01-12,
ABSENT,2024-01-08,
FUTURE,2026-12-07,
"""
PHARMACY = """Patient;Gabe;Zustand
SAME;08.01.2024 - 12.01.2024;
LATER;08.01.2024 - 12.01.2024;
LATER;13.01.2025;
GAP;08.01.2024 - 10.01.2024;
PLAN;05.10.2026;
MORE;08.01.2024 - 11.01.2024;
NEW;05.10.2026;
COMING;30.11.2026;geplant
"""


@pytest.fixture
def found(take_in, look_as, dump, tmp_path: Path):
    """What Ada, or whoever is named, learns from the list."""

    def found(by: str = "ada") -> Reconciliation:
        file = tmp_path / "pharmacy.csv"
        file.write_text(PHARMACY, encoding="utf-8")
        with spool(file, defaults={}, needed=()) as read, look_as(by) as desk:
            assert read.problems == []
            return reconcile(desk, read)

    return found


def test_every_difference_the_most_dangerous_first(take_in, found, dump):
    take_in(RECORD)
    before = dump()
    told = found()
    assert [(one.kind.value, one.reference, one.days) for one in told.findings] == [
        ("not-followed", "NEW", (date(2026, 10, 5),)),
        ("later-there", "LATER", (date(2025, 1, 13),)),
        ("missing-here", "GAP", (date(2024, 1, 9),)),
        ("unconfirmed", "PLAN", (date(2026, 10, 5),)),
        ("not-listed", "ABSENT", (date(2024, 1, 8),)),
        ("missing-there", "MORE", (date(2024, 1, 12),)),
    ]
    assert (told.listed, told.followed) == (7, 7)
    assert dump() == before


def test_cy_learns_nothing_of_another_clinic(take_in, found):
    take_in(RECORD)
    told = found("cy")
    assert {one.kind.value for one in told.findings} == {"not-followed"}
    assert told.followed == 0
    assert all(one.clinic_id is None for one in told.findings)
