"""The worklist's choice as it stands in an address: filters by name, so that a link can be kept and told."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from monitor.web.staff.asking import Asked
from schedules.grouping import STATES, Choice, Sort

LONGEST = 200


@dataclass(frozen=True, slots=True)
class View:
    """What an address of the worklist asks for: which lines, which page of them, and the form that stands open.

    `form` is the act, `of` the treatment and the trip it is about; `page` counts from 1, 0 is all on one.
    """

    choice: Choice
    page: int = 1
    form: str = ""
    of: str = ""


def read_view(asked: Asked) -> View:
    """From the page's own address, or after a refusal from the address of the list in which the form stood."""
    query = dict(parse_qsl(urlsplit(asked.path).query, keep_blank_values=True))
    return View(read_choice(query, asked), _page(query.get("page", "")), query.get("do", ""), query.get("of", ""))


def read_choice(query: Mapping[str, str], asked: Asked) -> Choice:
    """What makes no sense is left aside: a link of last year shows the list and no error."""
    state, sort = query.get("state", ""), query.get("sort", "")
    return Choice(
        clinic=query.get("clinic", "") or None,
        state=state if state in STATES else None,
        rule=query.get("rule", "")[:LONGEST] or None,
        unbooked=bool(query.get("unbooked")),
        mine=asked.visitor.actor.id if query.get("mine") else None,
        words=" ".join(query.get("q", "")[:LONGEST].split()),
        sort=Sort(sort) if sort in set(Sort) else Sort.URGENCY,
    )


def _page(text: str) -> int:
    if text == "all":
        return 0
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def pairs_of(choice: Choice) -> dict[str, str]:
    """The choice as it stands in an address; what is not asked for does not stand there."""
    asked = {
        "clinic": choice.clinic or "",
        "state": choice.state or "",
        "rule": choice.rule or "",
        "unbooked": "1" if choice.unbooked else "",
        "mine": "1" if choice.mine is not None else "",
        "q": choice.words,
        "sort": "" if choice.sort is Sort.URGENCY else choice.sort.value,
    }
    return {name: value for name, value in asked.items() if value}


def address_of(view: View, path: str = "/worklist", /, **changes: str) -> str:
    """The address of the view with some of its parts changed; the empty text leaves one out."""
    own = {**pairs_of(view.choice), **({} if view.page == 1 else {"page": str(view.page or "all")}), **changes}
    query = urlencode({name: value for name, value in own.items() if value})
    return f"{path}?{query}" if query else path
