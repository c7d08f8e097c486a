"""Every fault of every bad file is told in German, and in neither language with a command to type."""

from pathlib import Path

import pytest

from monitor.bootstrap import Program
from monitor.protocols import load_files
from monitor.render.staff.problems import tell_problem, translate
from monitor.render.staff.speaking import SPEAKERS
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.importing.running import Options, import_spool
from monitor.services.importing.spooling import spool
from schedules.errors import FileRefused
from schedules.problems import Problem

BAD = Path(__file__).parents[2] / "import_files" / "bad"
KNOWN = "reference,infusion,birth_date,sex\nINV-KNOWN,2024-01-08..2024-01-12,1988-03-02,f\n"
ONLY_ENGLISH = "Course 2 begins on"
"""The distance between courses: its days are words of a language already where the fault is found."""


def problems_of(program: Program, file: Path, *, defaults: dict[str, str] | None = None) -> list[Problem]:
    library = tuple(one.id for one in load_files(program.config.protocols.directories).entries)
    try:
        with spool(file, defaults=defaults or {}) as read, program.writing("ada") as desk:
            options = Options(dry_run=not defaults, accept_good_rows=True, confirm_losses=True, library=library)
            return import_spool(desk, read, options).problems
    except FileRefused as refused:
        return list(refused.problems)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_every_fault_is_told_in_the_readers_language_and_names_no_command(program: Program, tmp_path: Path) -> None:
    known = tmp_path / "known.csv"
    known.write_text(KNOWN, encoding="utf-8")
    assert problems_of(program, known, defaults={"clinic": "north", "protocol": "alemtuzumab-eu"}) == []
    with program.writing("cy") as desk:
        enrol(desk, Enrolment("west", "INV-WEST", "alemtuzumab-eu"))
    found = [one for file in sorted(BAD.glob("*.csv")) for one in problems_of(program, file)]
    assert len(found) > 60
    told = {language: [tell_problem(SPEAKERS[language], one) for one in found] for language in ("en", "de")}
    assert [one.message + " | " + one.hint for one in told["de"] if not one.is_translated] == [
        one.message + " | " + one.hint for one in told["en"] if ONLY_ENGLISH in one.message
    ]
    assert [one for own in told.values() for one in own if "`" in one.message + one.hint or " --" in one.hint] == []


def test_the_heading_and_the_reference_stay_before_what_is_said() -> None:
    assert translate("de", "Geb.: There is no day '31.02.2026'.") == "Geb.: Den Tag „31.02.2026“ gibt es nicht."
    assert translate("de", "infusion: 'X-1': Course 2 has 6 infusion days; the protocol foresees 3.") == (
        "infusion: 'X-1': Behandlungsphase 2 hat 6 Infusionstage; das Protokoll sieht 3 vor."
    )
    assert translate("de", "Nobody ever wrote this.") is None
    assert translate("en", "Add the column, or say --clinic ID for the whole file.") == (
        "Add the column, or choose one for the whole file."
    )
