"""Page forms: what a patient's browser sends, read with every problem found, and never believed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl

from starlette.requests import Request

from monitor.render.site.values import YES, Field, FieldTrouble, Titles, Trouble, WishesShown
from monitor.render.texts import LANGUAGES
from monitor.services.telling import clean_line
from monitor.web.bodies import FORM, Unreadable, kind_of, read_body
from schedules.errors import Unacceptable

LARGEST_BODY = 16 * 1024
MOST_FIELDS = 40
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HOUR = re.compile(r"[0-9]{1,2}")
KNOWN = frozenset(Field)

Entered = Mapping[str, str]


class NotUnderstood(Unacceptable):
    """A form that cannot be acted on yet; `troubles` are all that is wrong with it."""

    def __init__(self, troubles: list[FieldTrouble]) -> None:
        super().__init__("The form is not complete.")
        self.troubles = troubles


async def read_form(request: Request) -> Entered:
    """The known fields, the first of each. Refuses (Unreadable) another kind of body and one that is too large."""
    if kind_of(request) != FORM:
        raise Unreadable(415)
    body = await read_body(request, LARGEST_BODY)
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Unreadable(400) from None
    return {name: value for name, value in reversed(pairs) if name in KNOWN}


@dataclass(slots=True)
class Reader:
    """Reads one form's fields and collects what is wrong; `finish` refuses if anything is."""

    entered: Entered
    troubles: list[FieldTrouble] = field(default_factory=list)

    def complain(self, trouble: Trouble, about: Field | None = None) -> None:
        self.troubles.append(FieldTrouble(trouble, about))

    def finish(self) -> None:
        if self.troubles:
            raise NotUnderstood(self.troubles)

    def day(self, name: Field) -> date | None:
        """2027-05-14, as `<input type="date">` sends it."""
        text = self.entered.get(name, "").strip()
        if not text:
            self.complain(Trouble.DAY_MISSING, name)
            return None
        try:
            return date.fromisoformat(text if DAY.fullmatch(text) else "")
        except ValueError:
            self.complain(Trouble.DAY_UNREADABLE, name)
            return None

    def line(self, name: Field, *, longest: int, missing: Trouble | None = None) -> str:
        text = clean_line(self.entered.get(name, ""))
        if not text and missing:
            self.complain(missing, name)
        if len(text) > longest:
            self.complain(Trouble.TOO_LONG, name)
        return text

    def ticked(self, name: Field) -> bool:
        return self.entered.get(name) == YES

    def hour(self, name: Field, otherwise: int) -> int:
        """0 to 23; a choice that was switched off need not send one."""
        text = self.entered.get(name, str(otherwise))
        if not HOUR.fullmatch(text) or not 0 <= int(text) <= 23:
            self.complain(Trouble.CHOICE_UNKNOWN, name)
            return otherwise
        return int(text)

    def choice(self, name: Field, known: tuple[str, ...], otherwise: str) -> str:
        sent = self.entered.get(name, "")
        if sent not in known:
            self.complain(Trouble.CHOICE_UNKNOWN, name)
            return otherwise
        return sent


def read_wishes(reader: Reader, known: WishesShown) -> WishesShown:
    """The settings as sent; in place of what cannot be read stands what was known."""
    return WishesShown(
        language=reader.choice(Field.LANGUAGE, LANGUAGES, known.language),
        titles=Titles(reader.choice(Field.TITLES, tuple(Titles), known.titles)),
        advice_in_calendar=reader.ticked(Field.ADVICE_IN_CALENDAR),
        shows_names=reader.ticked(Field.SHOW_NAMES),
        day_before=reader.ticked(Field.DAY_BEFORE),
        day_before_hour=reader.hour(Field.DAY_BEFORE_HOUR, known.day_before_hour),
        same_day=reader.ticked(Field.SAME_DAY),
        same_day_hour=reader.hour(Field.SAME_DAY_HOUR, known.same_day_hour),
        locked=known.locked,
    )
