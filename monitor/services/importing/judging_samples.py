"""Judging samples: what was really done before, for patients whom the record knows."""

from collections.abc import Sequence
from difflib import get_close_matches

from db import tables
from db.dossiers import Dossier
from db.facts import list_trail
from db.imports import Known
from monitor.services.importing.cells import cut
from monitor.services.importing.grounds import Grounds
from monitor.services.importing.headings import plain
from monitor.services.importing.rows import SampleRow
from monitor.services.importing.verdicts import ChangedPatient, NewSample, Verdict
from schedules.problems import Problem


def judge_samples(
    grounds: Grounds, rows: Sequence[SampleRow], known: Known | None, dossiers: Sequence[Dossier]
) -> Verdict:
    """The samples that the record lacks, each for the latest treatment whose protocol asks for such tests."""
    first = rows[0]
    if known is None or not grounds.desk.may_see(known.clinic_id) or not dossiers:
        more = f" The file has {len(rows)} rows of this patient." if len(rows) > 1 else ""
        hint = grounds.guess_reference(first.reference) or "Import the infusions first."
        message = f"There is no patient '{first.reference}' in your clinics.{more}"
        return Verdict(problems=(grounds.layout.error(first.line, "reference", message, hint),))
    problems: list[Problem] = []
    new: dict[int, list[tuple[SampleRow, NewSample]]] = {}
    for row in rows:
        if fault := _find_impossible(grounds, row, dossiers[0]):
            problems.append(fault)
            continue
        found = _find_family(grounds, row, dossiers)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        dossier, family = found
        own = new.setdefault(dossier.treatment_id, [])
        in_record = {(one.family, one.taken_on) for one, _ in dossier.samples}
        if (family, row.taken_on) not in in_record | {(one.family, one.taken_on) for _, one in own}:
            own.append((row, NewSample(family, row.taken_on, row.performed_by)))
    problems += [
        one for dossier in dossiers for one in _find_undone(grounds, dossier, new.get(dossier.treatment_id, ()))
    ]
    if problems:
        return Verdict(problems=tuple(problems))
    acts = (_act(dossier, new.get(dossier.treatment_id, ())) for dossier in dossiers)
    return Verdict(tuple(act for act in acts if act))


def _act(dossier: Dossier, own: Sequence[tuple[SampleRow, NewSample]]) -> ChangedPatient | None:
    if not own:
        return None
    return ChangedPatient(dossier, own[0][0].line, samples=tuple(sample for _, sample in own))


def _find_impossible(grounds: Grounds, row: SampleRow, dossier: Dossier) -> Problem | None:
    today, born_on = grounds.desk.today[dossier.clinic_id], dossier.detail.born_on
    if row.taken_on > today:
        message = f"{row.taken_on} lies in the future, so nothing can have been taken."
        return grounds.layout.error(row.line, "day", message, "A day agreed with the patient is a booking.")
    if born_on and row.taken_on < born_on:
        return grounds.layout.error(row.line, "day", f"{row.taken_on} lies before the birth date of the record.")
    return None


def _find_family(grounds: Grounds, row: SampleRow, dossiers: Sequence[Dossier]) -> tuple[Dossier, str] | Problem:
    words: dict[str, str] = {}
    for dossier in reversed(dossiers):
        known = grounds.list_families(dossier.assignment, dossier.clinic_id)
        families = known.get(plain(row.test), set())
        if len(families) > 1:
            hint = f"Write one of {', '.join(sorted(families))}."
            return grounds.layout.error(row.line, "test", f"'{row.test}' can mean several tests.", hint)
        if families:
            return dossier, next(iter(families))
        words |= {plain(family): family for group in known.values() for family in group}
        words |= {word: next(iter(group)) for word, group in known.items() if len(group) == 1}
    return grounds.layout.error(
        row.line, "test", f"'{cut(row.test)}' is no test of this patient's protocol.", _guess(row, words)
    )


def _guess(row: SampleRow, words: dict[str, str]) -> str:
    if meant := get_close_matches(plain(row.test), words, n=1, cutoff=0.6):
        return f"Did you mean '{words[meant[0]]}'?"
    return f"Known: {', '.join(sorted(set(words.values())))}."


def _find_undone(grounds: Grounds, dossier: Dossier, own: Sequence[tuple[SampleRow, NewSample]]) -> list[Problem]:
    """A sample that somebody undid in the record does not come back with an old list."""
    if not own:
        return []
    trail = list_trail(grounds.desk.connection, tables.sample, dossier.treatment_id)
    undone = {(one["family"], one["taken_on"]) for one in trail}
    message, hint = "{day} was corrected or undone in the record.", "If it was taken after all: `monitor check done`."
    return [
        grounds.layout.error(row.line, "day", message.format(day=sample.taken_on), hint)
        for row, sample in own
        if (sample.family, sample.taken_on) in undone
    ]
