"""Passwords: long ones are taken whatever they are made of, and what a stranger would guess is not."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from argon2 import PasswordHasher, extract_parameters

from db.credentials import find_credential
from db.engine import reading
from db.people import find_person
from monitor.bootstrap import Program
from monitor.services import passwords
from monitor.services.passwords import AT_ONCE, hash_password, is_outdated, is_right, refuse_weak, set_password
from schedules.errors import NotFound, Unacceptable

GOOD = "vier gelbe Tassen im Regen"
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_it_is_argon2id_with_nineteen_mebibytes_two_rounds_and_one_lane() -> None:
    made = extract_parameters(hash_password(GOOD))
    assert (made.type.name, made.memory_cost, made.time_cost, made.parallelism) == ("ID", 19 * 1024, 2, 1)


def test_the_right_password_is_right_and_others_are_not() -> None:
    made = hash_password(GOOD)
    assert is_right(made, GOOD)
    for wrong in ("", GOOD + " ", GOOD.upper(), "x" * 5000, "ü" * 400):
        assert not is_right(made, wrong)


def test_nobody_signs_in_without_a_hash_or_with_a_damaged_one() -> None:
    assert not is_right(None, "")
    assert not is_right(None, GOOD)
    assert not is_right("$argon2id$nonsense", GOOD)


def test_an_umlaut_is_the_same_from_every_keyboard() -> None:
    assert is_right(hash_password("Stra\u00dfe \u00fcber den Fluss"), "Stra\u00dfe u\u0308ber den Fluss")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elf Zeichen", "password-short"),
        ("x", "password-short"),
        ("ab" * 65, "password-long"),
        ("\U0001f339" * 120 + "abcdefg"[:7] + "hi", "password-long"),
        ("passwordpassword", "password-guessable"),
        ("Password1234", "password-guessable"),
        ("aaaaaaaaaaaaaaaaa", "password-guessable"),
        ("ada-ada-ada-ada", "password-guessable"),
        ("Ada Example 123", "password-guessable"),
        ("example12345", "password-guessable"),
    ],
)
def test_what_a_stranger_would_guess_is_refused(password: str, code: str) -> None:
    with pytest.raises(Unacceptable) as refusal:
        refuse_weak(password, login="ada", name="Ada Example")
    assert refusal.value.code == code


@pytest.mark.parametrize("password", [GOOD, "nur kleine buchstaben", "98247150362947", "Adapter unter dem Tisch"])
def test_what_it_is_made_of_does_not_matter(password: str) -> None:
    refuse_weak(password, login="ada", name="Ada Example")


def test_a_hash_of_other_parameters_is_outdated() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD))
    assert not is_outdated(hash_password(GOOD))


def test_no_more_than_two_hashes_are_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    going, most, lock = 0, 0, Lock()
    hasher = passwords._hasher

    class Watched:
        """Counts who is inside."""

        def verify(self, against: str, password: str) -> bool:
            nonlocal going, most
            with lock:
                going += 1
                most = max(most, going)
            try:
                return hasher.verify(against, password)
            finally:
                with lock:
                    going -= 1

    made = hash_password(GOOD)
    monkeypatch.setattr(passwords, "_hasher", Watched())
    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda _: is_right(made, GOOD), range(24)))
    assert 1 <= most <= AT_ONCE


def test_whoever_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    with passwords._turn(), passwords._turn(), pytest.raises(passwords.TooBusy):
        is_right(None, GOOD)
    assert is_right(hash_password(GOOD), GOOD)


def test_a_password_is_set_and_replaced(program: Program) -> None:
    with program.writing("root-admin") as desk:
        ada = find_person(desk.connection, "ada")
        assert ada is not None
        set_password(desk.connection, ada.id, GOOD, desk.at)
        set_password(desk.connection, ada.id, "another long enough one", desk.at)
    with reading(program.engine) as connection:
        found = find_credential(connection, ada.id)
    assert found is not None
    assert is_right(found.password_hash, "another long enough one")
    assert not is_right(found.password_hash, GOOD)


@SQLITE
def test_a_weak_one_and_one_for_nobody_are_refused(program: Program) -> None:
    with program.writing("root-admin") as desk:
        with pytest.raises(Unacceptable):
            set_password(desk.connection, desk.actor.id, "root-admin-root-admin", desk.at)
        with pytest.raises(NotFound):
            set_password(desk.connection, 10**6, GOOD, desk.at)
        assert find_credential(desk.connection, desk.actor.id) is None
