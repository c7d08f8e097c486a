"""Judging: all rows of one patient against each other, and against what cannot be."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from db.dossiers import Assignment, Detail, Dossier
from db.imports import Known
from monitor.services.importing.comparing import compare
from monitor.services.importing.findings import Days, Findings, Said
from monitor.services.importing.flagging import flag
from monitor.services.importing.grounds import Grounds
from monitor.services.importing.rows import InfusionRow
from monitor.services.importing.verdicts import ChangedPatient, NewPatient, Verdict
from schedules.model import Infusion
from schedules.problems import has_errors
from schedules.protocol import Sex

T = TypeVar("T")


def judge_infusions(
    grounds: Grounds, rows: Sequence[InfusionRow], known: Known | None, dossiers: Sequence[Dossier]
) -> Verdict:
    """What the rows of one patient amount to. `known` is the patient of the record, `dossiers` its treatments."""
    findings = Findings(grounds.layout)
    said = _gather(grounds, findings, rows, known)
    if said is None:
        return Verdict(problems=tuple(findings.problems))
    assignment = _assign(grounds, findings, said)
    act: NewPatient | ChangedPatient | None = None
    if known is not None:
        act = compare(grounds, findings, said, dossiers)
    elif assignment is not None:
        infusions = tuple(infusion for infusion, _ in said.days.values())
        act = NewPatient(said.clinic_id, said.reference, said.protocol_id, assignment, said.detail, infusions)
    if act is None or has_errors(findings.problems):
        return Verdict(problems=tuple(findings.problems))
    flag(grounds, findings, said, act)
    return Verdict((act,), tuple(findings.problems))


def _gather(grounds: Grounds, findings: Findings, rows: Sequence[InfusionRow], known: Known | None) -> Said | None:
    """What the rows say together; None where not even the clinic and the protocol are clear."""
    clinic_id = _clinic(grounds, findings, rows, known)
    one_protocol = "Give each protocol a file of its own."
    protocol_id = _agreed(findings, rows, "protocol", lambda row: row.protocol, one_protocol)
    for row in rows:
        if row.protocol is None:
            findings.fault(row, "protocol", "This cell is empty.", "Fill it, or say --protocol ID for the whole file.")
    overlays = _agreed(findings, rows, "overlays", lambda row: row.overlays)
    followed_from = _agreed(findings, rows, "followed_here_from", lambda row: row.followed_here_from)
    detail = _detail(findings, rows)
    if clinic_id is None or protocol_id is None:
        return None
    today = grounds.desk.today[clinic_id]
    days = _days(findings, rows, today)
    said = Said(rows[0].reference, clinic_id, protocol_id, overlays, followed_from, detail, days, rows)
    _refuse_impossible(findings, said, today)
    return said


def _agreed(
    findings: Findings,
    rows: Sequence[InfusionRow],
    column: str,
    read: Callable[[InfusionRow], T | None],
    hint: str = "",
) -> T | None:
    """What all rows say that say anything; a fault at each row that says otherwise than the first."""
    first = next((row for row in rows if read(row) is not None), None)
    if first is None:
        return None
    for row in rows:
        if read(row) not in {None, read(first)}:
            message = f"Row {first.line} says otherwise about '{row.reference}'."
            findings.fault(row, column, message, hint or "Correct one of the two rows.")
    return read(first)


def _clinic(grounds: Grounds, findings: Findings, rows: Sequence[InfusionRow], known: Known | None) -> str | None:
    hint = "A reference belongs to one clinic; choose another for one of the two patients."
    clinic_id = _agreed(findings, rows, "clinic", lambda row: row.clinic, hint)
    unknown = {row.clinic: fault for row in rows if row.clinic and (fault := grounds.find_clinic_fault(row.clinic))}
    for row in rows:
        if row.clinic is None:
            findings.fault(row, "clinic", "This cell is empty.", "Fill it, or say --clinic ID for the whole file.")
        elif row.clinic in unknown:
            findings.fault(row, "clinic", *unknown[row.clinic])
    if clinic_id is None or clinic_id in unknown:
        return None
    if known is not None and known.clinic_id != clinic_id:
        # A clinic that the person may not see is not named.
        where = f"clinic '{known.clinic_id}'" if grounds.desk.may_see(known.clinic_id) else "another clinic"
        findings.fault(rows[0], "clinic", f"The record has '{rows[0].reference}' in {where}.", hint)
        return None
    return clinic_id


def _detail(findings: Findings, rows: Sequence[InfusionRow]) -> Detail:
    sex = _agreed(findings, rows, "sex", lambda row: row.sex)
    return Detail(
        name=_agreed(findings, rows, "name", lambda row: row.name),
        born_on=_agreed(findings, rows, "birth_date", lambda row: row.born_on),
        sex=Sex(sex) if sex else None,
        language=_agreed(findings, rows, "language", lambda row: row.language),
        contact=_agreed(findings, rows, "contact", lambda row: row.contact),
    )


def _days(findings: Findings, rows: Sequence[InfusionRow], today: date) -> Days:
    """Every infusion day with the row that names it, in order. A day without status is given once it has come."""
    days: Days = {}
    column = findings.day_column
    for row in rows:
        for offset in range((row.last_on - row.first_on).days + 1):
            day = row.first_on + timedelta(days=offset)
            planned = day > today if row.planned is None else row.planned
            if day > today and not planned:
                findings.fault(row, column, f"{day} lies in the future and cannot have been given.", "Is it planned?")
            new = Infusion(day, planned, row.course)
            old, said_in = days.get(day, (new, row))
            if old.planned != new.planned or (old.course and new.course and old.course != new.course):
                message = f"{day} stands in row {said_in.line} with other data."
                findings.fault(row, column, message, "Leave one of the two rows out.")
            days[day] = (old if old.course else new, said_in)
    return dict(sorted(days.items()))


def _refuse_impossible(findings: Findings, said: Said, today: date) -> None:
    born_on, followed_from = said.detail.born_on, said.followed_here_from
    if born_on and born_on > today:
        row = next(row for row in said.rows if row.born_on)
        findings.fault(row, "birth_date", f"{born_on} lies in the future.", "Look at the year.")
    elif born_on:
        for day, (_, row) in said.days.items():
            if day < born_on:
                message = f"{day} lies before the birth date, {born_on}."
                findings.fault(row, findings.day_column, message, "Correct one of the two.")
    if followed_from and followed_from > today:
        row = next(row for row in said.rows if row.followed_here_from)
        message = f"{followed_from} lies in the future."
        findings.fault(row, "followed_here_from", message, "Leave it empty, or give the day on which you took over.")


def _assign(grounds: Grounds, findings: Findings, said: Said) -> Assignment | None:
    """The approved version, and from which day this clinic answers for the checks.

    Where the file does not say it, a patient whose first infusion lies in the past is taken over today.
    """
    found = grounds.assign(said.protocol_id, said.overlays or ())
    if not isinstance(found, Assignment):
        findings.fault(said.rows[0], *found)
        return None
    today = grounds.desk.today[said.clinic_id]
    taken_over = today if min(said.days) < today else None
    return Assignment(found.fingerprint, found.overlays, said.followed_here_from or taken_over)
