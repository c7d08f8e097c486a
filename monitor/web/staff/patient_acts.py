"""What is entered about a patient: notes, days away, what suits them, whose patient it is, and extra checks."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from db import caring
from db.dossiers import Preference
from monitor.render.staff.speaking import speaker
from monitor.render.staff.timeline import name_of_family
from monitor.render.staff.values import Section
from monitor.services import booking, deciding, enrolling, telling_away
from monitor.services.caring import MAY_BE_NAMED, name_nurse
from monitor.services.changing import Change, conflict_since
from monitor.services.charts import Chart
from monitor.services.dossiers import get_dossier
from monitor.services.preferring import LONGEST_ADDRESS, LONGEST_PLACE, prefer
from monitor.services.telling import NotTold
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.patient_chart import get_chart
from schedules.errors import Unacceptable
from schedules.intervals import Interval, Unit

NOTES = ("reached", "unreachable", "declines", "note")
UNITS = tuple(unit.value for unit in Unit)
Values = Callable[[Asked, Chart], dict[str, Any]]


def shown(name: str, values: Values = lambda asked, chart: {}) -> Callable[[Asked], Response]:
    """A page about one patient, with the chart for its header."""

    def show(asked: Asked) -> Response:
        chart = get_chart(asked)
        asked.read(name, treatment_id=chart.dossier.treatment_id)
        return asked.page(f"patient_{name}.html", Section.PATIENTS, chart=chart, **values(asked, chart))

    return show


def own(asked: Asked) -> int:
    """The treatment of the address, if nobody was faster. Refuses another clinic's (NotFound), and (Conflict)."""
    treatment = enrolling.get_own_treatment(asked.desk, asked.number("treatment_id"))
    revision = next(iter(asked.form.numbers("revision")), None)
    if revision is not None and revision != treatment.revision:
        raise conflict_since(asked.desk, treatment.id, revision)
    return treatment.id


def patient_of(asked: Asked) -> int:
    return get_dossier(asked.desk, own(asked)).patient_id


def back(asked: Asked, change: Change) -> Response:
    return asked.back(f"/treatments/{asked.number('treatment_id')}", change.deed_id)


# --- Notes ------------------------------------------------------------------------------------------------


def note(asked: Asked) -> Response:
    kind, text = asked.form.choice("note_kind", NOTES), asked.form.text("note_text")
    if kind == "note" and not text:
        asked.form.complain("note_text", "missing")
    asked.form.finish()
    return back(asked, booking.note_contact(asked.desk, own(asked), kind=kind, text=text or None))


# --- Days away --------------------------------------------------------------------------------------------


def _away(asked: Asked, chart: Chart) -> dict[str, Any]:
    return {"away": telling_away.list_away(asked.desk.connection, chart.dossier.patient_id, today=chart.today)}


def add_away(asked: Asked) -> Response:
    from_on, until_on = asked.form.day("away_from"), asked.form.day("away_until")
    asked.form.finish()
    assert from_on is not None
    assert until_on is not None
    try:
        change = telling_away.tell_away(asked.desk, patient_of(asked), from_on, until_on)
    except NotTold as no:
        raise Unacceptable(no.sentence, no.next_step, code=f"away-{no.trouble}") from None
    return asked.back(f"/treatments/{asked.number('treatment_id')}/away", change.deed_id)


def take_back_away(asked: Asked) -> Response:
    away_id = next(iter(asked.form.numbers("away")), 0)
    change = telling_away.take_back_away(asked.desk, patient_of(asked), away_id)
    return asked.back(f"/treatments/{asked.number('treatment_id')}/away", change.deed_id)


# --- What suits the patient -------------------------------------------------------------------------------


def change_preferences(asked: Asked) -> Response:
    form = asked.form
    place = form.line("sampling_place", longest=LONGEST_PLACE)
    practitioner = form.text("practitioner", longest=LONGEST_ADDRESS)
    weekdays = tuple(sorted({one for one in form.numbers("weekday") if one <= 6}))
    form.finish()
    # Every weekday says as little as none.
    wanted = Preference(place or None, weekdays if len(weekdays) < 7 else (), practitioner or None)
    return back(asked, prefer(asked.desk, patient_of(asked), wanted))


# --- Whose patient it is ----------------------------------------------------------------------------------


def _nurses(asked: Asked, chart: Chart) -> dict[str, Any]:
    known = caring.find_nurse(asked.desk.connection, chart.dossier.patient_id)
    return {
        "colleagues": caring.list_colleagues(asked.desk.connection, chart.clinic.id, MAY_BE_NAMED),
        "nurse_id": known.nurse_id if known else None,
        "own_id": asked.visitor.actor.id,
    }


def change_nurse(asked: Asked) -> Response:
    nurse_id = asked.form.number("nurse", required=False)
    asked.form.finish()
    return back(asked, name_nurse(asked.desk, patient_of(asked), nurse_id))


# --- Extras -----------------------------------------------------------------------------------------------


def _extras(asked: Asked, chart: Chart) -> dict[str, Any]:
    say, protocol = speaker(asked.language), chart.protocol
    families = {rule.family: name_of_family(say, protocol, rule.family) for rule in protocol.rules}
    rule_of = {rule.family: rule.id for rule in sorted(protocol.rules, key=lambda rule: rule.is_follow_up)}
    names = caring.list_colleagues(asked.desk.connection, chart.clinic.id, ["clinician"])
    return {
        "rules": [(rule_of[family], title) for family, title in families.items()],
        "units": UNITS,
        "deciders": [one.name for one in names],
        "may_decide": asked.visitor.actor.role == "clinician",
    }


def order_extra(asked: Asked) -> Response:
    form = asked.form
    rule, starts_on = form.line("extra_rule", required=True), form.day("extra_from")
    times = form.number("extra_times", least=1, most=deciding.TOO_MANY, required=False) or 1
    every = form.number("extra_every", least=1, most=366, required=times > 1)
    unit = form.choice("extra_unit", UNITS, otherwise="week")
    reason, decided_by = form.text("extra_reason", required=True), form.line("extra_decided_by")
    if not decided_by and asked.visitor.actor.role != "clinician":
        form.complain("extra_decided_by", "missing")
    form.finish()
    assert starts_on is not None
    change = deciding.order_extra(
        asked.desk, own(asked), rule, starts_on=starts_on,
        every=Interval(every, Unit(unit)) if every and times > 1 else None, times=times, reason=reason,
        decided_by=decided_by or None,
    )  # fmt: skip
    return back(asked, change)


HERE = "/treatments/{treatment_id:int}"
PAGES: Sequence[Page] = (
    Page(f"{HERE}/notes", show=shown("notes"), act=note),
    Page(f"{HERE}/away", show=shown("away", _away), act=add_away),
    Page(f"{HERE}/away/take-back", act=take_back_away, again=shown("away", _away)),
    Page(f"{HERE}/preferences", show=shown("preferences"), act=change_preferences, needs=Needs.WRITE),
    Page(f"{HERE}/nurse", show=shown("nurse", _nurses), act=change_nurse, needs=Needs.WRITE),
    Page(f"{HERE}/extras", show=shown("extras", _extras), act=order_extra, needs=Needs.WRITE),
)
