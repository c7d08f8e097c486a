"""No secret address reaches a log line: not in a message, an argument, an exception or a stack."""

import io
import logging
import secrets
from collections.abc import Iterator

import pytest

from monitor.logs import Redactor, guard_logs, redact

TOKEN = secrets.token_urlsafe(32)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger of its own, with a handler that redacts."""
    written = io.StringIO()
    logger, handler = logging.getLogger("tests.redacting"), logging.StreamHandler(written)
    handler.addFilter(Redactor())
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, written
    logger.removeHandler(handler)


def raise_with(token: str) -> None:
    try:
        {"another": 1}[token]
    except KeyError as error:
        raise ValueError(f"no address {token}") from error


def test_every_part_of_a_record_is_redacted(log):
    logger, written = log
    logger.error(f"message {TOKEN}")
    logger.error("argument %s of %d", TOKEN, 7)
    logger.error("mapping %(path)s", {"path": f"/c/{TOKEN}/appointments.ics"})
    logger.error("does not fit %d", TOKEN)
    logger.error("with a stack", stack_info=True)
    try:
        raise_with(TOKEN)
    except ValueError:
        logger.exception("with an exception")
    text = written.getvalue()
    assert TOKEN not in text
    assert "argument … of 7" in text
    assert "mapping /c/…/appointments.ics" in text
    assert "ValueError: no address …" in text
    assert "KeyError: '…'" in text


def test_a_token_inside_something_longer_is_found_too():
    assert redact(f"x{TOKEN}y-{TOKEN}") == "…"
    assert redact(f'"{TOKEN}"') == '"…"'
    assert redact("a day in November, patient 12345") == "a day in November, patient 12345"


def test_handlers_that_are_there_get_a_redactor_once():
    root, handler = logging.getLogger(), logging.StreamHandler(io.StringIO())
    root.addHandler(handler)
    try:
        guard_logs()
        guard_logs()
        assert [type(one) for one in handler.filters] == [Redactor]
    finally:
        for one in root.handlers:
            one.filters = [known for known in one.filters if not isinstance(known, Redactor)]
        root.removeHandler(handler)
