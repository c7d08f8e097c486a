"""`monitor serve`: says where it listens, ends in good order, and refuses what cannot work in a clear sentence."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import yaml

from monitor.bootstrap import Program
from monitor.clock import SystemClock
from monitor.services.addresses import revoke
from monitor.services.booking import book
from monitor.services.feeds import get_feed
from monitor.web import serving
from monitor.web.serving import HEAD_BYTES, is_open_to_others, make_listener, open_socket, orderly_signals, url_of
from schedules.errors import Conflict, Unacceptable
from tests.web.listening import ask, listening, read_answer, send, start

ONLY_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@ONLY_SQLITE
def test_it_serves_and_ends_when_it_is_told_to(program: Program, given, config_file: Path, number) -> None:
    with listening(config_file, "--only", "feeds") as server:
        status, headers, body = ask(server.port, given.calendar.path)
        assert status == 200
        assert body.endswith(b"END:VCALENDAR\r\n")
        assert b"server" not in headers
        status, _, _ = ask(server.port, given.calendar.path, f"If-None-Match: {headers[b'etag'].decode()}")
        assert status == 304
        assert server.stop(number) == 0
        log = server.log.read_text(encoding="utf-8").splitlines()
    assert log[0] == f"Serving on http://127.0.0.1:{server.port}"
    assert [line.split()[1:4] for line in log[1:]] == [
        ["GET", "/c/…/appointments.ics", "200"],
        ["GET", "/c/…/appointments.ics", "304"],
    ]


def test_an_act_by_another_process_is_seen_at_once(program: Program, desk_of, given, config_file: Path) -> None:
    with listening(config_file) as server:
        before = [ask(server.port, given.calendar.path) for _ in range(2)]
        with desk_of("ada") as desk:
            revoke(desk, given.calendar.address.id, reason="telephone lost")
        after = ask(server.port, given.calendar.path)
    assert before[0][2] == before[1][2]
    assert (after[0], after[2].count(b"BEGIN:VEVENT")) == (200, 1)


@ONLY_SQLITE
def test_an_act_is_seen_at_once_while_others_ask_without_end(program: Program, desk_of, given, config_file) -> None:
    """Requests that come in together share a look at the record; none may share one from before an act."""
    settings = yaml.safe_load(config_file.read_text(encoding="utf-8"))
    config_file.write_text(yaml.safe_dump({**settings, "feed": {"requests_per_minute": 1_000_000}}), encoding="utf-8")
    stop = threading.Event()
    # The server's own clock: it is no longer the tests' second of November there.
    today = Program(program.config, program.engine, SystemClock(), program.rulebook)
    with listening(config_file) as server, ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(ask_until, stop, server.port, given.calendar.path) for _ in range(4)]
        try:
            for number in range(25):
                with desk_of("ada") as desk:
                    book(desk, given.treatment_id, ["blood-count"], on=date(2026, 11, 16 + number % 5))
                with today.reading("ada") as desk:
                    shown = get_feed(desk, today.config, "N-1").render()
                assert ask(server.port, given.calendar.path)[2] == shown, number
        finally:
            stop.set()
        assert all(one.result() > 25 for one in askers)


def ask_until(stop: threading.Event, port: int, path: str) -> int:
    """How often, on one connection that stays open."""
    count = 0
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        while not stop.is_set() and count < 100_000:
            connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            got = b""
            while not got.endswith(b"\r\n\r\n"):
                got += connection.recv(65_536)
            assert got.startswith(b"HTTP/1.1 200")
            count += 1
    return count


@ONLY_SQLITE
def test_a_line_without_an_end_is_refused(program: Program, config_file: Path) -> None:
    with listening(config_file) as server:
        for endless in (b"GET /" + b"a" * HEAD_BYTES, b"GET / HTTP/1.1\r\nX: " + b"a" * HEAD_BYTES):
            got = send(server.port, endless, timeout=10)
            assert got is not None
            assert got.startswith(b"HTTP/1.1 400 ") or not got, "it answers, or closes before all was sent"
        assert ask(server.port, "/livez")[0] == 200


@ONLY_SQLITE
def test_what_follows_a_body_has_an_end_too(program: Program, given, config_file: Path) -> None:
    head = f"POST /p/{given.page.token}/away HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with listening(config_file) as server:
        for endless in (b"0\r\n" + b"X: y\r\n" * HEAD_BYTES, b"0\r\nX: " + b"a" * HEAD_BYTES * 2):
            got = send(server.port, head + endless, timeout=10)
            assert got is not None, "it closes"
        form = head[:-2] + b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
        got = send(server.port, form + b"5\r\naaaaa\r\n" * 3_000 + b"0\r\n\r\n")
        assert read_answer(got or b"")[0] == 422, "many small pieces are no long head"
        assert ask(server.port, "/livez")[0] == 200


@ONLY_SQLITE
def test_whoever_asks_nothing_is_not_waited_for(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "REQUEST_SECONDS", 0.5)
    with running_here(program) as port:
        for begun in (b"", b"GET / HTTP/1.1\r\nHost:", b"POST /p/x/away HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"):
            asked_at = time.monotonic()
            assert send(port, begun, timeout=5) is not None, "it closes"
            assert time.monotonic() - asked_at < 4
        assert ask(port, "/livez")[0] == 200


@contextmanager
def running_here(program: Program) -> Iterator[int]:
    """A listener in a thread of this process; its port."""
    ready = threading.Event()
    with open_socket("127.0.0.1", 0) as found:
        listener = make_listener(program, only_feeds=True, on_ready=ready.set)
        thread = threading.Thread(target=listener.run, kwargs={"sockets": [found]})
        thread.start()
        try:
            assert ready.wait(30)
            yield found.getsockname()[1]
        finally:
            listener.should_exit = True
            thread.join(30)


@ONLY_SQLITE
def test_a_signal_before_it_listens_ends_it(program: Program) -> None:
    listener = make_listener(program, only_feeds=True)
    with orderly_signals(listener), open_socket("127.0.0.1", 0) as found:
        signal.raise_signal(signal.SIGTERM)
        listener.run(sockets=[found])


@ONLY_SQLITE
def test_a_port_that_is_taken_is_named(program: Program, config_file: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(config_file, tmp_path / "log", "--port", str(port))
        assert process.wait(30) == 1
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines() == [
        f"Another program listens on port {port} of 127.0.0.1 already.",
        "Stop it, or choose another port (--port; 0 takes one that is free).",
    ]


@ONLY_SQLITE
def test_host_and_port_come_from_the_configuration(program: Program, config_file: Path) -> None:
    settings = yaml.safe_load(config_file.read_text(encoding="utf-8"))
    config_file.write_text(yaml.safe_dump({**settings, "web": {"host": "127.0.0.1", "port": 1}}), encoding="utf-8")
    with listening(config_file) as server:  # --port wins
        assert ask(server.port, "/livez")[0] == 200


def test_a_database_that_is_not_set_up_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"db": {"url": f"sqlite:///{tmp_path / 'none.sqlite3'}"}}), encoding="utf-8")
    process = start(config, tmp_path / "log", "--port", "0")
    assert process.wait(30) == 1
    assert "Run `monitor init`." in (tmp_path / "log").read_text(encoding="utf-8")


def test_addresses_that_cannot_be_listened_on():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Conflict, match="already"):
        open_socket("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(Unacceptable, match="no address of this machine"):
        open_socket("192.0.2.1", 0)
    with pytest.raises(Unacceptable, match="is no address to listen on"):
        open_socket("not a host", 0)
    with pytest.raises(Unacceptable, match="is no address to listen on"):
        open_socket("127.0.0..1", 0)


def test_where_it_listens_is_said_as_an_address():
    with open_socket("127.0.0.1", 0) as found:
        assert url_of(found) == f"http://127.0.0.1:{found.getsockname()[1]}"
        assert not is_open_to_others(found)
    if socket.has_ipv6:
        try:
            found = open_socket("::1", 0)
        except Unacceptable:
            return
        with found:
            assert url_of(found) == f"http://[::1]:{found.getsockname()[1]}"
            assert not is_open_to_others(found)
