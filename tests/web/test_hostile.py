"""Ten thousand hostile requests over real sockets: no failure, no token in the log, answers of constant shape."""

import re
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from monitor.bootstrap import Program
from tests.web.hostile import Hostile
from tests.web.listening import ask, listening, read_answer, send

REQUESTS, AT_ONCE = 10_000, 4
LOOKS_LIKE_A_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}")
ONLY_PAGES = {303}
"""A form that was sent leads back to its page; these requests send none that is whole."""
pytestmark = [pytest.mark.parametrize("kind", ["sqlite"], indirect=True), pytest.mark.slow]


@pytest.fixture
def config(config_file: Path) -> Path:
    """Without a limit that would answer for the rest."""
    settings = yaml.safe_load(config_file.read_text(encoding="utf-8"))
    config_file.write_text(yaml.safe_dump({**settings, "feed": {"requests_per_minute": 1_000_000}}), encoding="utf-8")
    return config_file


def attack(port: int, tokens: list[str], seed: int) -> tuple[list[bytes], set[str]]:
    hostile = Hostile(tokens, seed)
    return [send(port, hostile.request(), timeout=10) or b"" for _ in range(REQUESTS // AT_ONCE)], hostile.tokens


def test_ten_thousand_hostile_requests(program: Program, given, config: Path) -> None:
    live = [given.calendar.token, given.page.token, given.staff.token]
    with listening(config) as server:
        whole = ask(server.port, given.calendar.path)
        assert whole[0] == 200
        with ThreadPoolExecutor(AT_ONCE) as pool:
            attacks = [pool.submit(attack, server.port, live, seed) for seed in range(AT_ONCE)]
            done = [one.result() for one in attacks]
        again = ask(server.port, given.calendar.path)
        assert (again[0], again[2]) == (200, whole[2]), "it still answers, and the same"
        assert server.stop() == 0
        log = server.log.read_text(encoding="utf-8")
    answers = [answer for some, _ in done for answer in some if answer]
    assert len(answers) > REQUESTS * 0.97, "hardly any may go without an answer"
    check_answers(answers)
    check_log(log, {token for _, tokens in done for token in tokens})
    assert "incident" not in log


def check_answers(answers: list[bytes]) -> None:
    read = [read_answer(one) for one in answers]
    counts = Counter(status for status, _, _ in read)
    assert set(counts) <= {200, 303, 304, 400, 404, 405}, counts
    assert all(counts[status] > 50 for status in (200, 400, 404, 405)), counts
    shapes: dict[int, set[object]] = defaultdict(set)
    for status, headers, body in read:
        names = frozenset(name for name in headers if name not in {b"date", b"connection"})
        if status in {404, 405} and b"text/plain" in headers[b"content-type"]:
            shapes[status].add((names, body or None, headers[b"content-length"]))
        if status == 400:
            shapes[status].add(body)
        assert b"server" not in names
        assert b"set-cookie" not in names
        # Whoever is not signed in is led to signing in, and nowhere else.
        assert status == 303 or b"location" not in names
        assert headers.get(b"location", b"/sign-in").startswith((b"/sign-in", b"/worklist"))
        if b"text/calendar" in headers.get(b"content-type", b""):
            assert status == 200
            assert not body or headers.get(b"content-encoding") or body.startswith(b"BEGIN:VCALENDAR\r\n")
    # With a body and, for HEAD, without; nothing else tells one from another.
    assert len(shapes[404]) <= 2, shapes[404]
    assert len(shapes[405]) <= 2, shapes[405]
    assert len(shapes[400]) <= 3, shapes[400]


def check_log(log: str, tokens: set[str]) -> None:
    assert len(log.splitlines()) > 1_000, "the access log was written"
    assert "/c/…/appointments.ics" in log
    assert not [one for one in tokens if one in log]
    assert LOOKS_LIKE_A_TOKEN.findall(log) == []
