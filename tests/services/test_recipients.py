"""Who gets the digest: nobody unconfirmed, never nobody, and no secret in clear in the record."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text

from db import tables
from db.engine import reading
from db.facts import list_trail
from db.letters import Letter, add_letter, claim_letters, end_letter, hand_off
from db.letters import LetterState as State
from db.people import Clinic, find_person
from db.recipients import find_recipient
from db.recipients import list_recipients as stored_recipients
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.services import people
from monitor.services.confirming import (
    CONFIRM,
    LEAVE,
    LETTERS,
    MOST_TRIES,
    confirm,
    confirm_by_link,
    confirm_token,
    find_by_token,
    hash_code,
    link_of,
    new_code,
    resend_code,
    token_to_leave,
)
from monitor.services.desk import Desk
from monitor.services.recipients import (
    Choices,
    add_recipient,
    change_recipient,
    leave,
    leave_token,
    list_recipients,
)
from schedules.errors import Conflict, NotAllowed, NotFound, Refusal, Unacceptable
from tests.recipients import CODE, add, add_confirmed, latest_code, mails, text_of

DeskOf = Callable[[str], AbstractContextManager[Desk]]
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def is_confirmed(program: Program, login: str) -> bool:
    with program.reading("root-admin") as desk:
        return next(one.is_confirmed for one in stored_recipients(desk.connection) if one.login == login)


def change(program: Program, login: str, **choices: object) -> bool:
    with program.writing("root-admin") as desk:
        return change_recipient(desk, program.config, login, Choices(**choices))[1]  # type: ignore[arg-type]


# --- Adding -------------------------------------------------------------------------------------------


def test_a_recipient_gets_all_clinics_that_the_person_sees_and_waits_for_confirmation(program: Program) -> None:
    added = add(program, "dora", "south", language="de", is_weekly=True, is_physician=True)
    assert (added.clinic_id, sorted(added.clinic_ids), added.language) == ("south", ["north", "south"], "de")
    assert (added.is_weekly, added.attaches_worklist, added.is_physician, added.is_confirmed) == (
        True, False, True, False,
    )  # fmt: skip
    [mail] = mails(program.engine)
    assert mail["To"] == "dora@hospital.example"
    assert "dora" in text_of(mail)
    assert "/r/" not in text_of(mail), "an address of this machine is no link for a mail"


@pytest.mark.parametrize(
    ("login", "choices", "refusal", "said"),
    [
        ("nobody", {}, NotFound, "There is nobody"),
        ("(patient)", {}, NotFound, "There is nobody"),
        ("(program)", {}, NotFound, "There is nobody"),
        ("ada", {"home": "west"}, Unacceptable, "not among the clinics"),
        ("ada", {"clinics": ["nort"]}, NotFound, "Did you mean 'north'?"),
        ("ada", {"clinics": ["west"]}, NotFound, "sees no clinic 'west'"),
        ("dora", {"clinics": ["south"]}, Unacceptable, "not among the clinics"),
        ("ada", {"is_physician": True}, Unacceptable, "no clinician"),
        ("root-admin", {"is_physician": True}, Unacceptable, "no clinician"),
    ],
)
@SQLITE
def test_what_cannot_be_is_refused(
    program: Program, login: str, choices: dict[str, object], refusal: type[Refusal], said: str
) -> None:
    wanted = Choices(**{"address": "a@b.example", "home": "north", **choices})  # type: ignore[arg-type]
    with pytest.raises(refusal) as no, program.writing("root-admin") as desk:
        add_recipient(desk, program.config, login, wanted)
    assert said in str(no.value)
    assert mails(program.engine) == []


@SQLITE
def test_only_an_administrator_enters_recipients_and_each_person_once(program: Program) -> None:
    add(program, "ada")
    for by, refusal in (("ada", NotAllowed), ("dora", NotAllowed), ("root-admin", Conflict)):
        with pytest.raises(refusal), program.writing(by) as desk:
            add_recipient(desk, program.config, "ada", Choices("a@b.example", "north"))


ADDRESSES = ["ward@hospital.example", "a.b+c@mail", "o'neill@x-y.example.org", f"{'a' * 64}@b.example"]
NO_ADDRESSES = [
    "", "station", "@b.example", "a@", "a b@c.example", "a@b@c.example", "Ada <a@b.example>",
    "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "ä@b.example", "a@bü.example",
    ".a@b.example", "a..b@c.example", "a@-b.example",
    "a@b..example", f"{'a' * 65}@b.example", f"a@{'b' * 253}", '"a b"@c.example', "a@[127.0.0.1]", "a@b.example.",
]  # fmt: skip


@SQLITE
@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_plain_address_is_refused_and_not_repeated(program: Program, address: str) -> None:
    with pytest.raises(Unacceptable, match="no mail address") as no:
        add(program, "ada", address=address)
    assert address == "" or address not in str(no.value)


@SQLITE
@pytest.mark.parametrize("address", ADDRESSES)
def test_plain_addresses_are_taken_and_several_people_may_share_one(program: Program, address: str) -> None:
    assert add(program, "ada", address=f" {address} ").address == address
    add_confirmed(program, "bea", address=address)
    assert not is_confirmed(program, "ada"), "each confirms for themselves"


# --- Codes --------------------------------------------------------------------------------------------


@SQLITE
def test_a_code_is_long_and_cannot_be_misread_and_is_nowhere_in_the_record_but_in_the_mail(program: Program) -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(CODE.fullmatch(code) for code in codes)
    assert not set("IO0L1") & set(LETTERS)
    add_confirmed(program, "ada")
    code = latest_code(program.engine)
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.recipient)).all()
        kept = str(rows) + str(connection.execute(select(tables.history)).all())
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert rows[0].code_sha256 == hash_code(code)
    assert "hospital.example" not in str(kept.partition("history")[2])


def test_the_code_of_the_mail_confirms_however_it_is_typed(program: Program, desk_of: DeskOf) -> None:
    add(program, "ada")
    typed = f" {latest_code(program.engine).lower().replace('-', ' ')} "
    with desk_of("bea") as desk:
        assert confirm(desk, "ada", typed)
    assert is_confirmed(program, "ada")
    with pytest.raises(Conflict, match="confirmed already"), desk_of("ada") as desk:
        confirm(desk, "ada", typed)


def test_wrong_codes_are_counted_until_even_the_right_one_is_refused(program: Program, desk_of: DeskOf) -> None:
    add(program, "ada")
    code = latest_code(program.engine)
    for _ in range(MOST_TRIES):
        with desk_of("ada") as desk:
            assert not confirm(desk, "ada", "AAAA-AAAA-AAAA")
    with pytest.raises(Unacceptable, match="wrong codes"), desk_of("ada") as desk:
        confirm(desk, "ada", code)
    with desk_of("ada") as desk:
        resend_code(desk, program.config, "ada")
    with desk_of("ada") as desk:
        assert not confirm(desk, "ada", code), "the old code counts no more"
    with desk_of("ada") as desk:
        assert confirm(desk, "ada", latest_code(program.engine))


@SQLITE
def test_a_code_holds_for_fourteen_days_whatever_else_is_changed(
    program: Program, clock: FixedClock, desk_of: DeskOf
) -> None:
    add(program, "ada")
    code = latest_code(program.engine)
    clock.advance(timedelta(days=13))
    assert not change(program, "ada", is_weekly=True)
    assert len(mails(program.engine)) == 1, "another choice asks nothing again"
    clock.advance(timedelta(days=1, seconds=1))
    with pytest.raises(Unacceptable, match="too old"), desk_of("ada") as desk:
        confirm(desk, "ada", code)
    with pytest.raises(NotAllowed), desk_of("bea") as desk:
        resend_code(desk, program.config, "ada")
    with desk_of("ada") as desk:
        resend_code(desk, program.config, "ada")
    with desk_of("ada") as desk:
        assert confirm(desk, "ada", latest_code(program.engine))
    with pytest.raises(Conflict), desk_of("ada") as desk:
        resend_code(desk, program.config, "ada")


# --- Changing and leaving -----------------------------------------------------------------------------


def test_another_address_is_confirmed_anew_and_an_old_one_never_comes_back_by_itself(program: Program) -> None:
    add_confirmed(program, "ada")
    add_confirmed(program, "bea")
    assert change(program, "ada", address="new@hospital.example")
    assert not is_confirmed(program, "ada")
    assert mails(program.engine)[-1]["To"] == "new@hospital.example"
    assert change(program, "ada", address="ada@hospital.example")
    assert not is_confirmed(program, "ada"), "somebody else may read that mailbox by now"


def test_other_choices_leave_the_address_confirmed_and_the_links_of_earlier_mails_open(program: Program) -> None:
    before = add_confirmed(program, "ada")
    add_confirmed(program, "bea")
    assert not change(program, "ada", language="de", attaches_worklist=True)
    assert is_confirmed(program, "ada")
    with program.reading("ada") as desk:
        found = find_by_token(desk.connection, token_to_leave(before), LEAVE, desk.at)
        assert found is not None
        assert (found.login, found.language, found.id) == ("ada", "de", before.id + 2)
    with pytest.raises(Unacceptable, match="Nothing would change"):
        change(program, "ada", language="de")


def test_the_last_confirmed_recipient_of_a_clinic_stays_whoever_wishes_otherwise(program: Program) -> None:
    add_confirmed(program, "dora", "north")
    add_confirmed(program, "ada")
    add(program, "root-admin", "west")
    for by in ("dora", "root-admin"):
        with pytest.raises(Conflict) as no, program.writing(by) as desk:
            leave(desk, "dora", reason="wants to")
        assert "last confirmed recipient of south" in str(no.value)
        assert "monitor recipient add" in no.value.next_step
    with pytest.raises(Conflict, match="of south"):
        change(program, "dora", address="other@hospital.example")
    with pytest.raises(Conflict, match="of south"):
        change(program, "dora", clinics=["north"])
    with program.reading("dora") as desk:
        everybody = {one.login: one for one in stored_recipients(desk.connection)}
        assert leave_token(desk.connection, everybody["dora"]) is None
        assert leave_token(desk.connection, everybody["ada"]) == token_to_leave(everybody["ada"])
    with program.writing("root-admin") as desk:
        assert confirm(desk, "root-admin", latest_code(program.engine))
    with program.writing("dora") as desk:
        leave(desk, "dora", reason="wants to")
        assert find_recipient(desk.connection, everybody["dora"].person_id) is None


def test_who_left_and_comes_back_confirms_anew(program: Program) -> None:
    add_confirmed(program, "ada")
    add_confirmed(program, "bea")
    with program.writing("ada") as desk:
        leave(desk, "ada", reason="parental leave")
    assert not add(program, "ada").is_confirmed


@SQLITE
def test_nobody_else_takes_a_person_off_and_a_reason_is_asked(program: Program) -> None:
    add_confirmed(program, "ada")
    add_confirmed(program, "bea")
    with pytest.raises(NotAllowed), program.writing("bea") as desk:
        leave(desk, "ada", reason="annoying")
    with pytest.raises(Unacceptable, match="reason"), program.writing("ada") as desk:
        leave(desk, "ada", reason=" ")


def test_of_the_last_two_who_leave_at_once_one_stays(program: Program) -> None:
    add_confirmed(program, "ada")
    add_confirmed(program, "bea")
    ready, refused = Barrier(2), []

    def go(login: str) -> None:
        ready.wait(10)
        try:
            with program.writing(login) as desk:
                leave(desk, login, reason="holidays for good")
        except Conflict:
            refused.append(login)

    threads = [Thread(target=go, args=[login]) for login in ("ada", "bea")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(refused) == 1
    with program.reading("root-admin") as desk:
        assert [one.login for one in stored_recipients(desk.connection)] == refused


def test_everything_stands_in_the_history_and_no_address_does(program: Program) -> None:
    add_confirmed(program, "ada")
    add_confirmed(program, "bea")
    change(program, "ada", is_weekly=True, address="new@hospital.example")
    with program.writing("ada") as desk:
        leave(desk, "ada", reason="moves")
    with reading(program.engine) as connection:
        rows = connection.execute(select(tables.history).order_by(tables.history.c.id)).all()
        person = find_person(connection, "ada")
        assert person is not None
        trail = list_trail(connection, tables.recipient, person.id)
    own = [(row.act, row.subject) for row in rows if row.act.startswith("recipient") and "ada" in row.subject]
    assert own == [
        ("recipient add", "ada: north, home north, en"),
        ("recipient confirm", "ada: by the code"),
        ("recipient change", "ada: north, home north, en, weekly, another address"),
        ("recipient leave", "ada"),
    ]
    assert "@" not in str([(row.subject, row.reason, row.details) for row in rows])
    assert [row["is_void"] for row in trail] == [False, False, True]


# --- Looking ------------------------------------------------------------------------------------------


def test_cy_sees_nothing_of_other_clinics(program: Program) -> None:
    add_confirmed(program, "ada")
    add_confirmed(program, "root-admin")
    with program.reading("cy") as desk:
        assert [(one.recipient.login, one.clinic_ids) for one in list_recipients(desk)] == [("root-admin", ["west"])]
        with pytest.raises(NotFound):
            leave(desk, "ada", reason="curious")
        with pytest.raises(NotFound):
            confirm(desk, "ada", "AAAA-AAAA-AAAA")
    with program.reading("bea") as desk:
        found = [(one.recipient.login, one.clinic_ids) for one in list_recipients(desk)]
        assert found == [("ada", ["north"]), ("root-admin", ["north"])]


def test_the_list_says_when_a_letter_was_last_sent(program: Program, clock: FixedClock) -> None:
    ada = add_confirmed(program, "ada")
    with program.writing("root-admin") as desk:
        claimed = claim_letters(desk.connection, at=desk.at, claim="test", most=10)
        assert hand_off(desk.connection, claimed[0], desk.at)
        assert end_letter(desk.connection, claimed[0], State.SENT, desk.at)
        letter = Letter("daily/x", "daily", ada.person_id, "north", desk.today["north"], ada.address, "x", "<x>", b"x")
        assert add_letter(desk.connection, letter, desk.at)
    clock.advance(timedelta(days=1))
    with program.reading("root-admin") as desk:
        [listed] = list_recipients(desk)
    assert listed.sent_at == clock.now() - timedelta(days=1)


def test_a_clinic_that_the_person_no_longer_sees_is_in_no_digest_of_theirs(program: Program) -> None:
    add_confirmed(program, "dora", "north")
    with program.writing("root-admin") as desk:
        desk.connection.execute(
            text("DELETE FROM person_clinic WHERE clinic_id = 'south' AND person_id = :id"),
            {"id": find_person(desk.connection, "dora").id},  # type: ignore[union-attr]
        )
        found = next(one for one in stored_recipients(desk.connection) if one.login == "dora")
    assert (sorted(found.clinic_ids), sorted(found.chosen_ids)) == (["north"], ["north", "south"])


# --- Links --------------------------------------------------------------------------------------------


def test_a_link_follows_from_the_row_and_its_purpose_and_from_nothing_else(program: Program) -> None:
    ada, bea = add(program, "ada"), add(program, "bea")
    tokens = {confirm_token(ada), token_to_leave(ada), confirm_token(bea), token_to_leave(bea)}
    assert len({one.partition(".")[2] for one in tokens}) == 4
    with program.reading("ada") as desk:
        for token in tokens:
            for purpose in (CONFIRM, LEAVE):
                found = find_by_token(desk.connection, token, purpose, desk.at)
                right = {confirm_token(ada): ("ada", CONFIRM), token_to_leave(ada): ("ada", LEAVE),
                         confirm_token(bea): ("bea", CONFIRM), token_to_leave(bea): ("bea", LEAVE)}[token]  # fmt: skip
                assert (found is not None) == (purpose == right[1])
                assert found is None or found.login == right[0]
        mac = confirm_token(ada).partition(".")[2]
        for made_up in (f"{bea.id}.{mac}", f"999999999.{mac}", f"9999999999.{mac}", f"{ada.id}.{'A' * 43}", mac, ""):
            assert find_by_token(desk.connection, made_up, CONFIRM, desk.at) is None


def test_a_link_ends_with_a_new_code_and_with_leaving(program: Program, clock: FixedClock) -> None:
    ada = add(program, "ada")
    with program.writing("ada") as desk:
        renewed = resend_code(desk, program.config, "ada")
        assert find_by_token(desk.connection, confirm_token(ada), CONFIRM, desk.at) is None
        assert find_by_token(desk.connection, confirm_token(renewed), CONFIRM, desk.at) is not None
        too_late = desk.at + timedelta(days=14, seconds=1)
        assert find_by_token(desk.connection, confirm_token(renewed), CONFIRM, too_late) is None
        confirm_by_link(desk, renewed)
        confirm_by_link(desk, renewed)
        assert find_by_token(desk.connection, confirm_token(renewed), CONFIRM, too_late) is not None
        assert len(desk.connection.execute(select(tables.confirmation)).all()) == 1
    add_confirmed(program, "bea")
    with program.writing("ada") as desk:
        leave(desk, "ada", reason="by the link")
        assert find_by_token(desk.connection, token_to_leave(renewed), LEAVE, desk.at) is None


def test_a_link_stands_in_the_mail_only_where_others_can_open_it(program: Program) -> None:
    config = Config.model_validate({"web": {"public_url": "https://monitor.hospital.example"}})
    with program.writing("root-admin") as desk:
        added = add_recipient(desk, config, "ada", Choices("ada@hospital.example", "north", language="de"))
    link = link_of(config, confirm_token(added), CONFIRM)
    assert link == f"https://monitor.hospital.example/r/{confirm_token(added)}/confirm"
    [mail] = mails(program.engine)
    assert link in text_of(mail)
    assert mail["Subject"] == "Bitte bestätigen Sie diese Adresse für die Nachsorge-Übersicht"
    assert link_of(program.config, confirm_token(added), CONFIRM) is None


@SQLITE
def test_a_new_clinic_is_nobodys_until_somebody_is_told(program: Program) -> None:
    add_confirmed(program, "root-admin")
    with program.writing("root-admin") as desk:
        people.add_clinic(desk, Clinic("east", "East Clinic (invented)", "Europe/Berlin", "DE"))
        [found] = stored_recipients(desk.connection)
    assert "east" not in found.clinic_ids, "what was chosen holds; the doctor names the clinic without recipients"
