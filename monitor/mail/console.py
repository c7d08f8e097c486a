"""Console: letters are printed, to try things out where nobody gets mail."""

import sys
from collections.abc import Callable

from monitor.mail.delivering import NotTaken
from monitor.mail.faults import say_error
from monitor.mail.reading import read_letter

RULE = "-" * 72


class ConsoleMailer:
    """Prints each letter to stdout as a person reads it."""

    def deliver(self, letter: bytes, sender: str, to: str, *, before_data: Callable[[], None]) -> None:
        before_data()
        encoding = sys.stdout.encoding or "utf-8"
        text = read_letter(letter).encode(encoding, "replace").decode(encoding)
        try:
            sys.stdout.write(f"{RULE}\n{text}{RULE}\n")
            sys.stdout.flush()
        except OSError as error:
            raise NotTaken(say_error("printing", error), concerns_all=True) from None
