"""Examining: everything that is wrong or will be, each finding with an id, how bad it is, and what to do."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from db import examining, people, protocols
from db.engine import wal_is_safe
from db.examining import AtTreatment
from monitor.config import Config
from monitor.protocols import Library, load_files
from monitor.services.chaining import examine_key
from monitor.services.desk import MAY_WRITE, Desk
from monitor.services.examining_access import examine_sign_in, examine_staff
from monitor.services.examining_address import examine_address
from monitor.services.examining_recipients import examine_recipients
from monitor.services.found import Finding, Weight
from monitor.services.keeping import examine_backups
from schedules.errors import FileRefused, Refusal
from schedules.problems import did_you_mean

NAMED = 6
"""How many patients a finding names; `--format json` names them all."""

MOST_SKEW = timedelta(minutes=2)
LEAST_FREE = 200 * 1024 * 1024


def examine_machine(config: Config, file: Path | None) -> Iterator[Finding]:
    """What can be seen without asking the database: its disk, SQLite's version, the protocol files."""
    if file is not None:
        yield from _examine_sqlite(file)
    yield from _examine_files(config)
    yield from examine_address(config.web.public_url)
    yield from examine_sign_in(config)


def examine_record(desk: Desk, config: Config) -> Iterator[Finding]:
    """What the record shows of the clinics that the person may see."""
    yield from _examine_clock(desk)
    yield from examine_key(desk, config)
    yield from examine_backups(desk, config)
    yield from _examine_clinics(desk, config)
    yield from _examine_versions(desk, config)
    yield from examine_recipients(desk)
    yield from examine_staff(desk)
    for clinic_id in sorted(desk.actor.clinic_ids):
        yield from _examine_patients(desk, clinic_id)


def refusal_as_finding(finding_id: str, refusal: Refusal) -> Finding:
    """What kept the doctor from looking further."""
    return Finding(finding_id, Weight.ERROR, refusal.sentence, refusal.next_step)


def _examine_sqlite(file: Path) -> Iterator[Finding]:
    if not wal_is_safe():
        yield Finding(
            "sqlite-wal-bug", Weight.NOTE,
            "This SQLite has the WAL-reset bug, so the database runs in TRUNCATE mode: safe, and a little slower.",
            "Nothing to do. SQLite 3.51.3, 3.50.7 or 3.44.6 is free of it.",
        )  # fmt: skip
    folder = file.absolute().parent
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    size = file.stat().st_size if file.exists() else 0
    if free < max(2 * size, LEAST_FREE):
        yield Finding(
            "sqlite-disk-space", Weight.WARNING,
            f"Only {free // 1024**2} MB are free beside the database of {size // 1024**2} MB.",
            "Make room: a full disk stops every entry, and a backup needs as much again.",
        )  # fmt: skip


def _examine_files(config: Config) -> Iterator[Finding]:
    try:
        library = load_files(config.protocols.directories)
    except Refusal as refusal:
        yield _file_finding(refusal)
        return
    for entry in library.entries:
        try:
            _ = entry.protocol_or_overlay
        except FileRefused as refusal:
            yield _file_finding(refusal)
    yield from _examine_overrides(config, library)


def _file_finding(refusal: Refusal) -> Finding:
    problems = refusal.problems if isinstance(refusal, FileRefused) else ()
    places = " ".join(str(problem) for problem in problems[:3])
    return Finding("protocol-file-problems", Weight.ERROR, f"{refusal.sentence} {places}".strip(), refusal.next_step)


def _examine_overrides(config: Config, library: Library) -> Iterator[Finding]:
    known = {rule.id for entry in library.entries if entry.parsed.protocol for rule in entry.parsed.protocol.rules}
    for clinic_id, own in config.clinics.items():
        for rule_id in own.overrides:
            if rule_id not in known:
                yield Finding(
                    "config-override-unknown-rule", Weight.WARNING,
                    f"The configuration of clinic '{clinic_id}' sets the rule '{rule_id}', which no protocol has.",
                    did_you_mean(rule_id, known) or "Correct the id of the rule, or take it out.", clinic_id,
                )  # fmt: skip


def _examine_clock(desk: Desk) -> Iterator[Finding]:
    server = examining.find_server_time(desk.connection)
    if server and abs(server - desk.at) > MOST_SKEW:
        minutes = round((server - desk.at).total_seconds() / 60)
        yield Finding(
            "clock-off", Weight.ERROR,
            f"The clocks of this machine and of the database server differ by {abs(minutes)} minutes.",
            "Set both by a time server; the day on which a check is due hangs on it.",
        )  # fmt: skip
    last = examining.find_last_deed(desk.connection)
    if last and last - desk.at > MOST_SKEW:
        yield Finding(
            "clock-off", Weight.ERROR,
            f"The latest entry of the history is of {last:%Y-%m-%d %H:%M} UTC, which is still to come.",
            "The clock of this machine is slow, or was fast then. Set it by a time server.",
        )  # fmt: skip


def _examine_clinics(desk: Desk, config: Config) -> Iterator[Finding]:
    clinics = {clinic.id for clinic in people.list_clinics(desk.connection)}
    staffed = {
        clinic_id
        for person in people.list_people(desk.connection)
        if person.role in MAY_WRITE - {"admin"}
        for clinic_id in person.clinic_ids
    }
    for clinic_id in sorted(desk.actor.clinic_ids - staffed):
        yield Finding(
            "clinic-without-person", Weight.WARNING, f"Clinic '{clinic_id}' has neither a nurse nor a clinician.",
            f"Add one: `monitor person add LOGIN --name NAME --role nurse --clinic {clinic_id}`.", clinic_id,
        )  # fmt: skip
    for clinic_id in sorted(config.clinics.keys() - clinics):
        yield Finding(
            "config-unknown-clinic", Weight.WARNING,
            f"The configuration has settings for clinic '{clinic_id}', which is not in the record.",
            did_you_mean(clinic_id, clinics) or "Add it with `monitor clinic add`, or take it out.",
        )  # fmt: skip


def _examine_versions(desk: Desk, config: Config) -> Iterator[Finding]:
    kept = {one.fingerprint: one for one in protocols.list_protocols(desk.connection)}
    approvals = {mark: found for mark in kept if (found := protocols.find_approval(desk.connection, mark))}
    newest: dict[str, str] = {}
    for mark in sorted(approvals, key=lambda mark: approvals[mark].entered_at):
        newest[kept[mark].protocol_id] = mark
    for one in examining.list_in_force(desk.connection, sorted(desk.actor.clinic_ids)):
        version = kept[one.fingerprint]
        name = f"'{version.protocol_id}' {version.version}"
        if one.fingerprint not in approvals:
            yield Finding(
                "protocol-unapproved", Weight.ERROR, f"{_treatments(one.treatments)} by {name}, which nobody approved.",
                f"Have a physician approve it: `monitor protocol approve {version.protocol_id} --by NAME`.",
            )  # fmt: skip
        elif newest[version.protocol_id] != one.fingerprint:
            latest = kept[newest[version.protocol_id]]
            yield Finding(
                "protocol-outdated", Weight.WARNING,
                f"{_treatments(one.treatments)} by {name} ({one.fingerprint[:12]}); since then {latest.version} "
                f"({latest.fingerprint[:12]}) was approved.",
                f"Look at `monitor replan --protocol {version.protocol_id} --preview --reason …`.",
            )  # fmt: skip


def _treatments(count: int) -> str:
    return "One treatment is planned" if count == 1 else f"{count} treatments are planned"


def _examine_patients(desk: Desk, clinic_id: str) -> Iterator[Finding]:
    today = desk.today[clinic_id]
    unwatched = [
        *examining.list_unwatched(desk.connection, today, [clinic_id]),
        *examining.list_unplanned(desk.connection, [clinic_id]),
    ]
    yield from _by_subject(
        "patient-without-check", Weight.ERROR, unwatched, clinic_id,
        say=lambda subject, who: f"No check of {subject} lies ahead, though follow-up goes on: {who}.",
        hint="Look at the plan with `monitor patient show REF`; undo a waiver, or order an extra.",
    )  # fmt: skip
    passed = examining.list_unconfirmed(desk.connection, today, [clinic_id])
    yield from _by_subject(
        "planned-day-passed", Weight.WARNING, passed, clinic_id,
        say=lambda subject, who: f"The infusion planned for {subject} is neither confirmed nor withdrawn: {who}.",
        hint="Follow-up cannot close before: `monitor infusion add REF DAY`, or `monitor infusion correct`.",
    )  # fmt: skip


def _by_subject(
    finding_id: str,
    weight: Weight,
    found: Iterable[AtTreatment],
    clinic_id: str,
    *,
    say: Callable[[str, str], str],
    hint: str,
) -> Iterator[Finding]:
    ordered = sorted(found, key=lambda one: one.subject)
    for subject, group in groupby(ordered, key=lambda one: one.subject):
        references = tuple(dict.fromkeys(one.reference for one in group))
        yield Finding(finding_id, weight, say(subject, _name(references)), hint, clinic_id, references)


def _name(references: Sequence[str]) -> str:
    more = len(references) - NAMED
    return ", ".join(references[:NAMED]) + (f" and {more} more" if more > 0 else "")
