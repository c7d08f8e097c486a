"""Approving over HTTP: a named physician has looked at every rule that is not verified, and answers for a version."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.responses import Response

from monitor.render.staff.protocol_telling import Teller
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services.approving import approve
from monitor.services.protocol_versions import Version, open_shelf
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from schedules.protocol import Confidence, Overlay, Protocol, Rule

DOUBTS = (Confidence.NEEDS_CHECK, Confidence.LOCAL_POLICY)


class Unverified(NamedTuple):
    """Rules that are unverified for one reason, to be looked at together; `field` is the box to tick."""

    field: str
    rules: Sequence[Rule]


def show(asked: Asked) -> Response:
    shelf = open_shelf(asked.desk, asked.program.config.protocols.directories)
    wanted = asked.form.get("version") or asked.query("version")
    version = shelf.get(asked.request.path_params["protocol_id"], wanted)
    content = version.content
    return asked.page(
        "protocol_approve.html", Section.PROTOCOLS, version=version, in_force=shelf.find_in_force(version.protocol_id),
        tell=Teller(content, speaker(asked.language)) if content else None,
        unverified=list_unverified_groups(content) if content else (),
        zone=asked.program.config.clinic_defaults.time_zone,
    )  # fmt: skip


def act(asked: Asked) -> Response:
    form = asked.form
    shelf = open_shelf(asked.desk, asked.program.config.protocols.directories)
    version = shelf.get(asked.request.path_params["protocol_id"], form.get("version"))
    candidate = version.candidate
    physician = form.line("approved_by", required=True)
    groups = list_unverified_groups(candidate.protocol)
    for group in groups:
        if not form.ticked(group.field):
            form.complain(group.field, "rules-unseen", count=len(group.rules))
    form.finish()
    seen = {rule.id for group in groups for rule in group.rules}
    approve(
        asked.desk, candidate, approved_by=physician, is_invented=form.ticked("is_invented"), acknowledged=seen
    )  # fmt: skip
    return go_to(f"{address_of(version)}&approved=1")


def address_of(version: Version) -> str:
    return f"/protocols/{version.protocol_id}?version={version.fingerprint[:12] or version.version}"


def list_unverified_groups(content: Protocol | Overlay) -> Sequence[Unverified]:
    """The same rules as `approving.list_unverified`, by what is not verified and how."""
    groups = [
        *(Unverified(f"seen-sources-{one}", _rules(content, source=one)) for one in DOUBTS),
        *(Unverified(f"seen-windows-{one}", _rules(content, window=one)) for one in DOUBTS),
    ]
    return [group for group in groups if group.rules]


def _rules(
    content: Protocol | Overlay, *, source: Confidence | None = None, window: Confidence | None = None
) -> Sequence[Rule]:
    return [
        rule
        for rule in content.rules
        if (rule.source.confidence is source if source else rule.window.confidence is window)
    ]


PAGES: Sequence[Page] = (
    Page("/protocols/{protocol_id}/approve", show=show, act=act, needs=Needs.ADMIN, act_needs=Needs.ADMIN),
)
