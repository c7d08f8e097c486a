"""Examining the recipients: whether somebody reads the digest of each clinic, today and when one of them is away."""

from collections.abc import Iterator

from db import recipients as stored
from monitor.services.covering import find_deputy
from monitor.services.desk import Desk
from monitor.services.found import Finding, Weight

LEAST = 2
"""One mailbox may be full, one person ill."""


def examine_recipients(desk: Desk) -> Iterator[Finding]:
    """Of the clinics that the person may see and that have a patient."""
    everybody = stored.list_recipients(desk.connection)
    for clinic_id in sorted(stored.list_treated_clinics(desk.connection) & desk.actor.clinic_ids):
        own = [one for one in everybody if clinic_id in one.clinic_ids]
        confirmed = [one for one in own if one.is_confirmed]
        if len(confirmed) < LEAST:
            found = ", ".join(one.login for one in confirmed) or "none"
            waiting = [one.login for one in own if not one.is_confirmed]
            yield Finding(
                "clinic-recipients", Weight.ERROR,
                f"Clinic '{clinic_id}' has fewer than two confirmed recipients of the digest: {found}.",
                f"{_how_to_confirm(waiting)}Add one: `monitor recipient add LOGIN --address A --home {clinic_id}`.",
                clinic_id,
            )  # fmt: skip
        if not any(one.is_physician for one in confirmed):
            yield Finding(
                "physician-missing", Weight.NOTE,
                f"Clinic '{clinic_id}' names no responsible physician; what nobody sees goes to administrators.",
                "Say who it is: `monitor recipient change LOGIN --physician`.", clinic_id,
            )  # fmt: skip
    yield from _examine_covers(desk)


def _how_to_confirm(waiting: list[str]) -> str:
    return f"Not confirmed yet: {', '.join(waiting)} (`monitor recipient resend-code`). " if waiting else ""


def _examine_covers(desk: Desk) -> Iterator[Finding]:
    """Who is away today and whose digest nobody reads."""
    everybody = stored.list_recipients(desk.connection)
    by_person = {one.person_id: one for one in everybody}
    logins = {one.person_id: one.login for one in everybody}
    for one in everybody:
        covers = stored.list_covers(desk.connection, desk.today[one.clinic_id])
        is_away, deputy = find_deputy(one, covers, by_person)
        if not is_away or deputy is not None or not one.clinic_ids & desk.actor.clinic_ids:
            continue
        cover = next(cover for cover in covers if cover.person_id == one.person_id)
        named = logins.get(cover.deputy_id or 0)
        why = f"the deputy '{named}' is away, too, or not confirmed" if named else "nobody stands in"
        yield Finding(
            "cover-missing", Weight.WARNING, f"'{one.login}' is away until {cover.until_on}, and {why}.",
            f"Name somebody: `monitor cover undo {cover.id} --reason …`, then `monitor cover add {one.login} "
            "--from … --until … --deputy LOGIN`.", one.clinic_id if one.clinic_id in desk.actor.clinic_ids else None,
        )  # fmt: skip
