"""Plan tables: one plan on paper or screen, from the courses at the top to every visit of the follow-up."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.render.consoles import Paper, write_text
from monitor.render.pages import MARGIN, bullets, facts, indented, section
from monitor.render.plan_view import PlanView
from monitor.render.rhythms import describe_rhythm
from monitor.render.shapes import confidence_mark, draw_lane, draw_legend, draw_ruler, draw_years
from monitor.render.strip import Lane, Strip, draw_strip
from monitor.render.texts import format_day, format_days, word
from monitor.render.visit_list import explain_bundles, find_bundles, list_visits
from schedules import phrases
from schedules.model import Course
from schedules.protocol import Confidence, Rule

WIDEST_LABEL = 28


def render_plan_table(view: PlanView, *, language: str, paper: Paper) -> str:
    """The whole plan as text; the same view gives the same text."""
    return write_text(_parts(view, paper, language), paper)


def _parts(view: PlanView, paper: Paper, language: str) -> Iterator[RenderableType]:
    yield from _header(view, language)
    yield from _flags(view, language)
    if not view.plan.checks:
        yield indented(Text(word("nothing", language)))
        return
    yield from section(word("month-by-month", language), *_strip(view, paper, language))
    yield from section(word("what", language), _rules(view, paper, language))
    bundles = {} if paper.is_wide else find_bundles(view, language)
    legend = [Text(line, "bright_black") for line in explain_bundles(view, bundles, language)]
    yield from section(word("visits", language), *legend, list_visits(view, paper, language))
    if view.advice:
        yield from section(word("advice", language), _advice(view, language))
    yield from section(word("confidence", language), *_confidence(view, language))


def _header(view: PlanView, language: str) -> Iterator[RenderableType]:
    protocol = view.protocol
    yield Text(protocol.text(protocol.title, language), "bold")
    status = Text(word(protocol.status, language), "bold red" if protocol.status == "draft" else "")
    about = [Text(f"{protocol.id} {protocol.version}"), status]
    if protocol.overlays:
        about.append(Text(word("with-overlays", language, overlays=", ".join(protocol.overlays))))
    yield indented(Text(" · ").join(about))
    yield Text("")
    yield indented(facts(_facts(view, language)))


def _facts(view: PlanView, language: str) -> Iterator[tuple[str, str]]:
    for course in view.plan.courses:
        yield word("course", language, n=course.number), _course(view, course, language)
    yield word("follow-up", language), _end(view, language)
    if view.next_course_on:
        day = format_day(view.next_course_on, language, "weekday")
        yield word("next-course", language), word("not-before", language, day=day)
    counts = word("visit-count", language, visits=len(view.visits), checks=len(view.plan.checks))
    avoids = "avoids-holidays" if view.country else "avoids-weekends"
    yield word("visits", language), f"{counts}; {word(avoids, language, country=view.country)}"


def _course(view: PlanView, course: Course, language: str) -> str:
    days = format_days(course.starts_on, course.infusions[-1].infused_on, language)
    foreseen = view.protocol.courses.planned_days(course.number)
    given = len(course.given)
    planned = len(course.infusions) - given
    match bool(given), bool(planned):
        case True, True:
            counts = "days-given-and-planned"
        case False, _:
            counts = "days-planned"
        case _:
            counts = "days-given"
    return f"{days} · {word(counts, language, given=given, foreseen=foreseen, planned=planned)}"


def _end(view: PlanView, language: str) -> str:
    if view.plan.ends_on is None:
        return word("no-end", language)
    day = format_day(view.plan.ends_on, language, "weekday")
    return word("ends", language, day=day, length=phrases.length(view.protocol.follow_up.lasts, language))


def _flags(view: PlanView, language: str) -> Iterator[RenderableType]:
    """What a person must see before the plan: departures from the courses, and rules to confirm."""
    sentences = [flag.sentence(language) for flag in view.flags]
    asked = [rule for rule, checks in view.checks_by_rule.items() if any(check.confirm for check in checks)]
    if asked:
        titles = ", ".join(view.title(view.protocol.get_rule(rule), language) for rule in asked)
        sentences.append(word("confirm", language, titles=titles))
    if sentences:
        yield from section(word("to-see", language), bullets((Text("!", "bold yellow"), one) for one in sentences))


def _strip(view: PlanView, paper: Paper, language: str) -> Iterator[RenderableType]:
    strip = draw_strip(view)
    room = paper.columns - MARGIN
    titles = {lane.family: _lane_title(view, lane, language) for lane in strip.lanes}
    label = _label_width(list(titles.values()), room - 1 - len(strip.months))
    for number, months in enumerate(strip.bands(room - label - 1)):
        if number:
            yield Text("")
        yield _band(strip, months, titles, label, paper)
    yield Text("")
    yield from draw_legend(strip, paper, room, language)


def _lane_title(view: PlanView, lane: Lane, language: str) -> str:
    return view.family_title(lane.family, language) if lane.family else word("infusions", language)


def _label_width(titles: list[str], left: int) -> int:
    """As wide as the longest title, within reason; narrower, with titles on two lines, where that saves a band."""
    longest_word = max(len(part) for title in titles for part in title.split())
    wanted = max(longest_word, min(max(len(title) for title in titles), WIDEST_LABEL))
    return left if longest_word <= left < wanted else wanted


def _band(strip: Strip, months: slice, titles: dict[str | None, str], label: int, paper: Paper) -> Table:
    room = paper.columns - MARGIN - label - 1
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=label, overflow="fold")
    table.add_column(no_wrap=True, width=room)
    table.add_row("", draw_years(strip, months, room))
    table.add_row("", draw_ruler(strip, months, paper))
    for lane in strip.lanes:
        if any(cell.count for cell in lane.cells[months]):
            table.add_row(titles[lane.family], draw_lane(lane, months, paper))
    return table


def _rules(view: PlanView, paper: Paper, language: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", width=1)
    table.add_column(word("check", language), overflow="fold")
    table.add_column(word("how-often", language), overflow="fold")
    table.add_column(word("times", language), justify="right")
    if paper.is_wide:
        table.add_column(word("first", language), no_wrap=True)
        table.add_column(word("last", language), no_wrap=True)
    for rule_id, checks in view.checks_by_rule.items():
        rule = view.protocol.get_rule(rule_id)
        title, rhythm = view.title(rule, language), describe_rhythm(rule, language)
        row: list[RenderableType] = [confidence_mark(rule.source.confidence), title, rhythm, str(len(checks))]
        if paper.is_wide:
            row += [format_day(checks[0].due_on, language), format_day(checks[-1].due_on, language)]
        table.add_row(*row)
    return table


def _advice(view: PlanView, language: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for advice in view.protocol.advice:
        periods = [one for one in view.advice if one.advice.id == advice.id]
        lines = [
            format_days(one.starts_on, one.ends_on, language)
            if one.ends_on
            else word("for-good", language, start=format_day(one.starts_on, language))
            for one in periods
        ]
        if lines:
            table.add_row(view.protocol.text(advice.title, language), "\n".join(lines))
    return table


def _confidence(view: PlanView, language: str) -> Iterator[RenderableType]:
    """Which rules rest on something unsettled, with the source's own words, and whose windows do."""
    rules = [view.protocol.get_rule(rule) for rule in view.checks_by_rule if view.protocol.find_rule(rule)]
    unsettled = [rule for rule in rules if not rule.source.confidence.is_settled]
    if unsettled:
        yield bullets((confidence_mark(rule.source.confidence), _doubt(view, rule, language)) for rule in unsettled)
    yield Text(word("rules-verified", language))
    for confidence in (Confidence.NEEDS_CHECK, Confidence.LOCAL_POLICY):
        titles = [view.title(rule, language) for rule in rules if rule.window.confidence is confidence]
        if titles:
            key = "all-windows" if len(titles) == len(rules) else "some-windows"
            said = phrases.confidence(confidence, language)
            yield Text(word(key, language, confidence=said, titles=", ".join(titles)))


def _doubt(view: PlanView, rule: Rule, language: str) -> str:
    confidence = phrases.confidence(rule.source.confidence, language)
    return f"{view.title(rule, language)}: {confidence}. {rule.source.note or ''}".strip()
