"""Every `monitor …` in the documents names a command and options that exist, so that no document rots."""

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import click
import pytest

from monitor.cli import cli

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENTS = (
    "administrators.md",
    "operations.md",
    "digest.md",
    "getting-started.md",
    "calendars.md",
    "data-protection.md",
    "import.md",
    "access.md",
)
INLINE = re.compile(r"`((?:[A-Z_]+=\S+ )*monitor [^`]+)`")
PLACEHOLDER = re.compile(r"…|\[|\]")


def list_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Lines of code blocks, and what stands between backticks in the prose, where the arguments may be left out."""
    is_fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            is_fenced = not is_fenced
        elif is_fenced or line.startswith("    "):
            yield line.strip(), True
        else:
            yield from ((said, False) for said in INLINE.findall(line))


def list_commands(line: str) -> Iterator[list[str]]:
    """The arguments of each `monitor` in a line of shell; nothing where it stands as a user, a file or a value."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        words = list(lexer)
    except ValueError:  # prose that is indented, with an apostrophe
        return
    part: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set("|&;"):
            while part and re.fullmatch(r"[A-Z_][A-Z0-9_]*=.*", part[0]):
                part = part[1:]
            if part and (part[0] == "monitor" or part[0].endswith("/bin/monitor")):
                yield list(takewhile(lambda one: one[0] not in "<>", part[1:]))
            part = []
        else:
            part.append(word)


class Alone(Exception):  # noqa: N818  (no fault)
    """A group without a command: there is nothing to judge."""


def find_fault(arguments: Sequence[str], *, is_whole: bool = True) -> str | None:
    """What the command line would say, unless it is only about a value; None where it would run."""
    try:
        command, rest = find_command(list(arguments))
        return judge(command, rest, is_whole=is_whole)
    except Alone:
        return None
    except LookupError as fault:
        return str(fault.args[0])
    except click.UsageError as fault:
        return fault.format_message()


def find_command(rest: list[str]) -> tuple[click.Command, list[str]]:
    """The command, and what was given to it."""
    names: list[str] = []
    command: click.Command = cli
    while isinstance(command, click.Group):
        rest = without_options(command, rest)
        if not rest:
            raise Alone
        names.append(rest.pop(0))
        found = command.get_command(click.Context(command), names[-1])
        if found is None:
            raise LookupError(f"there is no command '{' '.join(names)}'")
        command = found
    return command, rest


def judge(command: click.Command, rest: list[str], *, is_whole: bool) -> str | None:
    """The options by name where a placeholder stands among the values, and the whole line otherwise."""
    if any(PLACEHOLDER.search(one) for one in rest):
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        unknown = [one for one in rest if one.startswith("--") and one.partition("=")[0] not in known]
        return f"{command.name} has no {unknown}" if unknown else None
    try:
        command.make_context(command.name, rest)
    except click.exceptions.Exit:
        return None  # --help
    except click.BadParameter as fault:
        is_missing = isinstance(fault, click.MissingParameter)
        if is_missing and is_whole:
            raise
    return None


def without_options(group: click.Group, arguments: list[str]) -> list[str]:
    """What follows the options of a group; all of those of `monitor` itself take a value, but --version and --help."""
    rest = arguments
    while rest and rest[0].startswith("-"):
        option = next((one for one in group.params if rest[0] in one.opts), None)
        takes_value = isinstance(option, click.Option) and not option.is_flag
        rest = rest[2:] if takes_value else rest[1:]
    return rest


@pytest.mark.parametrize("name", [*DOCUMENTS, "administrators.md"])
def test_every_command_of_a_document_is_there(name: str) -> None:
    found = [
        (arguments, find_fault(arguments, is_whole=is_whole))
        for line, is_whole in list_lines((DOCS / name).read_text(encoding="utf-8"))
        for arguments in list_commands(line)
    ]
    assert found
    assert [f"monitor {shlex.join(arguments)}: {fault}" for arguments, fault in found if fault] == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("monitor worklist --format json | jq .", None),
        ("MONITOR_DB__URL_FILE=/x monitor --by anna serve --only feeds --port 8001", None),
        ("monitor check done N-0001 blood-count --on 2026-10-16   # what was done", None),
        ("monitor feed replace ID --reason telephone", None),
        ("monitor --help", None),
        ("runuser -u monitor -- ls", None),
        ("monitor wroklist", "there is no command 'wroklist'"),
        ("monitor feed isue N-0001", "there is no command 'feed isue'"),
        ("monitor backup --into FILE", "No such option '--into'"),
        ("monitor check done N-0001 blood-count --no DAY …", "done has no ['--no']"),
        ("cd /x && monitor restore", "Missing argument 'FILE'"),
        ("monitor doctor now", "unexpected extra argument"),
        ("monitor feed revoke 2", "Missing option '--reason'"),
    ],
)
def test_what_is_wrong_in_a_line_is_found(line: str, fault: str | None) -> None:
    faults = [find_fault(arguments) for arguments in list_commands(line)]
    if fault is None:
        assert [one for one in faults if one] == []
    else:
        assert len(faults) == 1
        assert fault in (faults[0] or ""), faults


PICTURE = re.compile(r"(?:\]\(|src=\")(?:docs/)?images/([\w.-]+)")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)")
LARGEST = 250 * 1024


def list_pictures() -> set[str]:
    """Those that the documents show."""
    texts = [file.read_text(encoding="utf-8") for file in (DOCS.parent / "README.md", *DOCS.glob("*.md"))]
    return {name for text in texts for name in PICTURE.findall(text)}


def test_every_picture_of_a_document_is_there_and_none_without_one() -> None:
    assert list_pictures() == {file.name for file in (DOCS / "images").iterdir()}


def test_no_picture_makes_the_repository_heavy() -> None:
    assert [file.name for file in (DOCS / "images").iterdir() if file.stat().st_size > LARGEST] == []


def test_every_link_between_documents_leads_somewhere() -> None:
    root = DOCS.parent
    files = [*root.glob("*.md"), *DOCS.rglob("*.md"), root / "examples" / "README.md"]
    lost = [
        f"{file.relative_to(root)}: {target}"
        for file in files
        for target in LINK.findall(file.read_text(encoding="utf-8"))
        if not (file.parent / target).exists()
    ]
    assert lost == []
