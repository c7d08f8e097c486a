"""The digest for machines: days in ISO form, instants in UTC."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from monitor.render.digest_head import CHAIN_DIGITS
from monitor.render.digest_parts import ClinicPart, Head, Notices
from monitor.render.digest_rows import title_of
from schedules.changes import count_new
from schedules.findings import Finding, Section


def as_json(parts: Sequence[ClinicPart], head: Head, *, day: date, language: str) -> dict[str, Any]:
    """The findings and the head of the whole; what a finding does not use is left out."""
    return {
        "day": day,
        "overdue": sum(part.overdue for part in parts),
        "head": _head(head),
        "clinics": [_clinic(part, language) for part in parts],
    }


def _head(head: Head) -> dict[str, Any]:
    notices = head.notices or Notices()
    return {
        "written_at": _instant(head.written_at),
        "engine_looked_at": _instant(head.ticked_at),
        "replicas": head.replicas,
        "last_import_at": _instant(head.last_import),
        "last_backup_at": _instant(head.last_backup),
        "chain_position": head.chain_position,
        "chain_mark": head.chain_mac[:CHAIN_DIGITS],
        "last_letter_on": head.gaps.last_on if head.gaps else None,
        "gaps": [{"day": one.day, "why": one.why.value, "said": one.said} for one in head.gaps.told]
        if head.gaps
        else [],
        "earlier_gaps": head.gaps.earlier if head.gaps else 0,
        "letters_astray": [
            {"person": one.name, "kind": one.kind, "day": one.day, "state": one.state, "said": one.said}
            for one in notices.astray
        ],
        "away_without_deputy": [
            {"person": one.name, "until_on": one.until_on, "why": one.why.value} for one in notices.uncovered
        ],
        "clinics_without_recipient": [{"clinic": name, "open_checks": number} for name, number in notices.unheard],
    }


def _clinic(part: ClinicPart, language: str) -> dict[str, Any]:
    return {
        "clinic": part.clinic,
        "day": part.day,
        "fault": part.fault or None,
        "stands_in_for": [{"person": one.name, "until_on": one.until_on} for one in part.stands_in],
        "patients_followed": part.followed,
        "open_checks": part.checks,
        "compared_on": part.compared_on,
        "new": count_new(part.every),
        "gone": part.gone,
        "counts": {section.value: part.count(section) for section in Section},
        "findings": {
            section.value: [_finding(one, part, language) for one in findings]
            for section, findings in part.findings.items()
        },
    }


def _finding(one: Finding, part: ClinicPart, language: str) -> dict[str, Any]:
    facts = {
        "patient": one.patient,
        "name": part.names.get(one.patient),
        "family": one.family,
        "title": title_of(one, language),
        "on": one.on,
        "days": one.days,
        "limit_days": one.limit_days,
        "count": one.missed,
        "role": one.role,
        "seen_by": one.seen.seen_by if one.seen else None,
        "seen_on": one.seen.seen_on if one.seen else None,
        "detail": one.word,
        "unbooked": one.is_unbooked,
        "change": one.change.value,
    }
    return {name: value for name, value in facts.items() if value not in {"", None, 0}}


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
