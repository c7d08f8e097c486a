"""Places: YAML text becomes plain values, and every value keeps the line and column where it was written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from schedules.problems import Problem, Severity

Path = tuple[str | int, ...]
"""The way to a value from the top of a file: ("rules", 3, "window")."""

Mark = tuple[int, int]
"""Line and column, counted from 1."""

LARGEST_BYTES = 1_000_000
DEEPEST = 30
"""The format itself needs ten levels; a bomb needs thousands."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,15}")
FRACTION = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,15}")

SYNTAX = {
    "mapping values": ("A ':' stands where no key can be.", "Put a text with a colon in quotes; check indentation."),
    "cannot start any token": ("", ""),
    "tab character": ("A tab indents this line.", "Indent with spaces."),
    "escape": ("'\\' has a special meaning between double quotes.", "Use single quotes."),
    "quoted scalar": ("", ""),
    "flow": ("A ',' or a closing bracket is missing.", "The bracket opens on line {line}, column {column}."),
    "another document": ("A second document begins here.", "One file holds one protocol; remove '---'."),
    "block": (
        "This line does not fit the lines above.",
        "Check indentation and quotes; the block around it begins on line {line}, column {column}.",
    ),
    "": ("This line cannot be read.", "Check quotes, colons and indentation."),
}
"""What the YAML library says about a fault, and what we say; the first that is found counts."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a file everything stands; a value that is not written has the place of what it is missing from."""

    file: str
    values: Mapping[Path, Mark] = field(default_factory=dict)
    keys: Mapping[Path, Mark] = field(default_factory=dict)
    written: Mapping[Path, str] = field(default_factory=dict)
    """Scalars as they were typed: "2026.10" where the value is the number 2026.1."""

    def of_value(self, path: Path) -> Mark:
        return self._nearest(path, self.values)

    def of_key(self, path: Path) -> Mark:
        """Where the key is; an entry of a list, which has no key, begins at its value."""
        return self.keys.get(path) or self._nearest(path, self.values)

    def problem(self, mark: Mark, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> Problem:
        return Problem(self.file, *mark, message, hint, severity)

    @staticmethod
    def _nearest(path: Path, marks: Mapping[Path, Mark]) -> Mark:
        return next((marks[path[:end]] for end in range(len(path), -1, -1) if path[:end] in marks), (1, 1))


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says, before anybody asks whether it makes sense; `data` is None where it cannot be read."""

    data: Any
    places: Places
    problems: tuple[Problem, ...]


def read_yaml(text: str, *, file: str) -> Read:
    """Read the subset of YAML that needs no manual: no anchors, no tags, one document, no surprising types.

    Only `true` and `false` are yes and no, so that the language `no` stays a language, and a day stays
    text until the format asks for a day.
    """
    nowhere = Places(file)
    if refused := tuple(_refuse_text(text, nowhere)):
        return Read(None, nowhere, refused)
    try:
        if refused := tuple(_refuse_events(text, nowhere)):
            return Read(None, nowhere, refused)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        return Read(None, nowhere, (_describe_syntax(error, text, nowhere),))
    builder = _Builder(file)
    data = builder.build(node, ()) if node else None
    if data is None:
        return Read(None, nowhere, (nowhere.problem((1, 1), "The file is empty."),))
    return Read(data, builder.places, tuple(builder.problems))


def _refuse_text(text: str, places: Places) -> Iterator[Problem]:
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_BYTES:
        yield places.problem((0, 0), "The file is larger than 1 MB.", "A protocol file has some hundred lines.")
    elif found := NOT_TEXT.search(text.removeprefix("\ufeff")):
        before = text[: found.start()]
        mark = (before.count("\n") + 1, found.start() - before.rfind("\n"))
        yield places.problem(mark, "Here stands a character that is not text.", "Save the file as UTF-8 text.")


def _refuse_events(text: str, places: Places) -> Iterator[Problem]:
    """Refuse what makes YAML dangerous or puzzling while it is still a stream, before it is built.

    A hundred levels of `*alias` make a file of one line as large as memory; depth makes recursion fail.
    """
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        mark = _mark(event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            yield places.problem(mark, f"'*{event.anchor}' repeats a part of the file.", "Write that part out here.")
        elif tag := getattr(event, "tag", None):
            yield places.problem(mark, f"'{tag.replace('tag:yaml.org,2002:', '!!')}' is a YAML tag.", "Leave it out.")
        elif depth > DEEPEST:
            yield places.problem(mark, f"Blocks stand more than {DEEPEST} deep inside one another.")
            return


def _describe_syntax(error: yaml.YAMLError, text: str, places: Places) -> Problem:
    """Say in the words of a person with an editor what the YAML library says in the words of its parser."""
    at, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    mark = (at.line + 1, at.column + 1) if at else (0, 0)
    begin = (began.line + 1, began.column + 1) if began else mark
    character = text[at.index : at.index + 1] if at else ""
    said = f"{getattr(error, 'problem', '')} {getattr(error, 'context', '')}"
    match next((known for known in SYNTAX if known in said), ""):
        case "cannot start any token" if character == "\t":
            message, hint = "A tab indents this line.", "Indent with spaces."
        case "cannot start any token":
            message, hint = f"A text cannot begin with '{character}'.", "Put it in quotes."
        case "quoted scalar" if "escape" not in said:
            mark, message, hint = begin, "A quoted text begins here and never ends.", "Close the quotes."
        case known:
            message, hint = SYNTAX[known]
    return places.problem(mark, message, hint.format(line=begin[0], column=begin[1]))


class _Builder:
    """Turns nodes into values and remembers where each stood."""

    def __init__(self, file: str) -> None:
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.written: dict[Path, str] = {}
        self.places = Places(file, self.values, self.keys, self.written)
        self.problems: list[Problem] = []

    def build(self, node: Any, path: Path) -> Any:
        self.values[path] = _mark(node)
        match node:
            case yaml.MappingNode():
                return self._build_mapping(node, path)
            case yaml.SequenceNode():
                return [self.build(entry, (*path, number)) for number, entry in enumerate(node.value)]
            case _:
                self.written[path] = node.value
                return node.value if node.style else _resolve(node.value)

    def _build_mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                self._add(key_node, "A key must be a word.", "Put a text that begins with a bracket in quotes.")
            elif key in built:
                first = self.keys[(*path, key)][0]
                self._add(key_node, f"'{key}' stands twice in one block, first on line {first}.", "Remove one of them.")
            else:
                self.keys[(*path, key)] = _mark(key_node)
                built[key] = self.build(value_node, (*path, key))
        return built

    def _add(self, node: Any, message: str, hint: str) -> None:
        self.problems.append(self.places.problem(_mark(node), message, hint))


def _mark(node: Any) -> Mark:
    """Where a node or an event begins."""
    return (node.start_mark.line + 1, node.start_mark.column + 1)


def _resolve(plain: str) -> Any:
    """What an unquoted scalar is."""
    match plain:
        case "" | "~" | "null":
            return None
        case "true":
            return True
        case "false":
            return False
        case _ if WHOLE_NUMBER.fullmatch(plain):
            return int(plain)
        case _ if FRACTION.fullmatch(plain):
            return float(plain)
        case _:
            return plain
