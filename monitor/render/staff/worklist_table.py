"""The worklist as a table for files: a heading in the reader's language, one row a line, days in ISO form."""

from collections.abc import Sequence

from monitor.render.staff.speaking import Speaker
from monitor.render.tables import Cell
from schedules.grouping import Group
from schedules.worklists import Kind, Line

COLUMNS = (
    "reference", "clinic", "state", "what", "opens", "due", "closes", "days-overdue", "in-a-row", "since", "limit",
    "booked", "hour", "reported", "contact", "contact-day", "escalation", "known-by",
)  # fmt: skip
"""No name among them: a file leaves the program."""


def heading(say: Speaker) -> Sequence[Cell]:
    return [say(f"column-{one}") for one in COLUMNS]


def rows_of(say: Speaker, group: Group) -> Sequence[Sequence[Cell]]:
    """The lines of one patient."""
    return [_row(say, line) for line in group.lines]


def _row(say: Speaker, line: Line) -> Sequence[Cell]:
    first = line.first if line.checks else None
    clock, booked, contact = line.exposure, line.booked, line.contact
    return [
        line.patient, line.clinic, say(f"state-{line.label}"), _what(say, line),
        first.opens_on if first else None, first.due_on if first else _first_day(line),
        first.closes_on if first else None,
        line.days_overdue if first else None, line.missed if first else None,
        clock.days if clock else None, clock.limit_days if clock else None,
        booked.booked_on if booked else None, f"{booked.booked_at:%H:%M}" if booked and booked.booked_at else None,
        line.reported.done_on if line.reported else None,
        say(f"note-{contact.kind}") if contact else None, contact.noted_on if contact else None,
        say(f"role-{line.raised[-1].role}") if line.raised else None,
        ", ".join(one.seen_by for one in line.seen) or None,
    ]  # fmt: skip


def _first_day(line: Line) -> Cell:
    return line.days[0] if line.days else None


def _what(say: Speaker, line: Line) -> str:
    match line.kind:
        case Kind.FAILED:
            return say("worklist-failed")
        case Kind.UNCONFIRMED:
            return say("worklist-infusion")
        case _:
            return say.text(line.title)
