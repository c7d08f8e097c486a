"""The worklist over HTTP: the page on which everybody begins, and what is done there without leaving it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.responses import Response

from db.caring import list_last_notes
from monitor.render.staff.speaking import Speaker, speaker
from monitor.render.staff.values import Section
from monitor.render.staff.worklist_rows import block_of, titles_by_id
from monitor.render.staff.worklist_values import Block, OpenForm, Tile
from monitor.services.escalating import MAY_SEE_FOR
from monitor.services.health import list_ailments
from monitor.services.worklist import clinics_of
from monitor.services.worklist_groups import choose, find_next_due
from monitor.web.staff import worklist_files, worklist_several, worklist_undo
from monitor.web.staff.answers import go_to
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.worklist_acts import ACTS
from monitor.web.staff.worklist_choice import View, address_of, read_view
from monitor.web.staff.worklist_forms import Meant, open_form, read_meant
from schedules.grouping import STATES, Chosen, Group, Sort
from schedules.protocol import Role

FIRST_FIELDS = {"record": "taken_on", "book": "booked_on", "waive": "check", "note": "kind", "seen": "result"}
"""Where each form begins: a browser takes the eyes and the keyboard there by itself."""
ON_A_PAGE = 60
"""Patients. More are on the next page, which says how many."""


def show(asked: Asked) -> Response:
    return lay_out(asked, read_view(asked), None)


def show_again(asked: Asked) -> Response:
    """After a refusal: the list as it is now, and the form as it was typed."""
    view = read_view(asked)
    act = urlsplit(str(asked.request.url)).path.rpartition("/")[2]
    of = asked.form.get("of")
    return lay_out(asked, view, read_meant(act, of))


def lay_out(asked: Asked, view: View, meant: Meant | None) -> Response:
    say, desk = speaker(asked.language), asked.desk
    chosen = choose(desk, view.choice, seen_within=asked.program.config.seen_within_working_days)
    clinics = clinics_of(desk)
    shown, page, pages = _page(chosen.groups, view.page)
    meant = meant or read_meant(view.form, view.of)
    plain = address_of(View(view.choice, view.page))
    form = _form(asked, meant, chosen, plain) if meant and asked.visitor.actor.role != "viewer" else None
    blocks = _blocks(asked, say, shown)
    is_on_page = form is not None and any(one.treatment_id == form.treatment_id for one in shown)
    asked.read("worklist", patients=len(shown) + (form is not None and not is_on_page))
    today = max(desk.today[one.id] for one in clinics) if clinics else desk.at.date()
    return asked.page(
        "worklist.html",
        Section.WORKLIST,
        view=view,
        blocks=blocks,
        tiles=[_tile(view, chosen, state) for state in STATES if state != "failed" or chosen.counts["failed"]],
        everybody=address_of(View(view.choice), state=""),
        count=len(chosen.groups),
        page=page,
        pages=pages,
        first=(page - 1) * ON_A_PAGE + 1 if page else 1,
        pager=lambda number: address_of(View(view.choice), page=number),
        clinics=clinics,
        sorts=list(Sort),
        families=titles_by_id(say, chosen.families),
        form=form,
        form_row=form.of if form and is_on_page else "",
        close=plain,
        back=plain,
        # Hundreds of links: only their ends differ, and those hold nothing that an address would have to escape.
        open_address=lambda act, of: f"{plain}{'&' if '?' in plain else '?'}do={act}&of={of}#{FIRST_FIELDS[act]}",
        today=today,
        files={kind: address_of(View(view.choice), f"/worklist.{kind}") for kind in ("csv", "xlsx")},
        ailments=[one.id for one in list_ailments(desk, asked.program.config)] if _is_admin(asked) else (),
        next_due=find_next_due(desk, view.choice.clinic) if not chosen.groups and view.choice.is_all else None,
    )


def _page(groups: Sequence[Group], wanted: int) -> tuple[Sequence[Group], int, int]:
    """The groups of a page, its number (0: all are shown), and how many pages there are."""
    pages = max(-(-len(groups) // ON_A_PAGE), 1)
    if wanted == 0 or pages == 1:
        return groups, 0 if wanted == 0 else 1, pages
    page = min(wanted, pages)
    return groups[(page - 1) * ON_A_PAGE : page * ON_A_PAGE], page, pages


def _blocks(asked: Asked, say: Speaker, shown: Sequence[Group]) -> list[Block]:
    notes = list_last_notes(asked.desk.connection, [one.treatment_id for one in shown])
    role = asked.visitor.actor.role
    # An administrator speaks for administrators with one press, and for others only by naming who it was.
    sees_for = frozenset({Role.ADMIN} if role == "admin" else MAY_SEE_FOR.get(role, set()))
    several = len(asked.visitor.actor.clinic_ids) > 1
    return [
        block_of(
            say, group, note=notes.get(group.treatment_id, ""), clinic=group.clinic if several else "",
            may_write=role != "viewer", may_see_for=sees_for,
        )
        for group in shown
    ]  # fmt: skip


def _form(asked: Asked, meant: Meant, chosen: Chosen, back: str) -> OpenForm:
    ids = [one.treatment_id for one in chosen.groups]
    at = ids.index(meant.treatment_id) if meant.treatment_id in ids else -1
    following = ids[at + 1] if 0 <= at < len(ids) - 1 else ids[at - 1] if at > 0 else 0
    return open_form(asked, meant, back=back, following=str(following) if following else "")


def _tile(view: View, chosen: Chosen, state: str) -> Tile:
    is_chosen = view.choice.state == state
    address = address_of(View(view.choice), state="" if is_chosen else state)
    return Tile(state, chosen.counts[state], address, is_chosen)


def _is_admin(asked: Asked) -> bool:
    return asked.visitor.actor.role == "admin"


def to_list(_asked: Asked) -> Response:
    """Whoever opens an act's address, such as by a reload after a refusal, finds the list."""
    return go_to("/worklist")


PAGES: Sequence[Page] = (
    Page("/worklist", show=show),
    *(Page(f"/worklist/{name}", show=to_list, act=act, again=show_again) for name, act in ACTS.items()),
    Page("/worklist/several", show=worklist_several.show, act=worklist_several.act, needs=Needs.WRITE),
    Page("/worklist.csv", show=worklist_files.show_csv),
    Page("/worklist.xlsx", show=worklist_files.show_xlsx),
    Page("/undo", show=to_list, act=worklist_undo.take_back, again=worklist_undo.show_again),
)
