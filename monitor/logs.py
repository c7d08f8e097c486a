"""Logs: no secret address reaches a line, whichever part of the program or of a library writes it."""

import logging
import re
import traceback
from types import TracebackType

SECRET = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43,}")
"""A token, alone or as part of something longer, and whatever looks like one."""
HIDDEN = "…"
OURS = ("monitor/", "db/", "schedules/")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


def redact(text: str) -> str:
    return SECRET.sub(HIDDEN, text)


class Redactor(logging.Filter):
    """Rewrites each record before a handler sees it: message, arguments, exception and stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit the message
            said = f"{record.msg} {record.args}"
        record.msg, record.args = redact(said), None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def set_up_logs() -> None:
    """To stderr, every line without its secrets."""
    root, access = logging.getLogger(), logging.getLogger("monitor.access")
    for logger, form in ((root, FORMAT), (access, "%(message)s")):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(form))
        handler.addFilter(Redactor())
        logger.addHandler(handler)
    access.propagate = False
    root.setLevel(logging.WARNING)
    logging.getLogger("monitor").setLevel(logging.INFO)
    guard_logs()


def guard_logs() -> None:
    """Put a redactor on every handler that there is; new handlers of ours bring their own."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in UVICORN)]
    for handler in (one for logger in loggers for one in logger.handlers):
        if not any(isinstance(one, Redactor) for one in handler.filters):
            handler.addFilter(Redactor())


def places_of(where: TracebackType | None) -> str:
    """Where in our own files an exception passed, and where it began; without its text, which may name a patient."""
    steps = [f"{_short(step.filename)}:{step.lineno}" for step in traceback.extract_tb(where)]
    ours = [step for step in steps if step.startswith(OURS)]
    return " > ".join(dict.fromkeys([*ours[-6:], *steps[-1:]]))


def _short(file: str) -> str:
    """`monitor/web/guard.py` from wherever the program is installed."""
    parts = file.replace("\\", "/").split("/")
    begins = [at for at, part in enumerate(parts[:-1]) if f"{part}/" in OURS]
    return "/".join(parts[begins[-1] :] if begins else parts[-1:])
