"""Dossiers: everything known of a treatment, now or at an earlier instant, and nobody else's."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from db import patients, tables
from db.dossiers import get_dossier, list_dossiers
from db.engine import reading, writing
from db.facts import add_fact, void_fact
from db.protocols import StoredProtocol, store_protocol
from schedules.errors import NotFound
from schedules.intervals import Interval
from schedules.model import Booking, Extra, Infusion, Key, Sample, Waiver
from schedules.protocol import Sex
from tests.db.conftest import Ward

MARK = "f" * 64
DAY = date(2026, 1, 5)


@pytest.fixture
def assigned(engine: Engine, ward: Ward) -> Ward:
    """The treatment under an (unread) protocol version, with one fact of each kind."""
    one, stamp = ward.treatment_id, ward.stamp()
    with writing(engine) as connection:
        store_protocol(connection, StoredProtocol(MARK, "invented", "2026.1", "protocol", "text", ward.at))
        add_fact(connection, tables.detail, ward.patient_id, stamp=stamp, name="Patient Example", sex="female")
        add_fact(
            connection, tables.assignment, one, stamp=stamp, fingerprint=MARK, overlays=["e" * 64],
            followed_here_from=DAY,
        )  # fmt: skip
        add_fact(connection, tables.infusion, one, stamp=stamp, infused_on=DAY, is_planned=False, course=None)
        sample = add_fact(
            connection, tables.sample, one, stamp=stamp, family="liver", taken_on=DAY, said_rule="liver", said_number=2
        )
        add_fact(connection, tables.seen, sample, stamp=stamp, seen_by="Dr. Dora Example", result="as before")
        add_fact(connection, tables.waiver, one, stamp=stamp, rule="liver", due_on=DAY)
        add_fact(connection, tables.booking, one, stamp=stamp, family="liver", booked_on=DAY, booked_at=None)
        add_fact(
            connection, tables.extra, one, stamp=stamp, rule="liver-extra", first_number=1, starts_on=DAY,
            every="1 week", times=3,
        )  # fmt: skip
        add_fact(connection, tables.contact_note, one, stamp=stamp, kind="reached", text="will come")
    return ward


def test_a_dossier_holds_every_kind_of_fact(engine: Engine, assigned: Ward) -> None:
    with reading(engine) as connection:
        dossier = get_dossier(connection, assigned.treatment_id)
    assert (dossier.reference, dossier.clinic_id, dossier.revision) == ("N-TEST-1", "north", 0)
    assert (dossier.detail.name, dossier.person.sex) == ("Patient Example", Sex.FEMALE)
    assert (dossier.assignment.fingerprint, dossier.assignment.overlays) == (MARK, ("e" * 64,))
    assert dossier.given_and_planned == (Infusion(DAY),)
    facts = dossier.facts
    assert facts.samples == (Sample(1, "liver", DAY, Key("liver", 2)),)
    assert facts.waivers == (Waiver(1, "liver", DAY),)
    assert facts.bookings == (Booking(1, "liver", DAY),)
    assert (facts.followed_here_from, facts.discharged_on) == (DAY, None)
    assert dossier.ordered == (Extra("liver-extra", 1, DAY, Interval.parse("1 week"), 3),)
    assert (dossier.seen[1].seen_by, dossier.seen[1].result) == ("Dr. Dora Example", "as before")
    assert [note.kind for note in dossier.notes] == ["reached"]
    assert dossier.departure is None


def test_a_dossier_is_as_it_was_known_at_an_instant(engine: Engine, assigned: Ward) -> None:
    one, later = assigned.treatment_id, assigned.at + timedelta(hours=5)
    with writing(engine) as connection:
        add_fact(connection, tables.detail, assigned.patient_id, stamp=assigned.stamp(later), name="Other", sex="male")
        add_fact(
            connection, tables.infusion, one, stamp=assigned.stamp(later), replaces_id=1,
            infused_on=DAY + timedelta(days=1), is_planned=False,
        )  # fmt: skip
        void_fact(connection, tables.waiver, 1, stamp=assigned.stamp(later))
        add_fact(connection, tables.discharge, one, stamp=assigned.stamp(later), discharged_on=DAY, kind="moved")
    with reading(engine) as connection:
        before = get_dossier(connection, one, known_at=later - timedelta(microseconds=1))
        after = get_dossier(connection, one, known_at=later)
        assert after == get_dossier(connection, one)
    assert (before.detail.name, after.detail.name) == ("Patient Example", "Other")
    assert before.given_and_planned == (Infusion(DAY),)
    assert after.given_and_planned == (Infusion(DAY + timedelta(days=1)),)
    assert (len(before.waivers), len(after.waivers)) == (1, 0)
    assert (before.departure, after.departure is not None) == (None, True)


def test_before_it_began_there_was_no_treatment(engine: Engine, assigned: Ward) -> None:
    with reading(engine) as connection, pytest.raises(NotFound):
        get_dossier(connection, assigned.treatment_id, known_at=assigned.at - timedelta(microseconds=1))


def test_dossiers_come_in_order_and_without_those_of_others(engine: Engine, assigned: Ward) -> None:
    ids = []
    with writing(engine) as connection:
        for number in range(2, 5):
            patient = patients.add_patient(connection, clinic_id="north", reference=f"N-TEST-{number}", at=assigned.at)
            ids.append(patients.add_treatment(connection, patient_id=patient, clinic_id="north", at=assigned.at))
            add_fact(
                connection, tables.assignment, ids[-1], stamp=assigned.stamp(), fingerprint=MARK, overlays=[],
                followed_here_from=None,
            )  # fmt: skip
    with reading(engine) as connection:
        found = list(list_dossiers(connection, [*reversed(ids), assigned.treatment_id]))
    assert [one.treatment_id for one in found] == [assigned.treatment_id, *ids]
    assert [len(one.samples) for one in found] == [1, 0, 0, 0]
