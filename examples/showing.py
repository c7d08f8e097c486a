"""Shows what the invented nurses would see this morning, writes it to files, and says what to try next."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from examples.folder import Folder
from examples.inventing import Phase
from examples.mailing import OUTBOX
from examples.make_clinic import Group
from examples.sampling import Story
from examples.setting_up import call
from monitor.bootstrap import Program
from monitor.cli.output import find_paper
from monitor.render.worklist import render_table
from monitor.services.worklist import clinics_of, list_lines

LINES = 18


def show_worklist(program: Program) -> None:
    """The first lines of Ada's worklist, as wide as the window."""
    with program.reading("ada") as desk:
        names = [clinic.name for clinic in clinics_of(desk)]
        lines = list_lines(desk, seen_within=program.config.seen_within_working_days)
        day = max(desk.today.values())
    table = render_table(lines, clinics=names, day=day, language="en", paper=find_paper())
    shown = table.splitlines()
    heading = next((place for place, line in enumerate(shown) if not line.strip()), 0)
    last = _last_whole_entry(shown, heading + 2 + LINES)
    print()
    print(*shown[:last], sep="\n")
    print(f"… and more: {len(lines)} lines in all, most urgent first (worklist.csv has every check)")


def _last_whole_entry(shown: Sequence[str], wanted: int) -> int:
    """An entry of several lines ends with an empty one; none is cut in half."""
    return next((place for place in range(wanted, len(shown)) if not shown[place].strip()), len(shown))


def list_calendars(group: Group) -> Sequence[Story]:
    """Three patients whose calendars are worth a look: a quiet one, one who is behind, one of another site."""
    following = [story for story in group.stories if story.patient.phase is Phase.TWO_COURSES]
    quiet = next(story for story in reversed(following) if story.patient.habit == "punctual")
    behind = find_behind(group)
    south = next(story for story in following if story.patient.site.id == "south" and story is not behind)
    return [quiet, behind, south]


def find_behind(group: Group) -> Story:
    """The patient of north who missed most."""
    north = (story for story in group.stories if story.patient.site.id == "north")
    return max(north, key=lambda story: len(story.overdue(group.today)))


def write_results(program: Program, folder: Folder, stories: Sequence[Story]) -> list[tuple[Path, str]]:
    """The files, each with a few words on what it is."""
    written = []

    def write(name: str, what: str, *args: str) -> None:
        path = folder.claim(name)
        call(program, *args, "--output", str(path), quiet=True)
        written.append((path, what))

    write("digest.txt", "the morning summary as text", "digest", "--dry-run")
    write("digest.html", "the same as a page", "digest", "--dry-run", "--format", "html")
    written.append((folder.path / OUTBOX, "the mails to the staff, this morning's digest among them"))
    write("worklist.csv", "every open check, for a spreadsheet", "worklist", "--format", "csv")
    for story in stories:
        ref = story.patient.reference
        write(f"calendars/{ref}.ics", f"the calendar of patient {ref}", "feed", "render", ref)
    report = folder.path / "import-report.txt"
    return [*written, (report, "what the import added, and its warnings")]


def say_what_is_next(group: Group, *, config: str, folder: str, monitor: str) -> None:
    """Five commands that work when they are copied, with patients of whom there is something to see."""
    behind = find_behind(group)
    ref = behind.patient.reference
    missed = behind.overdue(group.today)[0]
    given_on, first_on = group.today - timedelta(days=1), behind.patient.given[0]
    commands = [
        ("one patient's follow-up, on a page", f"patient show {ref}"),
        ("why that check is due on that day", f"patient show {ref} --explain {missed.rule}/{missed.number}"),
        ("what another course would change", f"infusion add {ref} {given_on} --reason again --preview"),
        ("what the pharmacy knows and we do not", f"import --reconcile {folder}/clinic/pharmacy.csv"),
        ("a plan for dates alone, without a database", f"plan --protocol alemtuzumab-eu --infusion {first_on}"),
    ]
    print("\nTry next (copy the first line once):\n")
    # The environment wins over a configuration file, and may name a database that is not the demo's.
    for name in sorted(name for name in os.environ if name.startswith("MONITOR_DB__URL")):
        print(f"  unset {name}")
    print(f"  export MONITOR_CONFIG={config} MONITOR_BY=ada")
    for what, command in commands:
        print(f"\n  # {what}\n  {monitor} {command}")
