"""What is done on a patient's page: extras, days away, preferences, the named nurse, secret addresses."""

from dataclasses import replace

from starlette.responses import Response

from db.patients import Patient, Treatment
from monitor.render.staff.values import Section
from monitor.services import addresses, caring, charts, deciding, telling_away
from monitor.services.enrolling import get_own_treatment
from monitor.web.staff.asking import Asked
from schedules.intervals import Interval

WEEKDAYS = tuple("0123456")
EVERY = ("", "1 week", "2 weeks", "4 weeks", "1 month", "3 months")


def order(asked: Asked) -> Response:
    """A check beside the plan, once or several times."""
    form, treatment = asked.form, _own(asked)
    rule, starts_on = form.line("rule", required=True), form.day("starts_on")
    every, times = form.choice("every", EVERY), form.number("times", least=1, most=deciding.TOO_MANY)
    reason = form.text("reason", required=True)
    decided_by = form.line("decided_by", required=asked.desk.actor.role != "clinician")
    form.finish()
    assert starts_on is not None
    assert times is not None
    done = deciding.order_extra(
        asked.desk,
        treatment.id,
        rule,
        starts_on=starts_on,
        every=Interval.parse(every) if every else None,
        times=times,
        reason=reason,
        decided_by=decided_by or None,
    )
    return asked.back(_page(treatment), done.deed_id, place="extras")


def add_away(asked: Asked) -> Response:
    form, treatment = asked.form, _own(asked)
    from_on, until_on = form.day("from_on"), form.day("until_on")
    form.finish()
    assert from_on is not None
    assert until_on is not None
    done = telling_away.tell_away(asked.desk, treatment.patient_id, from_on, until_on)
    return asked.back(_page(treatment), done.deed_id, place="away")


def remove_away(asked: Asked) -> Response:
    form, treatment = asked.form, _own(asked)
    away_id = form.number("away", required=True)
    form.finish()
    assert away_id is not None
    done = telling_away.take_back_away(asked.desk, treatment.patient_id, away_id)
    return asked.back(_page(treatment), done.deed_id, place="away")


def prefer(asked: Asked) -> Response:
    form, treatment = asked.form, _own(asked)
    place, practitioner = form.line("sampling_place"), form.text("practitioner", longest=500)
    weekdays = [int(one) for one in form.all("weekday") if one in WEEKDAYS]
    form.finish()
    deed_id = charts.set_preference(
        asked.desk, treatment.id, sampling_place=place, weekdays=weekdays, practitioner=practitioner
    )
    return asked.back(_page(treatment), deed_id, place="preferences")


def name(asked: Asked) -> Response:
    treatment = _own(asked)
    patient = Patient(treatment.patient_id, treatment.clinic_id, treatment.reference)
    deed_id = caring.name_nurse(asked.desk, patient, asked.form.line("nurse") or None)
    return asked.back(_page(treatment), deed_id, place="preferences")


def issue(asked: Asked) -> Response:
    """A page with a calendar for the patient; the secret address stands on this one answer and nowhere else."""
    form, treatment = asked.form, _own(asked)
    label = form.line("label", longest=100, required=True)
    if not form.ticked("consent"):
        form.complain("consent", "consent-missing")
    form.finish()
    made = addresses.issue_to_patient(asked.desk, treatment.reference, label=label, consented=True)
    asked.read("address", treatment_id=treatment.id, clinic_id=treatment.clinic_id)
    base = asked.program.config.web.public_url.rstrip("/")
    return replace(asked, form=type(form)()).page(
        "address.html", Section.PATIENTS, treatment=treatment, issued=[(one, base + one.path) for one in made]
    )


def revoke(asked: Asked) -> Response:
    form, treatment = asked.form, _own(asked)
    feed_id, reason = form.number("address"), form.line("revoke_reason", required=True)
    form.finish()
    assert feed_id is not None
    addresses.revoke(asked.desk, feed_id, reason=reason)
    return asked.back(_page(treatment), place="addresses")


def _own(asked: Asked) -> Treatment:
    return get_own_treatment(asked.desk, asked.number("treatment_id"))


def _page(treatment: Treatment) -> str:
    return f"/treatments/{treatment.id}"
