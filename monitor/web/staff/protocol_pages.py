"""Protocols: read, compared, approved, and their patients planned again."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from monitor.render.staff.protocol_contents import list_contents
from monitor.render.staff.protocol_differences import Differences
from monitor.render.staff.protocol_picture import Picture, draw_rhythm
from monitor.render.staff.protocol_telling import Teller
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services.own_settings import OwnRules, find_own_settings
from monitor.services.protocol_versions import Shelf, Version, open_shelf
from monitor.web.staff import protocol_approving, protocol_replanning
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from schedules.comparing import compare_files
from schedules.errors import Refusal
from schedules.overlaying import lay_over
from schedules.phrases import LOCALES
from schedules.protocol import Overlay, Protocol


def list_all(asked: Asked) -> Response:
    return asked.page("protocols.html", Section.PROTOCOLS, shelf=shelf_of(asked), zone=zone_of(asked))


def show(asked: Asked) -> Response:
    asked = _in_language(asked)
    shelf = shelf_of(asked)
    version = shelf.get(asked.request.path_params["protocol_id"], asked.query("version"))
    content = version.content
    tell = Teller(content, speaker(asked.language)) if content else None
    own = find_own_settings(asked.desk, content) if isinstance(content, Protocol) else OwnRules({})
    overlays = [
        (one, Teller(one.content, speaker(asked.language)))
        for one in shelf.list_overlays(version.protocol_id)
        if one.content is not None and isinstance(content, Protocol)
    ]
    return asked.page(
        "protocol.html", Section.PROTOCOLS, shelf=shelf, version=version, tell=tell, own=own, overlays=overlays,
        picture=_draw(shelf, content, tell) if content and tell else None, zone=zone_of(asked),
        contents=list_contents(tell, has_overlays=bool(overlays), has_problems=bool(version.problems)) if tell else (),
        own_values=_own_values(asked, content), languages=list(LOCALES), is_just_approved=bool(asked.query("approved")),
    )  # fmt: skip


def compare(asked: Asked) -> Response:
    shelf = shelf_of(asked)
    known = [one for one in shelf.versions if one.content]
    left, right = (_named(shelf, known, asked.query(side)) for side in ("left", "right"))
    differences = None
    if left and right and left.content and right.content:
        say = speaker(asked.language)
        tellers = (Teller(left.content, say), Teller(right.content, say))
        differences = Differences(compare_files(left.content, right.content), *tellers)
    return asked.page(
        "protocol_compare.html", Section.PROTOCOLS, known=known, left=left, right=right, differences=differences
    )  # fmt: skip


def _named(shelf: Shelf, known: Sequence[Version], wanted: str) -> Version | None:
    """`alemtuzumab-eu` for the version in force, or with `:` and a fingerprint; what is unknown is refused."""
    if not wanted:
        return None
    protocol_id, _, version = wanted.partition(":")
    found = shelf.get(protocol_id, version)
    return found if found in known else None


def shelf_of(asked: Asked) -> Shelf:
    return open_shelf(asked.desk, asked.program.config.protocols.directories)


def zone_of(asked: Asked) -> str:
    """The zone in which instants of the installation are told: they belong to no single clinic."""
    return asked.program.config.clinic_defaults.time_zone


def _in_language(asked: Asked) -> Asked:
    """A physician may read the texts of the other language, too, before approving them."""
    wanted = asked.query("lang")
    return replace(asked, visitor=replace(asked.visitor, language=wanted)) if wanted in LOCALES else asked


def _draw(shelf: Shelf, content: Protocol | Overlay, tell: Teller) -> Picture | None:
    """Of an overlay its own rules, laid over the first protocol that it is for; None where it does not fit."""
    titles = {rule.id: tell.text(rule.title) for rule in content.rules}
    if isinstance(content, Protocol):
        return draw_rhythm(content, titles)
    for below in content.over:
        try:
            found = shelf.get(below).content
            if isinstance(found, Protocol):
                return draw_rhythm(lay_over(found, [content]), titles)
        except Refusal:
            continue
    return None


def _own_values(asked: Asked, content: Protocol | Overlay | None) -> Sequence[tuple[str, str, str]]:
    """Test, clinic and value: what the configuration shows beside the published values, for reading like them."""
    clinics = asked.program.config.clinics
    return [
        (test, clinic_id, f"{one.value:g} {one.unit}. {one.note}".strip())
        for clinic_id in sorted(asked.desk.actor.clinic_ids & clinics.keys())
        for test, one in clinics[clinic_id].thresholds.items()
        if content and test in content.tests
    ]


PAGES: Sequence[Page] = (
    Page("/protocols", show=list_all),
    Page("/protocols/compare", show=compare),
    Page("/protocols/{protocol_id}", show=show),
    *protocol_approving.PAGES,
    *protocol_replanning.PAGES,
)
