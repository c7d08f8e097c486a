"""Forms of the staff pages: fields read with every problem found, and never believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from monitor.render.staff.values import Trouble
from monitor.web.bodies import FORM, Unreadable, kind_of, read_body
from schedules.errors import Unacceptable

UPLOAD = "multipart/form-data"
MOST_FIELDS = 5000


SECRET = "password"  # noqa: S105  (a part of names)
"""What a field with this in its name held never stands in a page again."""


class Incomplete(Unacceptable):
    """A form that cannot be acted on yet; `troubles` are all that is wrong with it."""

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        super().__init__("The form is not complete.")
        self.troubles = tuple(troubles)


@dataclass(slots=True)
class Form:
    """What was sent, by field, and what is wrong with it so far; `finish` refuses (Incomplete) if anything is."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    """By field the name and the content of a file."""
    troubles: list[Trouble] = field(default_factory=list)

    def complain(self, name: str, code: str, **facts: object) -> None:
        self.troubles.append(Trouble(name, code, facts))

    def finish(self) -> None:
        if self.troubles:
            raise Incomplete(self.troubles)

    @property
    def retained(self) -> Mapping[str, Sequence[str]]:
        """What may be shown again."""
        return {name: values for name, values in self.fields.items() if SECRET not in name}

    def all(self, name: str) -> Sequence[str]:
        return self.fields.get(name, ())

    def get(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")

    def ticked(self, name: str) -> bool:
        return bool(self.get(name))

    def line(self, name: str, *, longest: int = 200, required: bool = False) -> str:
        """One line, without the blanks around it."""
        return self._text(name, " ".join(self.get(name).split()), longest, required=required)

    def text(self, name: str, *, longest: int = 2000, required: bool = False) -> str:
        """Several lines."""
        return self._text(name, self.get(name).replace("\r\n", "\n").strip(), longest, required=required)

    def _text(self, name: str, text: str, longest: int, *, required: bool) -> str:
        if required and not text:
            self.complain(name, "missing")
        if len(text) > longest:
            self.complain(name, "too-long", longest=longest)
        return text

    def day(self, name: str, *, required: bool = True) -> date | None:
        """2027-05-14, as `<input type="date">` sends it."""
        text = self.get(name).strip()
        if not text:
            if required:
                self.complain(name, "missing")
            return None
        try:
            return date.fromisoformat(text if len(text) == 10 else "")
        except ValueError:
            self.complain(name, "day-unreadable")
            return None

    def hour(self, name: str) -> time | None:
        """09:30, as `<input type="time">` sends it; nothing where nothing was entered."""
        text = self.get(name).strip()
        if not text:
            return None
        try:
            return time.fromisoformat(text if len(text) in {5, 8} else "")
        except ValueError:
            self.complain(name, "hour-unreadable")
            return None

    def number(self, name: str, *, least: int = 0, most: int = 10**9, required: bool = True) -> int | None:
        text = self.get(name).strip()
        if not text and not required:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 15 and least <= int(text) <= most):
            self.complain(name, "number-unreadable", least=least, most=most)
            return None
        return int(text)

    def numbers(self, name: str) -> list[int]:
        """Every whole number of that name; what is none is left out."""
        return [int(one) for one in self.all(name) if one.isascii() and one.isdigit() and len(one) < 15]

    def choice(self, name: str, known: Sequence[str], *, otherwise: str = "") -> str:
        sent = self.get(name)
        if sent not in known:
            self.complain(name, "choice-unknown")
            return otherwise
        return sent


async def read_form(request: Request, *, largest: int, takes_files: bool) -> Form:
    """What the browser sent. Refuses (Unreadable) another kind of body and one that is larger than `largest` bytes."""
    kind = kind_of(request)
    if kind not in ({FORM, UPLOAD} if takes_files else {FORM}):
        raise Unreadable(415)
    body = await read_body(request, largest)
    if kind == UPLOAD:
        return await _read_upload(request, body)
    try:
        pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Unreadable(400) from None
    return Form(_by_name(pairs))


async def _read_upload(request: Request, body: bytes) -> Form:
    async def replay() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    again = Request(request.scope, replay)  # the body was counted before it is taken apart
    try:
        async with again.form(max_fields=MOST_FIELDS, max_files=10, max_part_size=len(body) + 1) as sent:
            found = sent.multi_items()
            files = {name: (one.filename or "", await one.read()) for name, one in found if isinstance(one, UploadFile)}
            return Form(_by_name([(name, one) for name, one in found if isinstance(one, str)]), files)
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] in {"starlette", "python_multipart", "multipart"}:
            raise Unreadable(400) from None
        raise


def _by_name(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        # What no field of a page can hold, and no database wants.
        found.setdefault(name, []).append(value.replace("\x00", ""))
    return found
