"""Own settings: where a clinic's configuration sets other days or steps than the protocol, rule by rule."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db import people
from db.people import Clinic
from monitor.services.desk import Desk
from schedules.errors import Refusal
from schedules.protocol import Escalation, Protocol, Window


@dataclass(frozen=True, slots=True)
class OwnRule:
    """What a clinic does otherwise in one rule; None where it follows the protocol."""

    clinic: Clinic
    window: Window | None = None
    escalation: tuple[Escalation, ...] | None = None


@dataclass(frozen=True, slots=True)
class OwnRules:
    """By rule what clinics do otherwise, and the clinics whose settings do not fit, with the reason."""

    rules: Mapping[str, Sequence[OwnRule]]
    misfits: Sequence[tuple[Clinic, Refusal]] = ()


def find_own_settings(desk: Desk, protocol: Protocol) -> OwnRules:
    """Of the person's clinics, in the order of their ids."""
    found: defaultdict[str, list[OwnRule]] = defaultdict(list)
    misfits: list[tuple[Clinic, Refusal]] = []
    rulebook = desk.rulebook
    for clinic in people.list_clinics(desk.connection):
        if not desk.may_see(clinic.id) or not (clinic.id in rulebook.overrides or clinic.id in rulebook.escalation):
            continue
        try:
            run = rulebook.run_by(clinic.id, protocol)
        except Refusal as refusal:
            misfits.append((clinic, refusal))
            continue
        for written, own in zip(protocol.rules, run.rules, strict=True):
            steps = _steps(own.escalation, run)
            window = own.window if own.window != written.window else None
            escalation = steps if steps != _steps(written.escalation, protocol) else None
            if window is not None or escalation is not None:
                found[written.id].append(OwnRule(clinic, window, escalation))
    return OwnRules(found, misfits)


def _steps(own: tuple[Escalation, ...] | None, protocol: Protocol) -> tuple[Escalation, ...]:
    return protocol.escalation if own is None else own
