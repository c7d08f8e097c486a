"""Plan JSON: one plan for machines, under names that scripts and hospitals can rely on."""

import json
from typing import Any

from monitor.render.plan_view import PlanView
from schedules.advising import AdvicePeriod, Flag
from schedules.explaining import explain, sentences
from schedules.intervals import Interval
from schedules.model import Check, Course


def render_plan_json(view: PlanView, *, language: str) -> str:
    """The plan as JSON, days in ISO form, checks in order of `due_on`; texts in the language."""
    return json.dumps(plan_as_data(view, language=language), ensure_ascii=False, indent=2, default=_plain) + "\n"


def plan_as_data(view: PlanView, *, language: str) -> dict[str, Any]:
    """What `render_plan_json` writes; days are still days. More keys may be added, none will be renamed."""
    protocol, plan = view.protocol, view.plan
    infusions = [infusion for course in plan.courses for infusion in course.infusions]
    return {
        "protocol": {
            "id": protocol.id,
            "version": protocol.version,
            "status": protocol.status,
            "title": protocol.text(protocol.title, language),
            "overlays": protocol.overlays,
        },
        "infusions": [infusion.infused_on for infusion in infusions if not infusion.planned],
        "follow_up_ends_on": plan.ends_on,
        "checks": [_check(view, check, language) for check in plan.checks],
        "planned_infusions": [infusion.infused_on for infusion in infusions if infusion.planned],
        "courses": [_course(course) for course in plan.courses],
        "next_course_not_before": view.next_course_on,
        "country": view.country,
        "flags": [_flag(flag, language) for flag in view.flags],
        "advice": [_advice(view, period, language) for period in view.advice],
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "number": course.number,
        "starts_on": course.starts_on,
        "ends_on": course.infusions[-1].infused_on,
        "days_given": len(course.given),
        "days_planned": len(course.infusions) - len(course.given),
    }


def _flag(flag: Flag, language: str) -> dict[str, Any]:
    return {"id": flag.id, "course": flag.course, "facts": dict(flag.facts), "sentence": flag.sentence(language)}


def _advice(view: PlanView, period: AdvicePeriod, language: str) -> dict[str, Any]:
    return {
        "id": period.advice.id,
        "title": view.protocol.text(period.advice.title, language),
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "confirm": period.confirm,
    }


def _check(view: PlanView, check: Check, language: str) -> dict[str, Any]:
    rule = view.protocol.get_rule(check.rule)
    visit = view.visit_of[check.key]
    explanation = explain(view.protocol, check, courses=view.plan.courses, visit_on=visit.visit_on)
    return {
        "key": str(check.key),
        "rule": check.rule,
        "number": check.number,
        "title": view.title(rule, language),
        "specimen": rule.specimen,
        "opens_on": check.opens_on,
        "due_on": check.due_on,
        "closes_on": check.closes_on,
        "visit_on": visit.visit_on,
        "family": check.family,
        "place": rule.place,
        "origin": check.origin,
        "confirm": check.confirm,
        "anchor_on": check.anchor_on,
        "step": check.step,
        "explanation": sentences(explanation, language),
    }


def _plain(value: object) -> str:
    """Days in ISO form and lengths as a protocol writes them; anything else is a bug."""
    match value:
        case Interval():
            return str(value)
        case _ if hasattr(value, "isoformat"):
            return str(value.isoformat())
        case _:
            raise TypeError(f"{type(value).__name__} has no place in JSON")
