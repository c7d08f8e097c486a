"""Telling: what patients may say about themselves; it decides nothing, and every word of it can be taken back."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from db import feeds, history, patients, tables
from db.facts import add_fact
from db.feeds import Wishes
from db.patients import Treatment
from monitor.render.site.names import Trouble
from monitor.services.changing import Change, change, lock
from monitor.services.desk import Desk
from schedules.errors import NotAllowed, NotFound, Unacceptable


class NotTold(Unacceptable):
    """What was said cannot be so; `trouble` says why, for a page that has words of its own."""

    def __init__(self, trouble: Trouble, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence, next_step)
        self.trouble = trouble


def clean_line(text: str) -> str:
    """One line without control characters, which could act in a terminal or turn the text round."""
    return " ".join("".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text).split())


def lock_treatments(desk: Desk, patient_id: int) -> Sequence[Treatment]:
    """All treatments of a patient, held until the transaction ends; whoever comes second sees what the first said."""
    found = patients.list_treatments(desk.connection, patient_id=patient_id)
    if not found:
        raise NotFound(f"There is no patient {patient_id} with a treatment in your clinics.")
    return [lock(desk, one.id) for one in found]


def follow_again(
    desk: Desk, treatments: Sequence[Treatment], act: str, enter: Callable[[], object], *, subject: str
) -> Change:
    """Enter a fact about the patient once, and let every treatment follow; the change of the latest one."""
    first, *others = treatments
    result = change(desk, first.id, act, enter, subject=subject)
    for other in others:
        result = change(desk, other.id, act, lambda: None, subject=subject)
    return result


# --- Wishes -----------------------------------------------------------------------------------------


def set_wishes(desk: Desk, patient_id: int, wishes: Wishes) -> None:
    """How calendars and page are to speak. Refuses (NotAllowed) while the clinic has locked these settings."""
    desk.require_writer("wishes")
    treatments = lock_treatments(desk, patient_id)
    known = feeds.get_wishes(desk.connection, patient_id)
    if known.is_locked:
        raise NotAllowed(
            "The clinic has fixed these settings.",
            "Call the clinic; it can change or unlock them (monitor feed unlock).",
        )
    _keep_wishes(desk, treatments[-1], patient_id, known, replace(wishes, is_locked=False), act="wishes")


def lock_wishes(desk: Desk, patient_id: int, locked: bool) -> None:
    """Fix the settings as they are, or leave them to the patient again; only staff may."""
    desk.require_writer()
    treatments = lock_treatments(desk, patient_id)
    known = feeds.get_wishes(desk.connection, patient_id)
    act = "wishes locked" if locked else "wishes unlocked"
    _keep_wishes(desk, treatments[-1], patient_id, known, replace(known, is_locked=locked), act=act)


def _keep_wishes(desk: Desk, treatment: Treatment, patient_id: int, known: Wishes, wanted: Wishes, *, act: str) -> None:
    """A new row and a line in the history; the same wishes again leave neither."""
    changed = _changed(known, wanted)
    if not changed:
        return
    values = {field.name: getattr(wanted, field.name) for field in fields(Wishes)}
    add_fact(desk.connection, tables.wish, patient_id, stamp=desk.stamp(), **values)
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=act, subject=", ".join(changed),
        clinic_id=treatment.clinic_id, treatment_id=treatment.id, details=changed,
    )  # fmt: skip


def _changed(known: Wishes, wanted: Wishes) -> Mapping[str, Any]:
    now = {field.name: getattr(wanted, field.name) for field in fields(Wishes)}
    return {
        name: value if isinstance(value, bool | None) else str(value)
        for name, value in now.items()
        if value != getattr(known, name)
    }
