"""Running: a spooled file is judged and written patient by patient, all of it in one transaction or none."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import islice

from db import imports, tables
from db.bulk import allot_ids
from db.dossiers import Dossier, list_dossiers
from db.imports import Known
from db.staging import Group
from monitor.services.changing import Change
from monitor.services.desk import Desk
from monitor.services.importing.grounds import Grounds
from monitor.services.importing.headings import Kind
from monitor.services.importing.judging import judge_infusions
from monitor.services.importing.judging_samples import judge_samples
from monitor.services.importing.rows import unpack_infusion, unpack_sample
from monitor.services.importing.spooling import Spool
from monitor.services.importing.verdicts import ChangedPatient, NewPatient, Verdict
from monitor.services.importing.writing import Act, add_patients, change_patient, describe
from schedules.errors import FileRefused, Refusal
from schedules.problems import Problem, Severity, has_errors

BATCH = 50
"""Patients in memory at once: about 15,000 checks."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a person wants a file to be taken in."""

    dry_run: bool = False
    accept_good_rows: bool = False
    confirm_losses: bool = False
    reason: str | None = None
    library: Sequence[str] = ()
    horizon_years: int = 2


@dataclass(slots=True)
class Counts:
    """Patients by what became of them, and the facts that were added."""

    rows: int = 0
    patients_added: int = 0
    patients_changed: int = 0
    patients_unchanged: int = 0
    patients_left_out: int = 0
    infusions_added: int = 0
    infusions_confirmed: int = 0
    details_changed: int = 0
    samples_added: int = 0

    @property
    def is_change(self) -> bool:
        return bool(self.patients_added or self.patients_changed)


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    file: str
    kind: Kind
    saved: bool = False
    counts: Counts = field(default_factory=Counts)
    changed: list[tuple[str, str]] = field(default_factory=list)
    """Known patients and what changed about them."""
    left_out: list[str] = field(default_factory=list)
    losses: list[tuple[str, str]] = field(default_factory=list)
    """Known patients and each due or overdue check that went, confirmed."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def flags(self) -> list[Problem]:
        return [one for one in self.problems if one.severity is Severity.WARNING]


def import_spool(
    desk: Desk, spool: Spool, options: Options, *, advance: Callable[[int], None] = lambda patients: None
) -> Report:
    """Take in a file that was read. `advance` is told of every patient that is finished.

    Refuses (FileRefused) a file with problems, all of them at once, unless good rows are to be accepted: then
    every patient with a problem is left out whole, since half a patient is dangerous.
    """
    desk.require_writer()
    report = Report(spool.source.file, spool.layout.kind, problems=list(spool.problems))
    report.counts.rows = spool.rows
    with desk.connection.begin_nested() as savepoint:
        run_id = allot_ids(desk.connection, tables.import_run, 1)[0]
        reason = options.reason or f"import of {report.file}"
        act = Act(reason, {"import": run_id, "file": report.file}, options.confirm_losses)
        grounds = Grounds(desk, spool.layout, options.library, options.horizon_years)
        _Run(desk, grounds, options, act, report).take_in(spool.staging.list_groups(), advance)
        report.problems.sort()
        if has_errors(report.problems) and not options.accept_good_rows:
            raise _refuse(report)
        if options.dry_run:
            savepoint.rollback()
            return report
    if report.counts.is_change:
        imports.add_run(
            desk.connection, run_id, file=report.file[:300], sha256=spool.source.sha256, counts=asdict(report.counts),
            entered_by=desk.actor.id, entered_at=desk.at,
        )  # fmt: skip
    report.saved = True
    return report


@dataclass(frozen=True, slots=True)
class _Run:
    """One file on its way into the record."""

    desk: Desk
    grounds: Grounds
    options: Options
    act: Act
    report: Report

    def take_in(self, groups: Iterator[Group], advance: Callable[[int], None]) -> None:
        """Every patient of the file, a batch at a time; nobody is added any more once the file is to be refused."""
        while batch := list(islice(groups, BATCH)):
            new = [one for group, verdict in self._judge(batch) for one in self._settle(group, verdict)]
            is_doomed = has_errors(self.report.problems) and not self.options.accept_good_rows
            if new and not is_doomed:
                add_patients(self.desk, new, self.act)
            advance(len(batch))

    def _judge(self, batch: Sequence[Group]) -> Iterator[tuple[Group, Verdict]]:
        known = imports.list_known(self.desk.connection, [group.reference for group in batch])
        dossiers = self._list_dossiers(list(known.values()))
        for group in batch:
            patient = known.get(group.reference)
            own = dossiers.get(patient.patient_id, []) if patient else []
            if not group.rows:
                yield group, Verdict()
            elif self.grounds.layout.kind is Kind.SAMPLES:
                yield group, judge_samples(self.grounds, [unpack_sample(row) for row in group.rows], patient, own)
            else:
                yield group, judge_infusions(self.grounds, [unpack_infusion(row) for row in group.rows], patient, own)

    def _list_dossiers(self, known: Sequence[Known]) -> dict[int, list[Dossier]]:
        """The treatments of known patients, by patient; those of other clinics are not even read."""
        found: dict[int, list[Dossier]] = {}
        ids = [one for patient in known if self.desk.may_see(patient.clinic_id) for one in patient.treatment_ids]
        for dossier in list_dossiers(self.desk.connection, ids):
            found.setdefault(dossier.patient_id, []).append(dossier)
        return found

    def _settle(self, group: Group, verdict: Verdict) -> list[NewPatient]:
        """Count one patient and perform what is to be done for a known one; returns whom to add."""
        if group.is_spoilt or verdict.is_refused:
            self._leave_out(group, [one for one in verdict.problems if one.severity is Severity.ERROR])
            return []
        changed = [one for one in verdict.acts if isinstance(one, ChangedPatient)]
        try:
            with self.desk.connection.begin_nested() if changed else nullcontext():
                results = [change_patient(self.desk, one, self.act) for one in changed]
        except Refusal as refusal:
            sentence = f"'{group.reference}': {refusal.sentence.removesuffix(' Nothing was saved.')}"
            problem = self.grounds.layout.error(changed[0].line, "reference", sentence, refusal.next_step)
            self._leave_out(group, [problem])
            return []
        for one, result in zip(changed, results, strict=True):
            self._count(group.reference, one, result)
        new = [one for one in verdict.acts if isinstance(one, NewPatient)]
        counts = self.report.counts
        counts.patients_added += len(new)
        counts.infusions_added += sum(len(one.infusions) for one in new)
        counts.patients_changed += bool(changed)
        counts.patients_unchanged += not verdict.acts
        self.report.problems += verdict.problems
        return new

    def _leave_out(self, group: Group, problems: Sequence[Problem]) -> None:
        self.report.problems += problems
        self.report.counts.patients_left_out += 1
        self.report.left_out.append(group.reference)

    def _count(self, reference: str, one: ChangedPatient, result: Change) -> None:
        report = self.report
        report.losses += [(reference, f"{key} (due {standing.due_on})") for key, standing in result.losses]
        report.changed.append((reference, describe(one)))
        report.counts.infusions_added += len(one.added)
        report.counts.infusions_confirmed += len(one.confirmed)
        report.counts.details_changed += bool(one.columns)
        report.counts.samples_added += len(one.samples)


def _refuse(report: Report) -> FileRefused:
    errors = sum(one.severity is Severity.ERROR for one in report.problems)
    problems = "one problem" if errors == 1 else f"{errors} problems"
    patients = "one patient" if len(report.left_out) == 1 else f"{len(report.left_out)} patients"
    about = f", about {patients}" if report.left_out else ""
    sentence = f"{report.file} has {problems}{about}. Nothing was saved."
    return FileRefused(
        sentence,
        report.problems,
        "Correct the file and import it again; or add --accept-good-rows, which leaves out every patient with a "
        "problem, with all rows: half a patient is dangerous.",
    )
