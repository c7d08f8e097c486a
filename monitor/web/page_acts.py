"""Page acts: what each form of a patient's page does, and how a refusal is said on the page it came from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from db.feeds import Address, get_wishes
from monitor.render.site.values import Field, FieldTrouble, Told, Trouble
from monitor.render.texts import LANGUAGES
from monitor.services.addresses import add_calendar_from_page, end_calendar_from_page
from monitor.services.desk import Desk
from monitor.services.patient_choices import show_wishes, wishes_from
from monitor.services.telling import NotTold, set_wishes
from monitor.services.telling_away import take_back_away, tell_away
from monitor.services.telling_done import LONGEST_PLACE, take_back_done, tell_done
from monitor.web.page_forms import Entered, NotUnderstood, Reader, read_wishes
from schedules.errors import NotAllowed, NotFound, Refusal, Unacceptable

LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """A form with the address that it came through; `number` is the entry that it wants removed."""

    desk: Desk
    page: Address
    patient_id: int
    token: str
    entered: Entered
    number: int = 0


Act = Callable[[Sent], Told]


def report_done(sent: Sent) -> Told:
    read, today = Reader(sent.entered), sent.desk.today[sent.page.clinic_id]
    visit_id = read.line(Field.VISIT, longest=64, missing=Trouble.VISIT_MISSING)
    done_on = read.day(Field.DONE_ON)
    if done_on and done_on > today:
        read.complain(Trouble.DAY_TO_COME, Field.DONE_ON)
    place = read.line(Field.PLACE, longest=LONGEST_PLACE)
    read.finish()
    assert done_on is not None
    tell_done(sent.desk, sent.patient_id, visit_id, done_on=done_on, place=place)
    return Told.DONE_REPORTED


def take_back_report(sent: Sent) -> Told:
    take_back_done(sent.desk, sent.patient_id, sent.number)
    return Told.DONE_TAKEN_BACK


def add_away(sent: Sent) -> Told:
    read, today = Reader(sent.entered), sent.desk.today[sent.page.clinic_id]
    from_on, until_on = read.day(Field.FROM_ON), read.day(Field.UNTIL_ON)
    if from_on is None and until_on and until_on < today:
        read.complain(Trouble.DAY_PAST, Field.UNTIL_ON)
    read.finish()
    assert from_on is not None
    assert until_on is not None
    tell_away(sent.desk, sent.patient_id, from_on, until_on)
    return Told.AWAY_ADDED


def remove_away(sent: Sent) -> Told:
    take_back_away(sent.desk, sent.patient_id, sent.number)
    return Told.AWAY_REMOVED


def save_settings(sent: Sent) -> Told:
    read, known = Reader(sent.entered), get_wishes(sent.desk.connection, sent.patient_id)
    wished = read_wishes(read, show_wishes(known, known.language or LANGUAGES[0]))
    if not known.is_locked:  # that it is locked matters more than what was sent
        read.finish()
    set_wishes(sent.desk, sent.patient_id, wishes_from(wished))
    return Told.SAVED


def make_calendar(sent: Sent) -> Told:
    read = Reader(sent.entered)
    label = read.line(Field.LABEL, longest=LONGEST_LABEL, missing=Trouble.LABEL_MISSING)
    if not read.ticked(Field.CONSENT):
        read.complain(Trouble.CONSENT_MISSING, Field.CONSENT)
    read.finish()
    try:
        add_calendar_from_page(sent.desk, sent.page, sent.token, label=label, consented=True)
    except Unacceptable as refusal:  # label and consent were seen to
        raise NotTold(Trouble.TOO_MANY, refusal.sentence, refusal.next_step) from None
    return Told.CALENDAR_MADE


def remove_calendar(sent: Sent) -> Told:
    end_calendar_from_page(sent.desk, sent.page, sent.number)
    return Told.CALENDAR_REMOVED


# --- Refusals -----------------------------------------------------------------------------------------

FIELD_OF: Mapping[Trouble, Field] = {
    Trouble.DAY_TO_COME: Field.DONE_ON,
    Trouble.DAY_TOO_EARLY: Field.DONE_ON,
    Trouble.VISIT_GONE: Field.VISIT,
    Trouble.ALREADY_REPORTED: Field.VISIT,
    Trouble.TOO_LONG: Field.PLACE,
    Trouble.DAY_TOO_FAR: Field.FROM_ON,
    Trouble.AWAY_OVERLAPS: Field.FROM_ON,
    Trouble.UNTIL_BEFORE_FROM: Field.UNTIL_ON,
    Trouble.DAY_PAST: Field.UNTIL_ON,
    Trouble.TOO_LONG_AWAY: Field.UNTIL_ON,
}


def say_refusal(refusal: Refusal) -> tuple[int, Sequence[FieldTrouble]]:
    """The status and what the page says; the sentence of a refusal is for staff and stays here."""
    match refusal:
        case NotUnderstood():
            return 422, refusal.troubles
        case NotTold():
            return 422, [FieldTrouble(refusal.trouble, FIELD_OF.get(refusal.trouble))]
        case NotAllowed():
            return 403, [FieldTrouble(Trouble.LOCKED)]
        case NotFound():
            return 409, [FieldTrouble(Trouble.GONE)]
        case _:
            return 409, [FieldTrouble(Trouble.NOT_SAVED)]
