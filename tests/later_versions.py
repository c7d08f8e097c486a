"""Later versions of the shipped protocol for tests: approved beside the first one, whose patients stay with it."""

from pathlib import Path

from monitor.bootstrap import Program
from monitor.services.approving import Candidate, approve
from schedules.fingerprint import fingerprint
from schedules.parsing import parse_protocol

EU = Path(__file__).parents[1] / "schedules" / "protocols" / "alemtuzumab-eu.yaml"


def narrower(version: str = "2026.2") -> str:
    """As shipped, but the days on time after the blood count's due day are 5: no check is lost."""
    before, rule, after = _around("blood-count", version)
    return before + rule.replace("after_days: 7", "after_days: 5") + after


def without_liver(version: str = "2026.2") -> str:
    """As shipped, without liver tests after treatment: whoever owes one loses it."""
    before, _, after = _around("liver", version)
    return before + after


def faulty(version: str = "2026.3") -> str:
    """As shipped, but one rule names a test that is not in the file."""
    before, rule, after = _around("thyroid", version)
    return before + rule.replace("tests: [tsh]", "tests: [tshh]") + after


def candidate_of(text: str) -> Candidate:
    parsed = parse_protocol(text, file="later.yaml")
    assert parsed.protocol is not None, parsed.problems
    return Candidate(text, parsed.protocol)


def approve_text(program: Program, text: str, *, at_login: str = "root-admin") -> str:
    """Approved (invented) now; returns the fingerprint."""
    candidate = candidate_of(text)
    with program.writing(at_login) as desk:
        approve(desk, candidate, approved_by="Dr. Invented Example", is_invented=True)
    return fingerprint(candidate.protocol)


def _around(rule: str, version: str) -> tuple[str, str, str]:
    text = EU.read_text(encoding="utf-8").replace('version: "2026.1"', f'version: "{version}"', 1)
    start = text.index(f"\n  - id: {rule}\n")
    end = text.index("\n  - id: ", start + 1)
    return text[:start], text[start:end], text[end:]
