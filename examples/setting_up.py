"""Sets up a throw-away database with invented people and an invented approval, and imports the clinic's lists."""

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path

from db.engine import writing
from db.migrate import upgrade
from db.people import Clinic
from examples.inventing import OVERLAYS, SITES
from monitor.bootstrap import Program
from monitor.cli import cli
from monitor.protocols import load_files
from monitor.services import approving, people
from monitor.services.approving import Candidate

ADMINISTRATOR = "olga"
PHYSICIAN = "Dr. Dora Invented"
APPROVED_BY = f"{PHYSICIAN} (INVENTED, for the demo only)"
PEOPLE = (("ada", "Ada Invented", "nurse"), ("bea", "Bea Invented", "nurse"), ("dora", PHYSICIAN, "clinician"))
LISTS = ("infusions.csv", "south-infusions.csv", "coast-infusions.xlsx", "samples.csv", "south-samples.csv")
PREPARATION = timedelta(days=7)
"""So long before the first import the group set its record up."""


def set_up(program: Program) -> None:
    """Database, administrator, sites, people and approvals, as an installation would do it."""
    upgrade(program.engine)
    with writing(program.engine) as connection:
        people.add_first_administrator(
            connection, login=ADMINISTRATOR, name="Olga Invented", clinic=None, at=program.clock.now()
        )
    with program.writing(ADMINISTRATOR) as desk:
        for site in SITES:
            people.add_clinic(desk, Clinic(site.id, site.name, site.time_zone, site.country, site.subdivision))
        for login, name, role in PEOPLE:
            people.add_person(desk, login=login, name=name, role=role, clinic_ids=[site.id for site in SITES])
    _approve_protocols(program)


def _approve_protocols(program: Program) -> None:
    """What the patients follow; each approval is marked as invented and says so in words, too."""
    library = load_files()
    with program.writing(ADMINISTRATOR) as desk:
        for wanted in dict.fromkeys([*(site.protocol for site in SITES), *OVERLAYS.values()]):
            entry = library.get(wanted)
            content = entry.overlay if entry.kind == "overlay" else entry.protocol
            approving.approve(desk, Candidate(entry.text, content), approved_by=APPROVED_BY, is_invented=True)


def import_lists(program: Program, directory: Path, say: Callable[[str], None]) -> str:
    """The lists of the three sites, each in the form in which its hospital exports it; returns a report."""
    parts = []
    for name in LISTS:
        done = json.loads(call(program, "import", str(directory / name), "--format", "json"))
        counts = {what.replace("_", " "): number for what, number in done["counts"].items() if number}
        rows = counts.pop("rows")
        told = ", ".join(f"{number:,} {what}" for what, number in counts.items())
        warnings = [f"  row {one['row']}: {one['message']}" for one in done["problems"]]
        parts.append("\n".join([f"{name}, {rows:,} rows: {told}", *warnings]))
        say(f"imported {name}: {told}")
    return "\n\n".join(parts) + "\n"


def call(program: Program, *args: str, by: str = "ada", quiet: bool = False) -> str:
    """A command as it would be typed; returns what it prints. `quiet` keeps back what it says on stderr."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(io.StringIO() if quiet else sys.stderr):
        cli.main(["--by", by, *args], standalone_mode=False, obj={"program": program})
    return said.getvalue()
