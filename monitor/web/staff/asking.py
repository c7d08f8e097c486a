"""Asking: one request of a person who is signed in, with a desk, the form, and how to answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import Response

from db.history import Deed, find_deed
from db.patients import list_treatments
from monitor.bootstrap import Program
from monitor.render.staff.deed_subjects import word_subject
from monitor.render.staff.speaking import speaker
from monitor.render.staff.template import render_page
from monitor.render.staff.values import Done, Frame, Refused, Section
from monitor.services.desk import Desk
from monitor.services.people import list_clinics
from monitor.services.titling import titles_of
from monitor.services.undoing import may_be_taken_back
from monitor.web.staff.answers import go_to, html, is_local
from monitor.web.staff.forms import Form, Incomplete
from monitor.web.staff.visitors import Visitor
from schedules.errors import Conflict, NeedsConfirmation, NotAllowed, NotFound, Refusal

DID = "did"
"""In the query: the lines of the history that the person has just written, so that the page can say so."""
DONE_WITHIN = timedelta(minutes=15)


class Reading(NamedTuple):
    """One row for the access log."""

    what: str
    treatment_id: int | None
    clinic_id: str | None
    patients: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page's handler gets. For GET `desk` only looks; for POST what it does is kept if the handler returns."""

    program: Program
    desk: Desk
    visitor: Visitor
    request: Request
    form: Form = field(default_factory=Form)
    refusal: Refusal | None = None
    """Why the form that is shown again was refused."""
    readings: list[Reading] = field(default_factory=list)

    @property
    def language(self) -> str:
        return self.visitor.language

    @property
    def zone(self) -> str:
        """By whose clock instants are told: that of the person's first clinic, as the settings have it else."""
        mine = list_clinics(self.desk)
        return mine[0].time_zone if mine else self.program.config.clinic_defaults.time_zone

    def number(self, name: str) -> int:
        """A part of the path; the route has made it a number."""
        return int(self.request.path_params[name])

    def query(self, name: str, otherwise: str = "") -> str:
        return self.request.query_params.get(name, otherwise)

    @property
    def path(self) -> str:
        """The page's own address, without what was just done; that of a form shown again is where the form stood."""
        sent = self.form.get("back")
        if sent and is_local(sent):
            return sent
        parts = urlsplit(str(self.request.url))
        pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != DID]
        return urlunsplit(("", "", parts.path, urlencode(pairs), ""))

    def read(
        self, what: str, *, treatment_id: int | None = None, clinic_id: str | None = None, patients: int = 1
    ) -> None:
        """Say that a page shows a patient, or a list of so many: it becomes a row of the access log."""
        self.readings.append(Reading(what, treatment_id, clinic_id, patients))

    def page(self, template: str, section: Section, /, status: int = 200, **values: Any) -> Response:
        """A page in its frame; after a refusal with what was refused, and the status that fits."""
        frame = Frame(
            language=self.language,
            section=section,
            path=self.path,
            login=self.visitor.actor.login,
            name=self.visitor.actor.name,
            role=self.visitor.actor.role,
            done=self._done(),
            refused=_refused(self.refusal),
            troubles=self.refusal.troubles if isinstance(self.refusal, Incomplete) else (),
            typed=self.form.retained if self.refusal else {},
        )
        return html(render_page(template, frame, **values), status_of(self.refusal) if self.refusal else status)

    def back(self, otherwise: str, *deed_ids: int | None, place: str = "") -> Response:
        """Go back to where the form stood (its field `back`), and say there what was done; `place` is an anchor."""
        sent = self.form.get("back")
        parts = urlsplit(sent if sent and is_local(sent) else otherwise)
        pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != DID]
        known = [str(one) for one in deed_ids if one is not None]
        if known:
            pairs.append((DID, ",".join(known)))
        return go_to(urlunsplit(("", "", parts.path, urlencode(pairs), place or parts.fragment)))

    def _done(self) -> Done | None:
        """What the query says was done, as the history knows it: only one's own deeds, and only for a while."""
        if self.refusal:
            return None
        ids = [
            int(one) for one in self.query(DID).split(",")[:100] if one.isascii() and one.isdigit() and len(one) < 15
        ]
        found = [deed for one in ids if (deed := find_deed(self.desk.connection, one)) and self._is_own(deed)]
        if not found:
            return None
        treatment_ids = [deed.treatment_id for deed in found if deed.treatment_id is not None]
        treatments = list_treatments(self.desk.connection, ids=treatment_ids) if treatment_ids else []
        reference_of = {one.id: one.reference for one in treatments if self.desk.may_see(one.clinic_id)}
        if reference_of and not self.readings:  # pages that show patients have said so; others name them here only
            self.read("deed", patients=len(reference_of))
        say, titles = speaker(self.language), titles_of(self.desk, list(reference_of))
        subjects = [word_subject(say, deed.act, deed.subject or "", titles) for deed in found]
        undoable = [deed for deed in found if may_be_taken_back(deed)]
        each = [(reference_of.get(deed.treatment_id or 0, ""), deed.id) for deed in undoable]
        return Done(
            act=found[-1].act,
            references=list(dict.fromkeys(reference_of.values())),
            subject="; ".join(dict.fromkeys(subjects)),
            undo_ids=[deed.id for deed in undoable],
            each=each if len({reference for reference, _ in each}) > 1 else (),
        )

    def _is_own(self, deed: Deed) -> bool:
        return deed.login == self.visitor.actor.login and abs(self.desk.at - deed.at) <= DONE_WITHIN


def status_of(refusal: Refusal) -> int:
    """The short table from families of refusals to statuses."""
    match refusal:
        case NotFound():
            return 404
        case NotAllowed():
            return 403
        case Conflict() | NeedsConfirmation():
            return 409
        case _:
            return 422


def _refused(refusal: Refusal | None) -> Refused | None:
    if refusal is None or isinstance(refusal, Incomplete):
        return None
    facts: Mapping[str, object] = refusal.facts
    return Refused(refusal.code, refusal.sentence, refusal.next_step, facts)
