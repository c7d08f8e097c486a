"""SMTP: whatever a server does at whichever point, it is known whether the letter was taken, refused or neither."""

import socket

import pytest

from monitor.mail.delivering import NotTaken, Refused, Uncertain
from monitor.mail.smtp import SmtpMailer
from tests.mail.conftest import SENDER, TO
from tests.mail.scripted import STAGES, scripted

BEFORE = ("connect", "EHLO")
ABOUT_THE_LETTER = ("MAIL", "RCPT", "DATA")
BROKEN = ("reset", "close", "stall", "drip", "garbage")


def outcome_of(stage: str, act: str) -> tuple[type[Exception] | None, bool | None]:
    """What the promise says: which failure, and whether the next letter would fare no better."""
    if stage == "QUIT":
        return None, None
    if act in BROKEN:
        return (Uncertain, None) if stage == "dot" else (NotTaken, True)
    if stage in BEFORE:
        return NotTaken, True
    return (Refused, None) if act.startswith("5") else (NotTaken, act.startswith("421"))


def deliver(port: int, letter: bytes, **options) -> list[str]:
    """What happened on the way, or the failure."""
    said: list[str] = []
    mailer = SmtpMailer("127.0.0.1", port, "none", **{"timeout_seconds": 0.3} | options)
    mailer.deliver(letter, SENDER, TO, before_data=lambda: said.append("handed off"))
    return said


@pytest.mark.parametrize("act", ["421 going down", "450 later", "550 never", *BROKEN])
@pytest.mark.parametrize("stage", STAGES)
def test_every_failure_is_told_apart(letter: bytes, stage: str, act: str) -> None:
    """A server that stalls or drips would hold a mailer without one deadline for ever."""
    failure, concerns_all = outcome_of(stage, act)
    with scripted(stage, act) as server:
        if failure is None:
            assert deliver(server.port, letter) == ["handed off"]
            assert server.taken == [letter]
            return
        with pytest.raises(failure) as caught:
            deliver(server.port, letter)
        assert server.taken == []
        assert server.whole == ([letter] if stage == "dot" else [])
    if isinstance(caught.value, NotTaken):
        assert caught.value.concerns_all is concerns_all
    if act[0].isdigit():
        assert f": {act}" in str(caught.value)


@pytest.mark.parametrize(("stage", "expected"), [("MAIL", []), ("RCPT", []), ("DATA", ["handed off"])])
def test_handing_off_comes_just_before_the_letter(letter: bytes, stage: str, expected: list[str]) -> None:
    said: list[str] = []
    with scripted(stage, "450 later") as server, pytest.raises(NotTaken):
        SmtpMailer("127.0.0.1", server.port, "none", timeout_seconds=5).deliver(
            letter, SENDER, TO, before_data=lambda: said.append("handed off")
        )
    assert said == expected


def test_nothing_goes_out_if_the_handing_off_fails(letter: bytes) -> None:
    def fail() -> None:
        raise LookupError("the lease is lost")

    with scripted() as server:
        with pytest.raises(LookupError):
            SmtpMailer("127.0.0.1", server.port, "none", timeout_seconds=5).deliver(
                letter, SENDER, TO, before_data=fail
            )
        assert "DATA" not in server.verbs


def test_a_letter_arrives_byte_for_byte_with_its_dots(letter: bytes) -> None:
    assert b"\r\n.\r\n" in letter
    with scripted() as server:
        deliver(server.port, letter, timeout_seconds=10)
        assert server.taken == [letter]


def test_a_letter_that_the_server_finds_too_long_is_refused_before_it_goes_out(letter: bytes) -> None:
    with scripted("MAIL", "552 too big", extensions=(b"SIZE 100",)) as server:
        with pytest.raises(Refused, match=r"MAIL: 552 too big"):
            deliver(server.port, letter)
        assert server.whole == []


def test_a_server_that_wants_a_sign_in_says_nothing_about_the_letter(letter: bytes) -> None:
    with scripted("MAIL", "530 5.7.0 Authentication required") as server, pytest.raises(NotTaken) as caught:
        deliver(server.port, letter)
    assert caught.value.concerns_all


def test_nobody_listens(letter: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotTaken, match=r"^connecting: Connection refused$"):
        deliver(port, letter)


@pytest.mark.parametrize("host", ["mail.invalid", "mail..example"])
def test_a_host_that_nobody_knows(letter: bytes, host: str) -> None:
    with pytest.raises(NotTaken, match=r"^connecting: its name is not known$"):
        SmtpMailer(host, 25, "none", timeout_seconds=5).deliver(letter, SENDER, TO, before_data=lambda: None)


@pytest.mark.parametrize("to", ["ädä@hospital.example", "a b@hospital.example", "a@b.example\r\nRCPT TO:<c@d.example>"])
def test_an_address_that_servers_do_not_take_is_refused(letter: bytes, to: str) -> None:
    with scripted() as server:
        with pytest.raises(Refused, match=r"the address of the recipient holds characters"):
            SmtpMailer("127.0.0.1", server.port, "none", timeout_seconds=5).deliver(
                letter, SENDER, to, before_data=lambda: None
            )
        assert server.verbs == []


def test_a_fault_names_no_address_and_is_short(letter: bytes) -> None:
    with (
        scripted("RCPT", f"550 5.1.1 <{TO}>: nobody\x07 here " + "x" * 500) as server,
        pytest.raises(Refused) as caught,
    ):
        deliver(server.port, letter)
    fault = caught.value.fault
    assert fault.startswith("RCPT: 550 5.1.1 …: nobody here xxx")
    assert TO not in fault
    assert len(fault) <= 200


def test_starttls_that_is_not_offered_is_a_clear_fault(letter: bytes) -> None:
    with scripted() as server, pytest.raises(NotTaken, match=r"STARTTLS: the server does not offer it") as caught:
        SmtpMailer("127.0.0.1", server.port, "starttls", timeout_seconds=5).deliver(
            letter, SENDER, TO, before_data=lambda: None
        )
    assert caught.value.concerns_all


@pytest.mark.parametrize("reply", ["454 not now", "stall", "220 go ahead"])
def test_starttls_that_comes_to_nothing_sends_nothing(letter: bytes, reply: str) -> None:
    with scripted("STAR", reply, extensions=(b"STARTTLS",)) as server:
        with pytest.raises(NotTaken, match=r"STARTTLS"):
            SmtpMailer("127.0.0.1", server.port, "starttls", timeout_seconds=0.3).deliver(
                letter, SENDER, TO, before_data=lambda: None
            )
        assert "MAIL" not in server.verbs


def test_a_refused_sign_in_tells_neither_user_nor_password(letter: bytes) -> None:
    with scripted("AUTH", "535 no hunter2 for monitor-user aHVudGVyMg==", extensions=(b"AUTH PLAIN",)) as server:
        with pytest.raises(NotTaken) as caught:
            deliver(server.port, letter, user="monitor-user", password="hunter2")
        assert "MAIL" not in server.verbs
    assert caught.value.fault == "AUTH: 535 no … for … …"
    assert caught.value.concerns_all


def test_a_password_with_other_characters_is_a_fault_without_it(letter: bytes) -> None:
    with scripted(extensions=(b"AUTH PLAIN",)) as server, pytest.raises(NotTaken, match=r"other than ASCII") as caught:
        deliver(server.port, letter, user="monitor", password="geheimnisvöll")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "geheim" not in repr(SmtpMailer("h", 25, "none", "monitor", "geheimnisvöll"))
