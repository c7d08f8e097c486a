"""Carrying: what somebody typed goes along while they sign in again, and is theirs to send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from monitor.web.staff.answers import is_local
from monitor.web.staff.forms import MOST_FIELDS, SECRET, Form

TO, TYPED, FILES = "carried-to", "carried", "carried-files"
SILENT = frozenset({"back", "treatment", "revision", "deed", "did"})
"""Fields that no person typed."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A form on its way: where it goes, its fields, and whether a file was among it, which cannot go along."""

    to: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    has_files: bool = False

    def __bool__(self) -> bool:
        return bool(self.to)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.fields.items() for value in values]

    @property
    def encoded(self) -> str:
        """As one field of a form."""
        return urlencode(self.pairs)

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What a person will recognise: no numbers of ours, nothing empty."""
        return [(name, value) for name, value in self.pairs if name not in SILENT and value.strip()]


NOTHING = Carried()


def carry(request: Request, form: Form) -> Carried:
    """What was just sent to an address of ours."""
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Carried(address, form.retained, any(content for _, content in form.files.values()))


def read_carried(form: Form) -> Carried:
    """What goes along with the form for signing in; nothing where it would lead elsewhere than to a path of ours."""
    to = form.get(TO)
    if not to or not is_local(to):
        return NOTHING
    try:
        pairs = parse_qsl(form.get(TYPED), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return NOTHING
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if SECRET not in name:
            fields.setdefault(name, []).append(value)
    return Carried(to, fields, form.ticked(FILES))
