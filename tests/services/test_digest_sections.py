"""Each section of the digest finds what it is for: checks astray, unapproved protocols, reports, who knows, changes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest

from db import looks, tables
from db.dossiers import Detail
from db.facts import add_fact
from db.looks import Seen
from monitor.clock import FixedClock
from monitor.render.digest_parts import ClinicPart
from monitor.services.approving import Candidate, approve
from monitor.services.deciding import discharge
from monitor.services.desk import Desk
from monitor.services.digest import Order, make_digest
from monitor.services.enrolling import Enrolment, assign, enrol
from monitor.services.recording import record_samples
from schedules.changes import count_new, stages_of
from schedules.escalating import SeenStep
from schedules.findings import Change, Finding, Section
from schedules.fingerprint import fingerprint
from schedules.model import Infusion
from schedules.parsing import parse_protocol
from schedules.protocol import Role

DeskOf = Callable[[str], AbstractContextManager[Desk]]
TODAY = date(2026, 11, 2)
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
ALL = ["blood-count", "creatinine", "urinalysis", "liver", "thyroid", "skin", "hpv"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def follow(desk: Desk, reference: str, clinic: str = "north", **more: Any) -> int:
    enrolment = Enrolment(
        clinic, reference, "alemtuzumab-eu", infusions=COURSE, followed_here_from=date(2026, 10, 1), **more
    )
    return enrol(desk, enrolment)[0]


def north(desk: Desk, day: date | None = None, order: Order | None = None) -> ClinicPart:
    [part] = make_digest(desk, clinic="north", day=day, order=order)
    return part


def found(part: ClinicPart, section: Section) -> list[Finding]:
    return list(part.findings.get(section, ()))


def keep(desk: Desk, part: ClinicPart) -> None:
    seen = Seen(
        part.clinic, part.day, desk.at, part.followed, part.checks, part.overdue, stages_of(part.every), 0, ""
    )  # fmt: skip
    looks.add_look(desk.connection, seen)


def test_what_is_new_since_the_last_look_is_marked_and_what_is_gone_is_counted(
    desk_of: DeskOf, clock: FixedClock
) -> None:
    with desk_of("ada") as desk:
        late = follow(desk, "N-1")
        first = north(desk)
        assert first.compared_on is None
        keep(desk, first)
        keep(desk, north(desk))  # once a day
    clock.advance(timedelta(days=1))
    with desk_of("ada") as desk:
        same = north(desk)
        assert (same.compared_on, count_new(same.every), same.gone) == (TODAY, 0, 0)
        record_samples(desk, late, ALL, taken_on=TODAY)
        follow(desk, "N-2")
        part = north(desk)
    assert part.gone == len([one for one in first.every if one.section is not Section.LONGEST])
    new = {one.patient for one in part.every if one.change is Change.NEW}
    assert new == {"N-2"}
    assert count_new(part.every) == part.overdue


def test_overdue_sections_begin_with_the_most_overdue(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        follow(desk, "N-1")
        early = follow(desk, "N-2")
        record_samples(desk, early, ["thyroid"], taken_on=date(2026, 10, 2))
        days = [one.days or 0 for one in found(north(desk, date(2026, 12, 1)), Section.ESCALATED)]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) > 1


def test_a_check_that_lies_at_another_clinic_is_told(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        check = tables.check
        astray = check.update().where(check.c.treatment_id == treatment, check.c.family == "thyroid")
        desk.connection.execute(astray.where(check.c.settlement == "open").values(clinic_id="west"))
        [one] = found(north(desk), Section.ASTRAY)
    assert (one.patient, one.word) == ("N-1", "west")
    assert one.missed > 10


def test_a_version_that_was_never_approved_is_not_merely_outdated(
    desk_of: DeskOf, candidates: tuple[Candidate, ...], clock: FixedClock
) -> None:
    with desk_of("ada") as desk:
        follow(desk, "N-1")
        bare = follow(desk, "N-2")
        text = candidates[0].text.replace('"2026.1"', '"2026.2"', 1)
        parsed = parse_protocol(text, file="bare.yaml")
        assert parsed.protocol is not None
        version = tables.protocol_version
        mark = fingerprint(parsed.protocol)
        desk.connection.execute(
            version.insert().values(
                fingerprint=mark, protocol_id=parsed.protocol.id, version=parsed.protocol.version,
                kind="protocol", text=text, stored_at=desk.at,
            )
        )  # fmt: skip
        add_fact(
            desk.connection, tables.assignment, bare, stamp=desk.stamp(), fingerprint=mark, overlays=[],
            followed_here_from=date(2026, 10, 1),
        )  # fmt: skip
        part = north(desk)
        assert [one.patient for one in found(part, Section.UNAPPROVED)] == ["N-2"]
        assert found(part, Section.OUTDATED) == []
    clock.advance(timedelta(hours=1))
    with desk_of("root-admin") as desk:
        approve(desk, Candidate(text, parsed.protocol), approved_by="Dr. Invented Example", is_invented=True)
    with desk_of("ada") as desk:
        part = north(desk)
    assert [one.patient for one in found(part, Section.OUTDATED)] == ["N-1"]
    assert found(part, Section.UNAPPROVED) == []


def test_what_a_patient_says_stands_until_a_sample_answers(desk_of: DeskOf) -> None:
    with desk_of("ada") as desk:
        treatment = follow(desk, "N-1")
        add_fact(desk.connection, tables.report, treatment, stamp=desk.stamp(), family="thyroid",
                 done_on=date(2026, 10, 30), place="elsewhere")  # fmt: skip
        [one] = found(north(desk), Section.REPORTED)
        assert (one.patient, one.family, one.on) == ("N-1", "thyroid", date(2026, 10, 30))
        record_samples(desk, treatment, ["thyroid"], taken_on=date(2026, 10, 30))
        assert found(north(desk), Section.REPORTED) == []


@pytest.mark.parametrize(("role", "is_seen"), [("nurse", False), ("clinician", True), ("admin", True)])
def test_an_escalation_is_seen_by_its_role_or_a_higher_one(desk_of: DeskOf, role: str, is_seen: bool) -> None:
    with desk_of("dora") as desk:
        treatment = follow(desk, "N-1")
        add_fact(
            desk.connection, tables.escalation_seen, treatment, stamp=desk.stamp(), rule="thyroid-takeover", number=1,
            role=role, seen_by="Dr. Dora Example",
        )  # fmt: skip
        escalated = {one.family: one.seen for one in found(north(desk), Section.ESCALATED)}
    assert escalated["thyroid"] == (SeenStep(Role(role), "Dr. Dora Example", TODAY) if is_seen else None)
    assert escalated["liver"] is None


def test_events_since_the_readers_last_letter_are_told(desk_of: DeskOf, clock: FixedClock) -> None:
    with desk_of("dora") as desk:
        gone, moved = follow(desk, "N-1"), follow(desk, "N-2")
        discharge(desk, gone, on=TODAY, kind="moved", reason="moved away")
        assign(desk, moved, followed_here_from=date(2026, 10, 30), reason="typing error", confirmed=True)
        before = desk.at - timedelta(hours=2)
    clock.advance(timedelta(days=8))
    with desk_of("dora") as desk:
        assert found(north(desk), Section.DISCHARGED) == found(north(desk), Section.LOSSES) == []
        part = north(desk, order=Order(since=before))
    assert part.since_on == TODAY
    assert [one.patient for one in found(part, Section.DISCHARGED)] == ["N-1"]
    assert {one.patient for one in found(part, Section.LOSSES)} == {"N-2"}


def test_names_stand_only_where_the_clinic_wants_them_and_never_in_a_look(desk_of: DeskOf) -> None:
    with desk_of("dora") as desk:
        for clinic in ("north", "south"):
            follow(desk, f"{clinic}-1", clinic, detail=Detail(name="Secret Name"))
        parts = make_digest(desk, order=Order(named_in={"south"}))
        assert [dict(part.names) for part in parts] == [{}, {"south-1": "Secret Name"}]
        for part in parts:
            keep(desk, part)
        rows = desk.connection.execute(tables.digest_look.select()).all()
    assert "Secret" not in repr(rows)
