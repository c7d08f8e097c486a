"""Escalating: which overdue checks ask whom, and who of them knows; to know of it closes nothing."""

from collections.abc import Sequence

from db import people, tables
from db.dossiers import EscalationSeen, get_dossier
from db.facts import add_fact, void_fact
from monitor.services.changing import Change, change, lock
from monitor.services.desk import Desk
from monitor.services.looking import Failure, look_at
from monitor.services.worklist import SEEN_WITHIN, lines_of, list_lines
from schedules.errors import Conflict, NotAllowed, NotFound, Unacceptable
from schedules.problems import did_you_mean
from schedules.protocol import Role
from schedules.worklists import Kind, Line

MAY_SEE_FOR = {
    "nurse": {Role.NURSE},
    "clinician": {Role.NURSE, Role.CLINICIAN},
    "admin": {Role.NURSE, Role.CLINICIAN, Role.ADMIN},
}
"""By the role of the person who enters it; an administrator enters for nurses and clinicians what those have seen."""


def list_escalations(desk: Desk, *, clinic: str | None = None, unseen: bool = False) -> list[Line]:
    """The lines with a step in force, most urgent first; `unseen`: of which somebody who is asked may not know.

    Patients who could not be computed are among them: they may hide any.
    """
    lines = list_lines(desk, clinic=clinic, state="overdue")
    return [
        line for line in lines if line.kind is Kind.FAILED or (line.raised and not (unseen and not line.unseen))
    ]  # fmt: skip


def mark_seen(
    desk: Desk,
    treatment_id: int,
    rule_or_family: str,
    *,
    role: Role | None = None,
    by_name: str | None = None,
    expected_revision: int | None = None,
) -> tuple[Line, Role, Change]:
    """Keep that somebody knows of an escalated line: for the highest role that is asked, or for the one named.

    A nurse may say so for nurses, a clinician for both, an administrator for administrators and, naming who it was,
    for the others. Refuses where no step is in force, and (Conflict) what is marked already.
    """
    desk.require_writer()
    lock(desk, treatment_id)
    line = _get_line(desk, treatment_id, rule_or_family)
    asked = [one.role for one in line.raised]
    wanted = role or asked[-1]
    if wanted not in asked:
        raise Unacceptable(
            f"No step asks the {wanted} yet for {line.family} of '{line.patient}'.",
            f"Asked are: {', '.join(asked)}.",
            code="escalation-not-asked",
        )
    seen_by = _who(desk, wanted, by_name, asked)
    for known in line.seen:
        if known.role is wanted:
            raise Conflict(
                f"{_article(wanted).capitalize()} knows of {line.family} since {known.seen_on} already.",
                "It needs no other mark.",
                code="escalation-known", who=known.seen_by, day=known.seen_on,
            )  # fmt: skip
    oldest = line.first

    def enter() -> None:
        add_fact(
            desk.connection, tables.escalation_seen, treatment_id, stamp=desk.stamp(), rule=oldest.rule,
            number=oldest.number, role=wanted.value, seen_by=seen_by,
        )  # fmt: skip

    subject = f"{oldest.rule}/{oldest.number}, {wanted}: {seen_by}"
    result = change(
        desk, treatment_id, "escalation seen", enter, subject=subject[:200], expected_revision=expected_revision
    )
    return line, wanted, result


def take_back_seen(
    desk: Desk, treatment_id: int, rule_or_family: str, *, reason: str, role: Role | None = None
) -> tuple[EscalationSeen, Change]:
    """Withdraw the latest mark on a line (or that of a role); it stays in the record with the entry that withdraws it.

    A role that the person may not mark, they may not unmark either.
    """
    desk.require_writer()
    lock(desk, treatment_id)
    line = _get_line(desk, treatment_id, rule_or_family)
    marks = [
        one for one in get_dossier(desk.connection, treatment_id).escalations_seen
        if (one.rule, one.number) == (line.first.rule, line.first.number) and role in {None, one.role}
    ]  # fmt: skip
    if not marks:
        raise NotFound(
            f"Nobody has marked {line.family} of '{line.patient}' as seen.", "`monitor escalation list` shows who has."
        )
    latest = marks[-1]
    if latest.role not in MAY_SEE_FOR.get(desk.actor.role, set()):
        raise NotAllowed(
            f"'{desk.actor.login}' may not take back what a {latest.role} has seen.", code="escalation-role"
        )
    result = change(
        desk, treatment_id, "escalation unseen",
        lambda: void_fact(
            desk.connection, tables.escalation_seen, latest.entered.row_id, stamp=desk.stamp(reason=reason)
        ),
        subject=f"{latest.rule}/{latest.number}, {latest.role}: {latest.seen_by}"[:200], reason=reason,
    )  # fmt: skip
    return latest, result


def _get_line(desk: Desk, treatment_id: int, rule_or_family: str) -> Line:
    """The escalated line of a family, or of any rule that is overdue in it."""
    dossier = get_dossier(desk.connection, treatment_id)
    clinic = people.find_clinic(desk.connection, dossier.clinic_id)
    assert clinic is not None
    today = desk.today[clinic.id]
    found = look_at(desk, clinic, dossier, today)
    if isinstance(found, Failure):
        raise Unacceptable(
            f"'{found.reference}' could not be computed ({found.fault}).",
            "Run `monitor verify`, and look at the patient.",
            code="not-computed",
        )
    lines = [line for line in lines_of(desk, found, today, seen_within=SEEN_WITHIN) if line.raised]
    for line in lines:
        if rule_or_family in {line.family, *(check.rule for check in line.checks)}:
            return line
    known = [line.family for line in lines]
    every = f"Escalated: {', '.join(known)}." if known else "Nothing is escalated."
    raise NotFound(
        f"No escalation step is in force for '{rule_or_family}' of '{dossier.reference}'.",
        did_you_mean(rule_or_family, known) or every,
        code="escalation-none",
    )


def _who(desk: Desk, role: Role, by_name: str | None, asked: Sequence[Role]) -> str:
    """The name that stands in the record; refuses who may not speak for that role."""
    own = MAY_SEE_FOR[desk.actor.role]
    if role not in own:
        below = [one for one in asked if one in own]
        raise NotAllowed(
            f"The step asks the {role}, and '{desk.actor.login}' is {_article(desk.actor.role)}.",
            f"Let a {role} mark it" + (f", or mark the {below[-1]}'s step with --role {below[-1]}." if below else "."),
            code="escalation-role",
        )
    named = " ".join((by_name or "").split())
    if named and (len(named) > 100 or not named.isprintable()):
        raise Unacceptable("A name has at most 100 characters.", "Shorten it.", code="name-too-long")
    if not named and desk.actor.role == "admin" and role is not Role.ADMIN:
        raise Unacceptable(
            f"The step asks the {role}; an administrator enters who has seen it.", "Name the person with --by-name.",
            code="name-needed",
        )  # fmt: skip
    return named or desk.actor.name


def _article(role: str) -> str:
    return f"an {role}istrator" if role == "admin" else f"a {role}"
