"""The protocols' pages: read by everybody of the staff, approved by administrators alone, nothing doubtful hidden."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from db import people
from db.engine import writing
from monitor.bootstrap import Program, rulebook_of
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.protocols import load_files
from monitor.services.approving import list_unverified
from schedules.fingerprint import fingerprint
from tests.later_versions import approve_text, candidate_of, faulty, narrower
from tests.web.staff.conftest import SignIn

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
BUILT_IN = {entry.id: entry.protocol_or_overlay for entry in load_files().entries}
TICKS = ("seen-sources-needs-check", "seen-sources-local-policy", "seen-windows-local-policy")


@pytest.fixture
def program(program: Program, tmp_path: Path) -> Program:
    """With a directory for further files, settings of north's own, and Vera, who may only look."""
    folder = tmp_path / "files"
    folder.mkdir()
    with writing(program.engine) as connection:
        people.add_person(connection, login="vera", name="Vera Example", role="viewer", clinic_ids=["north"])
    own = {
        "overrides": {"blood-count": {"window": {"before_days": 5, "after_days": 4}}},
        "thresholds": {"platelets": {"value": 90, "unit": "10*9/L", "note": "Invented."}},
    }
    config = Config.model_validate({"protocols": {"directories": [folder]}, "clinics": {"north": own}})
    return Program(config, program.engine, program.clock, rulebook_of(config), program.mailer)


@pytest.fixture
def folder(program: Program) -> Path:
    return program.config.protocols.directories[0]


def words(html: str) -> str:
    """What a person reads, without tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_everybody_reads_which_versions_there_are(sign_in: SignIn, folder: Path) -> None:
    (folder / "later.yaml").write_text(narrower(), encoding="utf-8")
    for login in ("vera", "ada", "dora", "root-admin"):
        answer = sign_in(login).get("/protocols")
        assert answer.status_code == 200
        said = words(answer.text)
        assert "newer, not approved" in said
        assert "Dr. Invented Example" in said
        assert "invented approval" in said
        assert ("/protocols/alemtuzumab-eu/approve" in answer.text) == (login == "root-admin")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("protocol_id", BUILT_IN)
def test_every_built_in_file_has_a_whole_page(sign_in: SignIn, protocol_id: str, language: str) -> None:
    file = BUILT_IN[protocol_id]
    answer = sign_in("vera").get(f"/protocols/{protocol_id}?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    said = words(answer.text)
    for title in [part.title for parts in (file.rules, file.advice, file.symptoms) for part in parts]:
        assert title[language] in said
    for text in [one.text for checklist in file.checklists for one in checklist.questions]:
        assert " ".join(text[language].split()) in said
    for document in file.sources.values():
        assert document.title in said
    for test in file.tests.values():
        assert ", ".join(test.loinc) in said
    unsettled = sum(not rule.source.confidence.is_settled for rule in file.rules)
    badges = re.findall(r'<h3 id="title-.*?</h3>', answer.text, re.DOTALL)
    assert len(badges) == len(file.rules)
    assert sum('class="badge' in one for one in badges) == unsettled
    if file.thresholds:
        assert {"en": "interprets no result", "de": "deutet keinen Befund"}[language] in said


def test_a_link_of_the_page_leads_somewhere(sign_in: SignIn) -> None:
    text = sign_in("ada").get("/protocols/alemtuzumab-eu").text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) - set(ids) == set()


def test_a_clinics_own_days_and_values_stand_beside_those_of_the_protocol(sign_in: SignIn) -> None:
    hers = words(sign_in("ada").get("/protocols/alemtuzumab-eu").text)
    other = words(sign_in("cy").get("/protocols/alemtuzumab-eu").text)
    assert "North Clinic (invented): 5 days before to 4 days after the due day local policy" in hers
    assert "north, own value: 90 10*9/L. Invented." in hers
    assert "North Clinic" not in other
    assert "own value" not in other


def test_a_faulty_file_shows_its_faults_with_line_and_hint(sign_in: SignIn, folder: Path) -> None:
    (folder / "later.yaml").write_text(faulty(), encoding="utf-8")
    line = next(n for n, one in enumerate(faulty().splitlines(), start=1) if "[tshh]" in one)
    said = words(sign_in("ada").get("/protocols/alemtuzumab-eu?version=2026.3").text)
    assert f"error line {line} : 'tshh' is not one of the file's tests. Did you mean 'tsh'?" in said
    answer = sign_in("root-admin").get("/protocols/alemtuzumab-eu/approve?version=2026.3")
    assert answer.status_code == 200
    assert "nobody can approve it" in answer.text
    assert "<form" not in answer.text.partition("<main")[2]


def test_files_that_cannot_be_read_are_an_error_beside_what_the_record_keeps(sign_in: SignIn, folder: Path) -> None:
    (folder / "broken.yaml").write_text("format: 1\nkind: protocol\n", encoding="utf-8")
    said = words(sign_in("ada").get("/protocols").text)
    assert "The protocol files on disk cannot be read" in said
    assert "alemtuzumab-eu" in said
    assert "broken.yaml" in said


def test_what_does_not_exist_is_not_found(sign_in: SignIn) -> None:
    ada = sign_in("ada")
    for address in (
        "/protocols/nothing", "/protocols/alemtuzumab-eu?version=2027.1", "/protocols/compare?left=nothing",
        "/protocols/vitamin-d/replan", "/protocols/nothing/replan",
    ):  # fmt: skip
        assert ada.get(address).status_code == 404, address


def test_two_protocols_are_compared_field_by_field(sign_in: SignIn, folder: Path) -> None:
    (folder / "later.yaml").write_text(narrower(), encoding="utf-8")
    ada = sign_in("ada")
    said = words(ada.get("/protocols/compare?left=alemtuzumab-eu&right=alemtuzumab-eu:2026.2").text)
    assert "Rules : 1 changed · 16 the same" in said
    assert "before: 7 days before to 7 days after the due day (local policy) → now: 7 days before to 5 days" in said
    assert "before: 2026.1 → now: 2026.2" in said
    same = words(ada.get("/protocols/compare?left=alemtuzumab-eu&right=alemtuzumab-eu").text)
    assert "Both say the same." in same
    for left in BUILT_IN:
        for right in ("alemtuzumab-us", "vitamin-d"):
            assert ada.get(f"/protocols/compare?left={left}&right={right}").status_code == 200


def approval(text: str, **more: str) -> dict[str, str]:
    mark = fingerprint(candidate_of(text).protocol)
    return {"version": mark, "approved_by": "Dr. Erika Example", **dict.fromkeys(TICKS, "yes"), **more}


def test_an_administrator_approves_once_every_unverified_rule_was_looked_at(
    sign_in: SignIn, folder: Path, clock: FixedClock
) -> None:
    (folder / "later.yaml").write_text(narrower(), encoding="utf-8")
    clock.advance(timedelta(minutes=1))
    admin = sign_in("root-admin")
    page = words(admin.get("/protocols/alemtuzumab-eu/approve?version=2026.2").text)
    for rule in list_unverified(candidate_of(narrower()).protocol):
        assert rule.title["en"] in page
    sent = approval(narrower())
    refused = admin.post("/protocols/alemtuzumab-eu/approve", data={**sent, TICKS[0]: "", "approved_by": ""})
    assert refused.status_code == 422
    assert "Sources that need check: The physician has to look at these 4 rules first." in words(refused.text)
    assert "The physician who approves: This is missing." in words(refused.text)
    assert "not approved" in words(admin.get("/protocols/alemtuzumab-eu?version=2026.2").text)
    done = admin.post("/protocols/alemtuzumab-eu/approve", data=sent)
    assert done.status_code == 303
    said = words(admin.get(done.headers["location"]).text)
    assert "The approval is saved." in said
    assert "Dr. Erika Example, Mon 2 Nov 2026, 09:01 entered by root-admin" in said
    assert "This approval was invented" not in said


def test_an_invented_approval_is_marked_wherever_it_is_shown(sign_in: SignIn, folder: Path, clock: FixedClock) -> None:
    (folder / "later.yaml").write_text(narrower(), encoding="utf-8")
    clock.advance(timedelta(minutes=1))
    admin = sign_in("root-admin")
    done = admin.post("/protocols/alemtuzumab-eu/approve", data=approval(narrower(), is_invented="yes"))
    assert "This approval was invented for a demonstration." in words(admin.get(done.headers["location"]).text)


@pytest.mark.parametrize("login", ["vera", "ada", "dora"])
def test_nobody_else_approves(sign_in: SignIn, folder: Path, login: str) -> None:
    (folder / "later.yaml").write_text(narrower(), encoding="utf-8")
    person = sign_in(login)
    assert person.get("/protocols/alemtuzumab-eu/approve?version=2026.2").status_code == 403
    assert person.post("/protocols/alemtuzumab-eu/approve", data=approval(narrower())).status_code == 403
    assert "newer, not approved" in words(person.get("/protocols").text)


def test_a_draft_is_not_approved(sign_in: SignIn) -> None:
    admin = sign_in("root-admin")
    assert "This version is a draft." in words(admin.get("/protocols/cladribine/approve").text)
    content = BUILT_IN["cladribine"]
    sent = {"version": fingerprint(content), "approved_by": "Dr. Example", **dict.fromkeys(TICKS, "yes")}
    refused = admin.post("/protocols/cladribine/approve", data={**sent, "seen-windows-needs-check": "yes"})
    assert refused.status_code == 422
    assert "A draft cannot be approved." in words(refused.text)


def test_what_the_record_alone_keeps_can_be_read(sign_in: SignIn, program: Program, clock: FixedClock) -> None:
    clock.advance(timedelta(minutes=1))
    mark = approve_text(program, narrower())
    said = words(sign_in("ada").get(f"/protocols/alemtuzumab-eu?version={mark[:12]}").text)
    assert "alemtuzumab-eu 2026.2 in force" in said
    assert "kept in the record; the file is no longer on disk" in said
