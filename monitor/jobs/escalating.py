"""Escalating: letters about steps that ask at once, and to the responsible physician, planned when they are due."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from db.engine import Engine
from db.escalations import find_touched
from monitor.bootstrap import Program
from monitor.services.desk import Desk
from monitor.services.noticing import by_treatment, list_notices, plan_notices

AGAIN_AFTER = timedelta(minutes=15)
"""Deeds of PostgreSQL can become visible out of order, so that one may be missed once, and not for longer."""


@dataclass(slots=True)
class Looked:
    """What this process has worked out already; without it a look only takes longer."""

    last_id: int = 0
    days: dict[str, date] = field(default_factory=dict)
    at: datetime | None = None


_LOOKED: WeakKeyDictionary[Engine, Looked] = WeakKeyDictionary()


def plan_escalations(program: Program, replica: str) -> None:
    """A step of the tick: plan the letters that are due. The worklist is worked out only where something changed."""
    before = _LOOKED.get(program.engine, Looked())
    with program.reading_for_program() as desk:
        wanted, looked = _choose(desk, before)
        notices = list_notices(desk, program.config, wanted) if wanted else []
    for some in by_treatment(notices):
        with program.writing_for_program() as desk:
            plan_notices(desk, program.config, some)
    _LOOKED[program.engine] = looked


def _choose(desk: Desk, before: Looked) -> tuple[set[str], Looked]:
    """The clinics whose day or record has changed since this process looked; now and then, and at first, all."""
    touched = find_touched(desk.connection, before.last_id)
    is_stale = before.at is None or not before.at <= desk.at < before.at + AGAIN_AFTER
    looked = Looked(touched.last_id, dict(desk.today), desk.at if is_stale else before.at)
    if is_stale or None in touched.clinic_ids:
        return set(desk.today), looked
    changed = {one for one, day in desk.today.items() if before.days.get(one) != day or one in touched.clinic_ids}
    return changed, looked
