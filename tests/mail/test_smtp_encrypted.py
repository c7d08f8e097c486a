"""SMTP with a real server: encrypted, the certificate verified, signed in."""

import os
import ssl
from pathlib import Path

import pytest

from monitor.mail.delivering import NotTaken
from monitor.mail.smtp import SmtpMailer
from tests.mail.conftest import SENDER, TO
from tests.mail.receiving import make_certificate, receiving

LOGIN = ("monitor", "a long invented password")


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    made = make_certificate(tmp_path_factory.mktemp("certificate"))
    if made is None:
        reason = "openssl is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return made


@pytest.fixture
def trusted(certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """As in a hospital with an authority of its own: the system trusts it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certified[0]))
    return certified[1]


def deliver(mailer: SmtpMailer, letter: bytes) -> None:
    mailer.deliver(letter, SENDER, TO, before_data=lambda: None)


def test_starttls_and_a_sign_in(letter: bytes, trusted: ssl.SSLContext) -> None:
    with receiving(starttls=trusted, login=LOGIN) as post:
        deliver(SmtpMailer("localhost", post.port, "starttls", *LOGIN), letter)
        (got,) = post.letters
    assert (got.mail_from, got.rcpt_tos, got.original_content) == (SENDER, [TO], letter)


def test_encrypted_from_the_first_byte(letter: bytes, trusted: ssl.SSLContext) -> None:
    with receiving(tls=trusted) as post:
        deliver(SmtpMailer("localhost", post.port, "tls"), letter)
        assert [one.original_content for one in post.letters] == [letter]


def test_a_wrong_password_sends_nothing(letter: bytes, trusted: ssl.SSLContext) -> None:
    with receiving(starttls=trusted, login=LOGIN) as post:
        with pytest.raises(NotTaken, match=r"^AUTH: 535") as caught:
            deliver(SmtpMailer("localhost", post.port, "starttls", "monitor", "wrong"), letter)
        assert post.letters == []
    assert caught.value.concerns_all


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_sends_nothing(letter: bytes, certified, security) -> None:
    context = certified[1]
    with receiving(**{security: context}) as post:
        with pytest.raises(NotTaken, match=r"its certificate is not valid: self.signed certificate"):
            deliver(SmtpMailer("localhost", post.port, security), letter)
        assert post.letters == []


def test_a_certificate_for_another_name_sends_nothing(letter: bytes, trusted: ssl.SSLContext) -> None:
    with receiving(tls=trusted) as post:
        with pytest.raises(NotTaken, match=r"its certificate is not valid: IP address mismatch"):
            deliver(SmtpMailer("127.0.0.1", post.port, "tls"), letter)
        assert post.letters == []
