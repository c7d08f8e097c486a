"""Blocks of the worklist's page: the HTML of one patient, the same until something about the patient is new."""

from collections.abc import Mapping

from markupsafe import Markup

from monitor.render.staff.speaking import Speaker
from monitor.render.staff.template import render_part
from monitor.render.staff.worklist_values import Block, OpenForm

FIRST_FIELDS: Mapping[str, str] = {
    "record": "taken_on", "book": "booked_on", "waive": "check", "note": "kind", "seen": "result",
}  # fmt: skip
"""Where each form begins: a browser takes the eyes and the keyboard there by itself."""


def render_block(
    say: Speaker, block: Block, *, back: str, may_write: bool, form: OpenForm | None = None, opened: str = ""
) -> Markup:
    """One patient. `back` is the list's own address; `form` stands open in it, and `opened` is its HTML."""
    # Hundreds of links: only their ends differ, and those hold nothing that an address would have to escape.
    start = f"{back}{'&' if '?' in back else '?'}do="
    return render_part(
        "worklist_block.html", say, block=block, back=back, may_write=may_write, form=form, opened=opened,
        open_address=lambda act, of: f"{start}{act}&of={of}#{FIRST_FIELDS[act]}",
    )  # fmt: skip
