"""Letters: what an administrator sees of the outbox, and does about what did not arrive."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from db import history, outbox, patients
from db.letters import LetterState
from db.outbox import KeptLetter
from monitor.services.desk import Desk
from schedules.errors import NotFound, Unacceptable

CONFIRMATION = "confirmation"
"""Its code proves that somebody reads the mailbox; an administrator who saw it could prove it in their place."""


def list_letters(desk: Desk, *, days: int, states: Collection[LetterState] = ()) -> Sequence[KeptLetter]:
    """Those of the person's clinics that were planned in the last so many days, the newest first."""
    desk.require_admin()
    found = outbox.list_letters(desk.connection, planned_from=desk.at - timedelta(days=days), states=states)
    return [one for one in found if desk.may_see(one.clinic_id)]


def get_letter(desk: Desk, letter_id: int) -> KeptLetter:
    """Refuses (NotFound) a number that no letter of the person's clinics has."""
    desk.require_admin()
    found = outbox.find_letter(desk.connection, letter_id)
    if found is None or not desk.may_see(found.clinic_id):
        raise NotFound(f"There is no letter {letter_id}.", "`monitor letter list` shows them.")
    return found


def is_secret(letter: KeptLetter) -> bool:
    """Whether the text is its reader's alone: no page shows it, and no command."""
    return letter.kind == CONFIRMATION


def is_kept(desk: Desk, letter_id: int) -> bool:
    """Whether the record holds the text, which may never have been written, or be kept no longer."""
    return outbox.find_body(desk.connection, get_letter(desk, letter_id).id) is not None


def find_body(desk: Desk, letter_id: int) -> bytes | None:
    """The message, byte for byte; None where its text is not kept or its reader's alone."""
    found = get_letter(desk, letter_id)
    return None if is_secret(found) else outbox.find_body(desk.connection, found.id)


def count_named(desk: Desk, text: str) -> int:
    """How many patients of the person's clinics a letter names by their references, for the access log."""
    known = patients.list_treatments(desk.connection, clinic_ids=sorted(desk.actor.clinic_ids))
    return len({one.reference for one in known if one.reference in text})


def get_body(desk: Desk, letter_id: int) -> bytes:
    """The message, byte for byte. Refuses (NotFound) where its text is not kept any more, and (Unacceptable) where it
    is its reader's alone."""
    found = get_letter(desk, letter_id)
    if is_secret(found):
        raise Unacceptable(
            f"The text of letter {letter_id} is for {found.login} alone.",
            "It holds a code that proves who reads the mailbox. `monitor recipient resend-code` sends another.",
            code="letter-secret",
        )
    return _get_kept(desk, found)


def _get_kept(desk: Desk, found: KeptLetter) -> bytes:
    body = outbox.find_body(desk.connection, found.id)
    if body is None:
        why = (
            "was never written"
            if found.state is LetterState.SKIPPED
            else "is kept no longer (digest.keep_letters_days)"
        )
        raise NotFound(f"The text of letter {found.id} {why}.", _why_skipped(found), code="letter-empty")
    return body


def send_again(desk: Desk, letter_id: int, *, reason: str | None = None) -> KeptLetter:
    """Plan a letter that has ended once more: the same bytes under the same Message-ID."""
    found = get_letter(desk, letter_id)
    if found.state not in outbox.ENDED:
        next_step = _why_skipped(found) or "It goes out by itself."
        raise Unacceptable(
            f"Letter {letter_id} is {found.state} and cannot be sent again.", next_step, code="letter-not-ended"
        )
    _get_kept(desk, found)
    outbox.plan_again(desk.connection, letter_id, desk.at)
    _keep(desk, "letter send", found, reason)
    return found


def _why_skipped(found: KeptLetter) -> str:
    if found.state is not LetterState.SKIPPED:
        return ""
    return f"Nothing was ever made of it: {found.fault or 'no reason is known'}."


def settle(desk: Desk, letter_id: int, *, reason: str) -> KeptLetter:
    """Say that a letter which did not arrive is dealt with, and why; it is complained about no more."""
    found = get_letter(desk, letter_id)
    if not reason.strip():
        raise Unacceptable("Why the letter is dealt with was not said.", "Say it with --reason.")
    if found.state not in outbox.UNDELIVERED:
        raise Unacceptable(
            f"Letter {letter_id} is {found.state}: there is nothing to settle.",
            "Only letters that are dead or unknown are settled.",
            code="letter-arrived",
        )
    if not outbox.settle(desk.connection, letter_id, desk.at):
        raise Unacceptable(
            f"Letter {letter_id} was settled before.", "`monitor letter list` shows what is open.",
            code="letter-settled",
        )  # fmt: skip
    _keep(desk, "letter settle", found, reason.strip())
    return found


def _keep(desk: Desk, act: str, letter: KeptLetter, reason: str | None) -> None:
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act,
        subject=f"letter {letter.id}: {letter.key}"[:200],
        reason=reason, clinic_id=letter.clinic_id,
    )  # fmt: skip
