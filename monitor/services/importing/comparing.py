"""Comparing: what a file says about a patient whom the record knows, and what of it is new."""

from collections.abc import Sequence
from dataclasses import fields, replace

from db import tables
from db.dossiers import Detail, Dossier
from db.facts import list_trail
from monitor.services.importing.findings import Findings, Said
from monitor.services.importing.grounds import Grounds
from monitor.services.importing.verdicts import ChangedPatient
from schedules.model import Infusion
from schedules.problems import has_errors
from schedules.protocol import Sex

COLUMN_OF = {"born_on": "birth_date"}
"""The heading of a field of the detail, where the two differ."""


def compare(grounds: Grounds, findings: Findings, said: Said, dossiers: Sequence[Dossier]) -> ChangedPatient | None:
    """What is new; None where nothing is, or where the file contradicts the record."""
    dossier = _find_treatment(grounds, findings, said, dossiers)
    if dossier is None:
        return None
    added, confirmed = _compare_days(findings, said, dossier)
    _refuse_what_was_corrected(grounds, findings, said, dossier, added)
    detail, columns = _compare_detail(findings, said, dossier)
    if has_errors(findings.problems) or not (added or confirmed or columns):
        return None
    touched = [said.days[one.infused_on][1].line for one in (*added, *(one for one, _ in confirmed))]
    return ChangedPatient(
        dossier,
        min(touched, default=said.rows[0].line),
        tuple(added),
        tuple(confirmed),
        detail=detail if columns else None,
        columns=columns,
    )


def _find_treatment(grounds: Grounds, findings: Findings, said: Said, dossiers: Sequence[Dossier]) -> Dossier | None:
    """The latest treatment under the protocol of the file; what it follows is not changed here."""
    protocols = {one.treatment_id: grounds.get_protocol(one.assignment, one.clinic_id) for one in dossiers}
    found = [one for one in dossiers if protocols[one.treatment_id].id == said.protocol_id]
    row, hint = said.rows[0], "Correct the file, or change the treatment first."
    if not found:
        names = ", ".join(f"'{one.id}'" for one in protocols.values()) or "no protocol"
        findings.fault(row, "protocol", f"The record has '{said.reference}' under {names}.", hint)
        return None
    dossier = found[-1]
    overlays = {one.partition(" ")[0] for one in protocols[dossier.treatment_id].overlays}
    if said.overlays is not None and set(said.overlays) != overlays:
        names = ", ".join(sorted(overlays)) or "no overlays"
        findings.fault(row, "overlays", f"The record has '{said.reference}' with {names}.", hint)
    taken_over = dossier.assignment.followed_here_from
    if said.followed_here_from not in {None, taken_over}:
        since = f"from {taken_over}" if taken_over else "from the beginning"
        findings.fault(row, "followed_here_from", f"The record follows '{said.reference}' {since}.", hint)
    return dossier


def _compare_days(
    findings: Findings, said: Said, dossier: Dossier
) -> tuple[list[Infusion], list[tuple[Infusion, int]]]:
    """The days that the record lacks, and those that it has as planned and the file as given."""
    known = {infusion.infused_on: (infusion, entered.row_id) for infusion, entered in dossier.infusions}
    added, confirmed = [], []
    for day, (infusion, row) in said.days.items():
        old, row_id = known.get(day, (None, 0))
        if old is None:
            added.append(infusion)
        elif infusion.course and infusion.course != old.course:
            of = f"of course {old.course}" if old.course else "without the number of a course"
            findings.fault(row, "course", f"The record has {day} {of}.", "Leave the cell empty, or correct the record.")
        elif old.planned and not infusion.planned:
            confirmed.append((replace(infusion, course=old.course), row_id))
        elif infusion.planned and not old.planned:
            hint = "If it was not given: `monitor infusion correct`."
            findings.fault(row, "status", f"The record has {day} as given.", hint)
    return added, confirmed


def _refuse_what_was_corrected(
    grounds: Grounds, findings: Findings, said: Said, dossier: Dossier, added: Sequence[Infusion]
) -> None:
    """A day that somebody corrected or withdrew does not come back with an old list."""
    if not added:
        return
    trail = list_trail(grounds.desk.connection, tables.infusion, dossier.treatment_id)
    corrected = {one["infused_on"] for one in trail}
    for infusion in added:
        if infusion.infused_on in corrected:
            findings.fault(
                said.days[infusion.infused_on][1],
                findings.day_column,
                f"{infusion.infused_on} was corrected or withdrawn in the record.",
                "If it was given after all: `monitor infusion add`. If not: correct the list.",
            )


def _compare_detail(findings: Findings, said: Said, dossier: Dossier) -> tuple[Detail, tuple[str, ...]]:
    """What is known about the patient with what the file adds, and the headings of that. Empty cells say nothing."""
    new = {one.name: getattr(said.detail, one.name) for one in fields(Detail)}
    changed = {
        name: value for name, value in new.items() if value is not None and value != getattr(dossier.detail, name)
    }
    for name in ("born_on", "sex"):
        if name in changed and getattr(dossier.detail, name) not in {None, Sex.UNKNOWN}:
            column = COLUMN_OF.get(name, name)
            row = next(row for row in said.rows if getattr(row, name) is not None)
            findings.warn(row, column, f"The record of '{said.reference}' said otherwise; the file's word holds now.")
    born_on, first_on = changed.get("born_on"), min((one.infused_on for one in dossier.given_and_planned), default=None)
    if born_on and first_on and first_on < born_on:
        row = next(row for row in said.rows if row.born_on)
        findings.fault(row, "birth_date", f"The record has an infusion on {first_on}, before this day.", "Correct one.")
    return replace(dossier.detail, **changed), tuple(COLUMN_OF.get(name, name) for name in changed)
