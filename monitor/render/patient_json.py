"""A patient's page for machines, under names that scripts can rely on."""

from collections.abc import Mapping
from typing import Any

from monitor.render.patient_page import Page, Told, count_progress, title_of
from monitor.render.patient_strip import state_key
from schedules.model import Settled


def page_as_json(page: Page, *, language: str) -> dict[str, Any]:
    """The page for machines; every check with its window and how it stands."""
    counted = count_progress(page.protocol, page.settled)
    return {
        "patient": page.reference,
        "name": page.name,
        "born_on": page.born_on,
        "sex": page.sex,
        "clinic": page.clinic,
        "treatment": page.treatment_id,
        "protocol": {
            "id": page.protocol.id,
            "version": page.protocol.version,
            "overlays": page.protocol.overlays,
            "approved_by": page.approved_by,
            "approval_is_invented": page.is_invented,
        },
        "infusions": [
            {"infused_on": one.infused_on, "planned": one.planned, "course": course.number}
            for course in page.plan.courses
            for one in course.infusions
        ],
        "follow_up_ends_on": page.plan.ends_on,
        "followed_here_from": page.followed_here_from,
        "discharged_on": page.departure.on if page.departure else None,
        "progress": {
            "rule": counted.rule, "done": counted.done, "before_record": counted.before_record, "total": counted.all,
        }
        if counted
        else None,
        "exposure": [
            {"family": one.family, "days": one.days, "limit_days": one.limit_days, "since_on": one.since_on,
             "is_known": one.is_known}
            for one in page.exposures
        ],
        "checks": [_check_as_json(one, page, language) for one in page.settled],
        "withdrawn": page.withdrawn,
        "visits": [
            {"visit_on": one.visit_on, "due_on": one.due_on, "booked_on": one.booked_on,
             "checks": [str(key) for key in one.keys]}
            for one in page.visits
        ],
        "advice": [
            {"id": one.advice.id, "starts_on": one.starts_on, "ends_on": one.ends_on, "confirm": one.confirm}
            for one in page.advice
        ],
        "flags": [{"id": one.id, "course": one.course, "sentence": one.sentence(language)} for one in page.flags],
        "history": [_told_as_json(one) for one in page.deeds],
        "notes": [_told_as_json(one) for one in page.notes],
    }  # fmt: skip


def _check_as_json(one: Settled, page: Page, language: str) -> Mapping[str, Any]:
    check = one.check
    state = state_key(one, page.today)
    names = {"due-state": "due", "settled-discharged": "discharged"}
    return {
        "key": str(check.key), "rule": check.rule, "number": check.number,
        "title": title_of(page.protocol, check.rule, language), "opens_on": check.opens_on, "due_on": check.due_on,
        "closes_on": check.closes_on, "state": names.get(state, state), "settled_on": one.settled_on,
        "confirm": check.confirm,
    }  # fmt: skip


def _told_as_json(one: Told) -> Mapping[str, Any]:
    return {"at": one.at.isoformat(), "by": one.login, "what": one.what, "why": one.why}
