"""Preferring: where and on which weekdays a patient would rather come, and whom a letter about them goes to."""

from db import tables
from db.dossiers import Preference, get_dossier
from db.facts import add_fact, list_facts
from monitor.services.changing import Change
from monitor.services.desk import Desk
from monitor.services.telling import follow_again, lock_treatments
from schedules.errors import Conflict, Unacceptable

LONGEST_PLACE, LONGEST_ADDRESS = 200, 500


def prefer(desk: Desk, patient_id: int, wanted: Preference) -> Change:
    """What suits the patient from now on, for all treatments. It moves suggested days inside their windows alone.

    Refuses weekdays that no week has, texts that are too long, and (Conflict) what stands there already.
    """
    desk.require_writer()
    treatments = lock_treatments(desk, patient_id)
    _refuse_impossible(wanted)
    known = get_dossier(desk.connection, treatments[-1].id).preference
    if wanted == known:
        raise Conflict("This stands there already.", "Nothing needs to be done.", code="preference-same")
    rows = list_facts(desk.connection, tables.preference, [patient_id]).get(patient_id, [])

    def enter() -> None:
        add_fact(
            desk.connection, tables.preference, patient_id, stamp=desk.stamp(),
            replaces_id=rows[-1].id if rows else None, sampling_place=wanted.sampling_place,
            weekdays=list(wanted.weekdays), practitioner=wanted.practitioner,
        )  # fmt: skip

    return follow_again(desk, treatments, "preference", enter, subject=", ".join(_changed(known, wanted)))


def _refuse_impossible(wanted: Preference) -> None:
    if any(not 0 <= one <= 6 for one in wanted.weekdays) or list(wanted.weekdays) != sorted(set(wanted.weekdays)):
        raise Unacceptable("Weekdays go from 0, Monday, to 6, each once and in order.")
    if len(wanted.sampling_place or "") > LONGEST_PLACE or len(wanted.practitioner or "") > LONGEST_ADDRESS:
        raise Unacceptable("The place or the address is too long.", f"Up to {LONGEST_PLACE} or {LONGEST_ADDRESS}.")


def _changed(known: Preference, wanted: Preference) -> list[str]:
    """Which parts changed; the history names no place and no practitioner."""
    parts = {
        "sampling place": (known.sampling_place, wanted.sampling_place),
        "weekdays": (known.weekdays, wanted.weekdays),
        "practitioner": (known.practitioner, wanted.practitioner),
    }
    return [name for name, (before, now) in parts.items() if before != now]
