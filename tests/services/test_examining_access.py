"""What `monitor doctor` says about how staff get in."""

from typing import Any

import pytest

from monitor.bootstrap import Program
from monitor.config import Config
from monitor.services import examining_access
from monitor.services.examining_access import examine_sign_in, examine_staff
from monitor.services.inviting import invite
from monitor.services.throttling import begin_try, make_try

HOSPITAL = {"issuer": "https://login.hospital.example"}


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({}, []),
        ({"sign_in": {"passwords": False}}, ["sign-in-closed"]),
        ({"sign_in": {"passwords": False, "oidc": HOSPITAL}}, []),
        ({"web": {"host": "0.0.0.0"}}, ["sign-in-not-private"]),
        ({"web": {"host": "0.0.0.0"}, "sign_in": {"passwords": False, "oidc": HOSPITAL}}, []),
        ({"web": {"public_url": "https://ward.example"}}, ["sign-in-proxy-unnamed"]),
        ({"web": {"public_url": "https://ward.example"}, "sign_in": {"trusted_proxies": ["127.0.0.1"]}}, []),
    ],
)
def test_the_settings_are_judged(settings: dict[str, Any], ids: list[str]) -> None:
    assert [one.id for one in examine_sign_in(Config.model_validate(settings))] == ids


def test_a_service_without_its_libraries_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining_access, "is_installed", lambda: False)
    found = list(examine_sign_in(Config.model_validate({"sign_in": {"oidc": HOSPITAL}})))
    assert [one.id for one in found] == ["sign-in-service-not-installed"]


def test_an_administrator_without_a_way_in_and_many_mistakes_are_found(program: Program) -> None:
    with program.writing("root-admin") as desk:
        assert [one.id for one in examine_staff(desk)] == ["administrator-without-sign-in"]
        invite(desk, program.config, "root-admin")
        assert list(examine_staff(desk)) == []
        for number in range(10):
            for _ in range(6):
                begin_try(desk.connection, make_try("ada", f"198.51.100.{number}"), desk.at)
        (found,) = examine_staff(desk)
    assert found.id == "sign-in-guessing"
    assert found.sentence.startswith("60 tries to sign in failed within a day, for 10 logins and addresses")
