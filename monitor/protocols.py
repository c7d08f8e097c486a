"""Protocols: every protocol file of the installation, found at once and read only when it is asked for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from schedules.errors import FileRefused, NotFound, Refusal, Unacceptable
from schedules.overlaying import lay_over
from schedules.parsing import Parsed, parse_protocol
from schedules.problems import Problem, Severity, did_you_mean, has_errors
from schedules.protocol import Overlay, Protocol

ENDINGS = (".yaml", ".yml")
HEADING = re.compile(r"""^(kind|id|version):[ ]+["']?([^"'#\s]+)["']?[ ]*(?:\#.*)?$""", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One file of the library: its text as it was found, and its name for messages and for the record."""

    id: str
    version: str
    kind: str
    file: str
    text: str = field(repr=False)
    built_in: bool = True

    @cached_property
    def parsed(self) -> Parsed:
        return parse_protocol(self.text, file=self.file)

    @property
    def protocol(self) -> Protocol:
        """As `protocol_or_overlay`; refuses an overlay, which is no protocol by itself."""
        content = self.protocol_or_overlay
        if isinstance(content, Overlay):
            raise Unacceptable(
                f"'{self.id}' is an overlay and gives no plan by itself.",
                f"Name one of the protocols it is made for, and add --overlay {self.id}: {', '.join(content.over)}.",
            )
        return content

    @property
    def overlay(self) -> Overlay:
        """As `protocol_or_overlay`; refuses a protocol."""
        content = self.protocol_or_overlay
        if isinstance(content, Protocol):
            raise Unacceptable(f"'{self.id}' is a protocol and cannot be laid over another one.")
        return content

    @cached_property
    def protocol_or_overlay(self) -> Protocol | Overlay:
        """What the file says; refuses a file with problems."""
        problems = list(self.parsed.problems)
        if not self.built_in:
            # Built-in files are held to this by their own tests.
            from schedules.linting import lint

            problems += lint(self.parsed)
        if self.parsed.protocol is None or has_errors(problems):
            raise FileRefused(
                f"The protocol file {self.file} cannot be used.",
                problems,
                f"Correct it, then look at it with `monitor protocol check {self.file}`.",
            )
        return self.parsed.protocol


@dataclass(frozen=True, slots=True)
class Library:
    """The protocols and overlays of an installation, by id and then from the newest version to the oldest."""

    entries: tuple[Entry, ...]

    @property
    def protocols(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.kind == "protocol")

    @property
    def overlays(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.kind == "overlay")

    def get(self, wanted: str, version: str | None = None) -> Entry:
        """The newest version of a protocol or overlay, or the one that is named. Refuses what is not there."""
        entries = [entry for entry in self.entries if entry.id == wanted]
        if not entries:
            known = ", ".join(dict.fromkeys(entry.id for entry in self.protocols))
            guess = did_you_mean(wanted, {entry.id for entry in self.entries})
            raise NotFound(f"There is no protocol '{wanted}'.", f"{guess} Known: {known or 'none'}.".strip())
        found = next((entry for entry in entries if version in {None, entry.version}), None)
        if found is None:
            known = ", ".join(entry.version for entry in entries)
            raise NotFound(f"There is no version {version} of '{wanted}'.", f"Known: {known}.")
        return found

    def get_overlay(self, wanted: str) -> Entry:
        """The newest version of an overlay. Refuses what is not there."""
        found = next((entry for entry in self.overlays if entry.id == wanted), None)
        if found is None:
            known = list(dict.fromkeys(entry.id for entry in self.overlays))
            hint = f"{did_you_mean(wanted, known)} Known: {', '.join(known) or 'none'}.".strip()
            raise NotFound(f"There is no overlay '{wanted}'.", hint)
        return found

    def combine(self, wanted: str, overlay_ids: Iterable[str] = ()) -> Protocol:
        """A protocol with overlays laid over it, in the order in which they are named."""
        protocol = self.get(wanted).protocol
        overlays = [self.get_overlay(one).overlay for one in overlay_ids]
        return lay_over(protocol, overlays) if overlays else protocol


def load_files(directories: Iterable[Path] = ()) -> Library:
    """The built-in files and those of further directories; the text is read, and parsed only when it is asked for.

    Refused: a directory that is not there, a file without kind, id and version, two files of one id and version.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    for file, name, built_in in _find_files(directories):
        entry = _read(file, name, built_in, problems)
        twin = next((one for one in entries if entry and (one.id, one.version) == (entry.id, entry.version)), None)
        if entry and twin:
            hint = f"{twin.file} is the same; give one of them another version."
            problems.append(Problem(name, 0, 0, f"There are two files of '{entry.id}' {entry.version}.", hint))
        elif entry:
            entries.append(entry)
    if problems:
        raise FileRefused("The protocol files cannot be used together.", sorted(problems), "Correct them first.")
    entries.sort(key=_newest_first)
    return Library(tuple(entries))


def find_misfits(overlay: Overlay, library: Library, file: str, place: tuple[int, int] = (0, 0)) -> Sequence[Problem]:
    """Whether an overlay fits the protocols that it names; `place` is that of its key `over`."""
    problems: list[Problem] = []
    known = {entry.id: entry for entry in reversed(library.protocols)}
    for below in overlay.over:
        if below not in known:
            sentence = f"There is no protocol '{below}' here to try this overlay on."
            problems.append(Problem(file, *place, sentence, severity=Severity.WARNING))
            continue
        try:
            lay_over(known[below].protocol, [overlay])
        except Refusal as refusal:
            problems.append(Problem(file, *place, refusal.sentence, refusal.next_step))
    return problems


def _newest_first(entry: Entry) -> tuple[str, tuple[int, ...]]:
    return entry.id, tuple(-int(part) if part.isdecimal() else 0 for part in entry.version.split("."))


def _find_files(directories: Iterable[Path]) -> Iterator[tuple[Traversable, str, bool]]:
    for file in _sorted(files("schedules").joinpath("protocols")):
        yield file, file.name, True
    for directory in directories:
        if not directory.is_dir():
            raise NotFound(f"The directory {directory} for protocol files is not there.", "Create it, or correct it.")
        for file in _sorted(directory):
            yield file, str(directory / file.name), False


def _sorted(directory: Traversable) -> Sequence[Traversable]:
    return sorted((one for one in directory.iterdir() if one.name.endswith(ENDINGS)), key=lambda one: one.name)


def _read(file: Traversable, name: str, built_in: bool, problems: list[Problem]) -> Entry | None:
    """An entry from the three lines that say what a file is; parsing seven files would take longer than a plan."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(name, 0, 0, "The file is not UTF-8 text.", "Save it as UTF-8."))
        return None
    heading = {str(key): str(value) for key, value in HEADING.findall(text)}
    if heading.keys() != {"kind", "id", "version"} or heading["kind"] not in {"protocol", "overlay"}:
        parsed = parse_protocol(text, file=name)
        if parsed.protocol is None:
            problems.extend(parsed.problems)
            return None
        heading = {key: str(getattr(parsed.protocol, key)) for key in ("kind", "id", "version")}
    return Entry(heading["id"], heading["version"], heading["kind"], name, text, built_in)
