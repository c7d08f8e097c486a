"""Protocol versions: every one on disk or in the record, with who approved it and how many patients follow it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from db import examining, protocols
from db.protocols import Approval
from monitor.protocols import Entry, Library, find_misfits, load_files
from monitor.services.approving import Candidate, list_unverified
from monitor.services.desk import Desk
from schedules.errors import FileRefused, NotFound
from schedules.fingerprint import fingerprint
from schedules.linting import lint
from schedules.parsing import parse_protocol
from schedules.problems import Problem, has_errors
from schedules.protocol import Overlay, Protocol

SHORTEST_MARK = 8
"""So many characters of a fingerprint name a version."""


class Status(StrEnum):
    """Where a version stands."""

    IN_FORCE = "in-force"
    """The latest that was approved: new patients are planned by it."""
    OUTDATED = "outdated"
    """Approved once; since then another version was."""
    NEWER = "newer"
    """A file that nobody has approved yet, beside an approved version that is no newer."""
    UNAPPROVED = "unapproved"
    DRAFT = "draft"
    FAULTY = "faulty"
    """Its text cannot be read or contradicts itself."""


class Read(NamedTuple):
    """What a text says: `content` is None where it cannot be read; all problems of syntax and sense."""

    content: Protocol | Overlay | None
    fingerprint: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a protocol or overlay; `file` is None where only the record has it."""

    protocol_id: str
    version: str
    kind: str
    fingerprint: str
    text: str
    content: Protocol | Overlay | None
    problems: tuple[Problem, ...]
    file: str | None
    status: Status
    approvals: tuple[Approval, ...] = ()
    treatments: int = 0
    """Of the person's clinics, those that follow it now."""

    @property
    def approval(self) -> Approval | None:
        """The latest."""
        return self.approvals[-1] if self.approvals else None

    @property
    def unverified(self) -> int:
        return len(list_unverified(self.content)) if self.content else 0

    @property
    def may_be_approved(self) -> bool:
        return self.content is not None and not has_errors(self.problems) and self.status is not Status.DRAFT

    @property
    def candidate(self) -> Candidate:
        """What a physician can approve; refuses (FileRefused) a text with errors."""
        if self.content is None or has_errors(self.problems):
            raise FileRefused(
                f"'{self.protocol_id}' {self.version} has errors, and nobody can approve it.",
                self.problems,
                f"Correct it, then look at it with `monitor protocol check {self.file or 'FILE'}`.",
                code="protocol-errors",
            )
        return Candidate(self.text, self.content)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All versions: by id, from the newest to the oldest. `refusal`: why the files on disk could not be read."""

    versions: tuple[Version, ...]
    refusal: FileRefused | NotFound | None = None

    def of(self, protocol_id: str) -> Sequence[Version]:
        return [one for one in self.versions if one.protocol_id == protocol_id]

    @property
    def by_id(self) -> Mapping[str, Sequence[Version]]:
        found: defaultdict[str, list[Version]] = defaultdict(list)
        for one in self.versions:
            found[one.protocol_id].append(one)
        return found

    def find_in_force(self, protocol_id: str) -> Version | None:
        return next((one for one in self.of(protocol_id) if one.status is Status.IN_FORCE), None)

    def get(self, protocol_id: str, wanted: str = "") -> Version:
        """The version of that fingerprint (or its beginning) or number; else the one in force, else the newest."""
        own = self.of(protocol_id)
        if not wanted:
            found = self.find_in_force(protocol_id) or next(iter(own), None)
        else:
            named = [one for one in own if len(wanted) >= SHORTEST_MARK and one.fingerprint.startswith(wanted)]
            found = next(iter(named or [one for one in own if one.version == wanted]), None)
        if found is None:
            raise NotFound(f"There is no such version of a protocol '{protocol_id}'.", "See the list of protocols.")
        return found

    def count_outdated(self, protocol_id: str) -> int:
        """How many treatments follow another version than the one in force."""
        if self.find_in_force(protocol_id) is None:
            return 0
        return sum(one.treatments for one in self.of(protocol_id) if one.status is not Status.IN_FORCE)

    def list_overlays(self, protocol_id: str) -> Sequence[Version]:
        """The overlays that can be laid over it: of each the version in force, else the newest."""
        names = dict.fromkeys(one.protocol_id for one in self.versions if one.kind == "overlay")
        overlays = [self.get(name) for name in names]
        return [one for one in overlays if isinstance(one.content, Overlay) and protocol_id in one.content.over]


def open_shelf(desk: Desk, directories: Iterable[Path] = ()) -> Shelf:
    """What is on disk now and what the record keeps; the same content is one version."""
    library, refusal = Library(()), None
    try:
        library = load_files(directories)
    except (FileRefused, NotFound) as found:
        refusal = found
    approvals: defaultdict[str, list[Approval]] = defaultdict(list)
    for approval in protocols.list_approvals(desk.connection):
        approvals[approval.fingerprint].append(approval)
    counts = {one.fingerprint: one.treatments for one in _list_followed(desk)}
    texts = list(_list_texts(desk, library))
    in_force = _find_in_force(texts, approvals)
    versions = [
        Version(
            entry.id, entry.version, entry.kind, read.fingerprint, entry.text, read.content, read.problems, file,
            _status(entry, read, in_force, approvals), tuple(approvals[read.fingerprint]),
            counts.get(read.fingerprint, 0),
        )
        for entry, read, file in texts
    ]  # fmt: skip
    versions.sort(key=lambda one: (one.kind != "protocol", one.protocol_id, *_newest_first(one.version)))
    return Shelf(tuple(versions), refusal)


Text = tuple[Entry, Read, str | None]


def _list_texts(desk: Desk, library: Library) -> Iterable[Text]:
    seen: set[str] = set()
    for entry in library.entries:
        read = _read_entry(entry, library)
        seen.add(read.fingerprint)
        yield entry, read, entry.file
    for kept in protocols.list_protocols(desk.connection):
        if kept.fingerprint not in seen:
            name = f"{kept.protocol_id} {kept.version}"
            yield Entry(kept.protocol_id, kept.version, kept.kind, name, kept.text), read_text(kept.text, name), None


@lru_cache(maxsize=256)
def _read_entry(entry: Entry, library: Library) -> Read:
    """As `read_text`, and for an overlay whether it fits the protocols that it names."""
    read = read_text(entry.text, entry.file)
    fits = find_misfits(read.content, library, entry.file) if isinstance(read.content, Overlay) else ()
    return read._replace(problems=(*read.problems, *fits))


@lru_cache(maxsize=256)
def read_text(text: str, file: str) -> Read:
    """Parsed and linted once: the same text always says the same."""
    parsed = parse_protocol(text, file=file)
    mark = fingerprint(parsed.protocol) if parsed.protocol else ""
    return Read(parsed.protocol, mark, tuple(sorted({*parsed.problems, *lint(parsed)})))


def _list_followed(desk: Desk) -> Sequence[examining.InForce]:
    return examining.list_in_force(desk.connection, sorted(desk.actor.clinic_ids))


def _find_in_force(texts: Sequence[Text], approvals: Mapping[str, Sequence[Approval]]) -> dict[str, Entry]:
    """By protocol the version that was approved last; it plans for new patients (`approving.get_approved`)."""
    approved = [(entry, read.fingerprint) for entry, read, _ in texts if approvals.get(read.fingerprint)]
    approved.sort(key=lambda pair: approvals[pair[1]][-1].entered_at)
    return {entry.id: entry for entry, _ in approved}


def _status(
    entry: Entry, read: Read, in_force: Mapping[str, Entry], approvals: Mapping[str, Sequence[Approval]]
) -> Status:
    latest = in_force.get(entry.id)
    if read.content is None or (has_errors(read.problems) and not approvals.get(read.fingerprint)):
        return Status.FAULTY
    if approvals.get(read.fingerprint):
        return Status.IN_FORCE if latest is entry else Status.OUTDATED
    if read.content.status == "draft":
        return Status.DRAFT
    if latest is not None and _newest_first(entry.version) <= _newest_first(latest.version):
        return Status.NEWER
    return Status.UNAPPROVED


def _newest_first(version: str) -> tuple[int, ...]:
    """2026.10 before 2026.2."""
    return tuple(-int(part) if part.isdecimal() else 0 for part in version.split("."))
