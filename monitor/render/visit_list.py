"""Visit lists: one line for each visit, with the day suggested, the days on time and the checks it serves."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rich.table import Table
from rich.text import Text

from monitor.render.consoles import Paper
from monitor.render.plan_view import PlanView
from monitor.render.shapes import shape
from monitor.render.strip import OF_ORIGIN, WEIGHT
from monitor.render.texts import format_brief_days, format_column_day, place_word, word
from schedules import phrases
from schedules.model import Key
from schedules.protocol import Place, Recurring, Rule
from schedules.visits import Visit

SMALLEST_BUNDLE = 3

Bundles = Mapping[frozenset[str], str]
"""Rules that always meet on one day, and one name for them, so that narrow paper needs one line for a visit."""


def find_bundles(view: PlanView, language: str) -> Bundles:
    """The rules for everybody that share a rhythm and a place, where there are at least three of them."""
    groups: dict[tuple[Recurring, Place], list[Rule]] = {}
    for rule in view.protocol.rules:
        if isinstance(rule.schedule, Recurring) and rule.only_for is None and rule.id in view.checks_by_rule:
            groups.setdefault((rule.schedule, rule.place), []).append(rule)
    return {
        frozenset(rule.id for rule in rules): _name(rules, language)
        for rules in groups.values()
        if len(rules) >= SMALLEST_BUNDLE
    }


def _name(rules: Sequence[Rule], language: str) -> str:
    schedule = rules[0].schedule
    assert isinstance(schedule, Recurring)
    every = ", ".join(phrases.every(step.every, language) for step in schedule.steps)
    return word("tests-every", language, every=every)


def list_visits(view: PlanView, paper: Paper, language: str) -> Table:
    gap = 2 if paper.is_wide else 1
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), show_header=True, header_style="bold")
    table.add_column("", width=1)
    table.add_column(word("suggested", language), no_wrap=True)
    if paper.is_wide:
        table.add_column(word("due", language), no_wrap=True)
    table.add_column(word("on-time", language), no_wrap=True)
    table.add_column(word("number-and-check", language), overflow="fold")
    bundles = {} if paper.is_wide else find_bundles(view, language)
    for year, visits in groupby(view.visits, key=lambda visit: visit.due_on.year):
        if table.row_count:
            table.add_row()
        table.add_row("", Text(str(year), "bold"))
        for visit in visits:
            table.add_row(*_row(view, visit, bundles, paper, language))
    return table


def _row(view: PlanView, visit: Visit, bundles: Bundles, paper: Paper, language: str) -> list[Text]:
    origin = max((view.checks[key].origin for key in visit.keys), key=lambda one: WEIGHT[OF_ORIGIN[one]])
    mark = shape(OF_ORIGIN[origin], paper)
    moved = visit.visit_on != visit.due_on
    row = [mark, Text(format_column_day(visit.visit_on, language), "bold")]
    if paper.is_wide:
        row.append(Text(format_column_day(visit.due_on, language), "yellow" if moved else "bright_black"))
    row.append(Text(format_brief_days(visit.opens_on, visit.closes_on, language)))
    row.append(_checks(view, visit, bundles, language))
    return row


def _checks(view: PlanView, visit: Visit, bundles: Bundles, language: str) -> Text:
    """`Full blood count, Creatinine (12) · Thyroid test (4)`: checks of one number share it."""
    groups = []
    for number, keys in _by_number(visit.keys):
        titles = _titles(view, keys, bundles, language)
        groups.append(f"{', '.join(titles)} ({number})")
    where = "" if visit.place is Place.LABORATORY else f"{place_word(visit.place, language)}: "
    return Text(where + " · ".join(groups))


def _by_number(keys: Iterable[Key]) -> list[tuple[int, list[Key]]]:
    numbers: dict[int, list[Key]] = {}
    for key in keys:
        numbers.setdefault(key.number, []).append(key)
    return list(numbers.items())


def _titles(view: PlanView, keys: Sequence[Key], bundles: Bundles, language: str) -> list[str]:
    rest = [key.rule for key in keys]
    titles = []
    for rules, name in bundles.items():
        if rules <= set(rest):
            titles.append(name)
            rest = [rule for rule in rest if rule not in rules]
    return titles + [view.title(view.protocol.get_rule(rule), language) for rule in rest]


def explain_bundles(view: PlanView, bundles: Bundles, language: str) -> list[str]:
    """One sentence for each name, with the titles in the protocol's order."""
    return [
        word(
            "bundle",
            language,
            name=name,
            titles=", ".join(view.title(rule, language) for rule in view.protocol.rules if rule.id in rules),
        )
        for rules, name in bundles.items()
    ]
