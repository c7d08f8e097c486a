"""Calendar lines: no text that people wrote can break a calendar or garble what stands beside it."""

import re
from collections.abc import Iterable, Iterator, Mapping

from icalendar import vText

BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What some program takes for the end of a line."""
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")
UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]")
"""What turns the direction of writing, or shows nothing. The joiners U+200C and U+200D stay: emoji need them."""
LONE_HALF = re.compile("[\ud800-\udfff]")
ESCAPES: Mapping[str, str] = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
TO_ESCAPE = re.compile(r"[\\;,\n]")
UNDIVIDED = re.compile(r"\\.|.")
"""A character, with the backslash before it."""
OCTETS = 75


class Text(vText):
    """A text value. icalendar 7.3 takes a backslash before a capital N for a line break; "C:\\NOTES" has none."""

    def to_ical(self) -> bytes:
        return TO_ESCAPE.sub(lambda found: ESCAPES[found[0]], str(self)).encode()


def clean_line(text: str) -> str:
    """One line, whatever was typed."""
    return _without_harm(BREAKS.sub(" ", text)).strip()


def clean_text(lines: Iterable[str]) -> str:
    """Lines as they were meant."""
    kept = (BREAKS.sub("\n", text).split("\n") for text in lines)
    return "\n".join(_without_harm(line) for text in kept for line in text).strip()


def _without_harm(line: str) -> str:
    return LONE_HALF.sub("\ufffd", UNSEEN.sub("", CONTROLS.sub(" ", line)))


def fold_lines(lines: Iterable[str]) -> bytes:
    """Lines of at most 75 octets, parted neither inside a character nor between a backslash and what it escapes.

    icalendar 7.3 parts a pair of backslashes where the second one ends a line, and takes three times as long.
    """
    return b"".join(b"\r\n ".join(_parts(line)) + b"\r\n" for line in lines)


def _parts(line: str) -> Iterator[bytes]:
    """The first may fill a line; the others have a space before them."""
    if len(line) <= OCTETS and line.isascii():
        yield line.encode()
        return
    part, room = b"", OCTETS
    for found in UNDIVIDED.findall(line):
        octets = found.encode()
        if len(part) + len(octets) > room:
            yield part
            part, room = b"", OCTETS - 1
        part += octets
    yield part
