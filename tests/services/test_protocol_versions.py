"""Every version on disk and in the record stands where it stands: in force, outdated, newer, a draft, faulty."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.approving import approve, list_unverified
from monitor.services.desk import Desk
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.own_settings import find_own_settings
from monitor.services.protocol_versions import Shelf, Status, open_shelf
from monitor.services.rulebook import OwnSettings, Rulebook
from schedules.errors import FileRefused, NotFound, Unacceptable
from schedules.model import Infusion
from schedules.protocol import Protocol
from tests.later_versions import approve_text, candidate_of, faulty, narrower

DeskOf = Callable[[str], AbstractContextManager[Desk]]
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))


@pytest.fixture
def shelf(look_as: DeskOf) -> Callable[..., Shelf]:
    def look(login: str = "ada", *directories: Path) -> Shelf:
        with look_as(login) as desk:
            return open_shelf(desk, directories)

    return look


def stand(shelf: Shelf, protocol_id: str) -> list[tuple[str, Status, int]]:
    return [(one.version, one.status, one.treatments) for one in shelf.of(protocol_id)]


def test_what_is_shipped_is_in_force_where_somebody_approved_it(shelf: Callable[..., Shelf]) -> None:
    found = shelf()
    assert stand(found, "alemtuzumab-eu") == [("2026.1", Status.IN_FORCE, 0)]
    assert stand(found, "cladribine") == [("2026.1", Status.DRAFT, 0)]
    assert stand(found, "vitamin-d") == [("2026.1", Status.UNAPPROVED, 0)]
    approval = found.get("alemtuzumab-eu").approval
    assert approval is not None
    assert (approval.approved_by, approval.entered_by, approval.is_invented) == (
        "Dr. Invented Example", "root-admin", True,
    )  # fmt: skip


def test_a_newer_file_waits_and_an_approved_one_leaves_the_older_outdated(
    shelf: Callable[..., Shelf], desk_of: DeskOf, program: Program, clock: FixedClock, tmp_path: Path
) -> None:
    with desk_of("ada") as desk:
        enrol(desk, Enrolment("north", "N-1", "alemtuzumab-eu", infusions=COURSE))
    (tmp_path / "later.yaml").write_text(narrower(), encoding="utf-8")
    assert stand(shelf("ada", tmp_path), "alemtuzumab-eu") == [
        ("2026.2", Status.NEWER, 0), ("2026.1", Status.IN_FORCE, 1),
    ]  # fmt: skip
    clock.advance(timedelta(minutes=1))
    approve_text(program, narrower())
    found = shelf("ada")  # the file is no longer on disk, and the record keeps what it said
    assert stand(found, "alemtuzumab-eu") == [("2026.2", Status.IN_FORCE, 0), ("2026.1", Status.OUTDATED, 1)]
    assert found.get("alemtuzumab-eu").file is None
    assert (found.count_outdated("alemtuzumab-eu"), found.count_outdated("alemtuzumab-us")) == (1, 0)


def test_patients_of_another_clinic_are_not_counted(shelf: Callable[..., Shelf], desk_of: DeskOf) -> None:
    with desk_of("cy") as desk:
        enrol(desk, Enrolment("west", "W-1", "alemtuzumab-eu", infusions=COURSE))
    assert stand(shelf("ada"), "alemtuzumab-eu") == [("2026.1", Status.IN_FORCE, 0)]
    assert stand(shelf("cy"), "alemtuzumab-eu") == [("2026.1", Status.IN_FORCE, 1)]


def test_a_faulty_file_is_shown_with_its_faults_and_nobody_can_approve_it(
    shelf: Callable[..., Shelf], tmp_path: Path
) -> None:
    (tmp_path / "later.yaml").write_text(faulty(), encoding="utf-8")
    version = shelf("ada", tmp_path).get("alemtuzumab-eu", "2026.3")
    assert version.status is Status.FAULTY
    assert not version.may_be_approved
    assert [one.hint for one in version.problems if one.severity == "error"] == ["Did you mean 'tsh'?"]
    with pytest.raises(FileRefused, match="has errors, and nobody can approve it"):
        _ = version.candidate


def test_an_overlay_that_does_not_fit_says_so(shelf: Callable[..., Shelf], tmp_path: Path) -> None:
    overlay = (Path(__file__).parents[2] / "schedules" / "protocols" / "vitamin-d.yaml").read_text(encoding="utf-8")
    changed = overlay.replace("id: vitamin-d\n", "id: other-vitamin\n", 1).replace("id: calcium\n", "id: thyroid\n", 1)
    (tmp_path / "overlay.yaml").write_text(changed, encoding="utf-8")
    version = shelf("ada", tmp_path).get("other-vitamin")
    assert version.status is Status.FAULTY
    assert "both have the rule 'thyroid'" in " ".join(one.message for one in version.problems)


def test_files_that_cannot_be_read_hide_nothing_of_the_record(shelf: Callable[..., Shelf], tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("format: 1\nkind: protocol\n", encoding="utf-8")
    found = shelf("ada", tmp_path)
    assert found.refusal is not None
    assert stand(found, "alemtuzumab-eu") == [("2026.1", Status.IN_FORCE, 0)]
    assert [one.protocol_id for one in found.versions] == ["alemtuzumab-eu", "alemtuzumab-us"]


def test_a_version_is_named_by_its_fingerprint_or_its_number(shelf: Callable[..., Shelf]) -> None:
    found = shelf()
    version = found.get("alemtuzumab-eu")
    assert found.get("alemtuzumab-eu", version.fingerprint[:12]) is version
    assert found.get("alemtuzumab-eu", "2026.1") is version
    for protocol_id, wanted in (("alemtuzumab-eu", "2026.9"), ("alemtuzumab-eu", "b4"), ("nothing", "")):
        with pytest.raises(NotFound):
            found.get(protocol_id, wanted)


def test_every_unverified_rule_has_to_be_looked_at(desk_of: DeskOf) -> None:
    candidate = candidate_of(narrower())
    unverified = [rule.id for rule in list_unverified(candidate.protocol)]
    seen = [one for one in unverified if one != "thyroid"]
    missing = "1 unverified rules were not looked at: thyroid"
    with desk_of("root-admin") as desk, pytest.raises(Unacceptable, match=missing):
        approve(desk, candidate, approved_by="Dr. Example", acknowledged=seen)
    with desk_of("root-admin") as desk:
        approval = approve(desk, candidate, approved_by="Dr. Example", acknowledged=unverified)
    assert approval.unverified == tuple(unverified)


def test_only_what_a_clinic_does_otherwise_is_named(look_as: DeskOf, candidates: tuple) -> None:
    protocol = candidates[0].protocol
    assert isinstance(protocol, Protocol)
    overrides = {
        "north": {
            "blood-count": OwnSettings(before_days=5, after_days=4),
            "thyroid": OwnSettings(before_days=14),  # as the protocol has it
            "ecg": OwnSettings(escalation_days=(3, 10)),
        },
        "south": {"blood-count": OwnSettings(before_days=5)},
        "west": {"blood-count": OwnSettings(before_days=366, after_days=366)},
    }
    with look_as("root-admin") as desk:
        own = find_own_settings(Desk(desk.connection, desk.actor, desk.at, desk.today, Rulebook(overrides)), protocol)
    with look_as("ada") as desk:
        hers = find_own_settings(Desk(desk.connection, desk.actor, desk.at, desk.today, Rulebook(overrides)), protocol)
    assert [(one.clinic.id, one.window and one.window.width_days) for one in own.rules["blood-count"]] == [
        ("north", 9), ("south", 12),
    ]  # fmt: skip
    assert [step.after_days for step in own.rules["ecg"][0].escalation or ()][:2] == [3, 10]
    assert [clinic.id for clinic, _ in own.misfits] == ["west"]
    assert ([one.clinic.id for one in hers.rules["blood-count"]], hers.misfits) == (["north"], [])
