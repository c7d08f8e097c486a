"""A patient's page: who is followed, how far, what is open, what comes next, and what was done by whom."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.render.consoles import Paper, write_text
from monitor.render.pages import bullets, facts, section
from monitor.render.patient_page import Departed, Page, Told, count_progress, tell_progress, title_of
from monitor.render.patient_strip import draw, state_key
from monitor.render.patient_words import tell
from monitor.render.texts import format_day, format_days, word
from monitor.render.worklist import lines_table
from monitor.render.worklist_words import days_apart, format_instant, near_day, say
from schedules import phrases
from schedules.whom import age_on

RECENT = 8
NEXT = 3


def render_page(page: Page, *, language: str, paper: Paper, everything: bool = False) -> str:
    """The page as text; with `everything` the whole history and every check."""
    return write_text(_parts(page, language, paper, everything), paper)


def _parts(page: Page, language: str, paper: Paper, everything: bool) -> Iterator[RenderableType]:
    yield Text(_headline(page, language), "bold")
    yield facts(_header(page, language))
    if page.flags or page.next_course_on:
        lines: list[tuple[Text | str, Text | str]] = [
            (Text("!", "bold yellow"), flag.sentence(language)) for flag in page.flags
        ]
        if lines:
            yield from section(tell("flags", language), bullets(lines))
    now: RenderableType = lines_table(page.lines, language, paper) if page.lines else Text(tell("all-well", language))
    yield from section(tell("now", language), now)
    if page.exposures:
        yield from section(tell("clocks", language), _clocks(page, language))
    strip = draw(page.protocol, page.plan.courses, page.settled, today=page.today, language=language, paper=paper)
    yield from section(tell("months", language), *strip)
    yield from section(tell("next", language), _visits(page, language, everything))
    if page.advice:
        yield from section(tell("advice", language), _advice(page, language))
    if everything:
        yield from section(tell("all-checks", language), _checks(page, language))
    if page.withdrawn:
        yield Text("")
        yield Text(tell("checks-withdrawn", language, n=page.withdrawn), "dim")
    if page.notes:
        yield from section(tell("notes", language), _told(page, page.notes, language))
    yield from section(tell("history", language), *_history(page, language, everything))


def _headline(page: Page, language: str) -> str:
    parts = [tell("patient", language, reference=page.reference)]
    if page.name:
        parts.append(page.name)
    parts.append(tell(page.sex or "unknown", language))
    if page.born_on:
        parts.append(tell("age", language, years=age_on(page.born_on, page.today)))
    else:
        parts.append(tell("age-unknown", language))
    return " · ".join(parts)


def _header(page: Page, language: str) -> Iterator[tuple[str, Text | str]]:
    protocol = page.protocol
    yield tell("clinic", language), page.clinic
    if len(page.treatment_ids) > 1:
        others = ", ".join(str(one) for one in page.treatment_ids if one != page.treatment_id)
        yield tell("treatments", language), tell("this-of", language, this=page.treatment_id, others=others)
    overlays = f" {tell('with', language, overlays=', '.join(protocol.overlays))}" if protocol.overlays else ""
    approval = Text(f"{protocol.id} {protocol.version}{overlays}, ")
    if page.approved_by and page.approved_at:
        day = format_day(page.approved_at.astimezone(ZoneInfo(page.zone)).date(), language)
        approval.append(tell("approved", language, name=page.approved_by, day=day))
    else:
        approval.append(tell("unapproved", language), "bold red")
    if page.is_invented:
        approval.append(f" ({tell('invented', language)})", "yellow")
    yield tell("protocol", language), approval
    for course in page.plan.courses:
        days = format_days(course.starts_on, course.infusions[-1].infused_on, language)
        planned = len(course.infusions) - len(course.given)
        key = "days-planned" if not course.given else "days-given-and-planned" if planned else "days-given"
        foreseen = protocol.courses.planned_days(course.number)
        counts = word(key, language, given=len(course.given), foreseen=foreseen, planned=planned)
        yield word("course", language, n=course.number), f"{days} · {counts}"
    if page.plan.ends_on:
        day = format_day(page.plan.ends_on, language, "weekday")
        length = phrases.length(protocol.follow_up.lasts, language)
        yield word("follow-up", language), word("ends", language, day=day, length=length)
    else:
        yield word("follow-up", language), word("no-end", language)
    if page.next_course_on and page.next_course_on > page.today:
        day = format_day(page.next_course_on, language, "weekday")
        yield word("next-course", language), word("not-before", language, day=day)
    if progress := _progress(page, language):
        yield tell("progress", language), progress
    if page.followed_here_from:
        day = format_day(page.followed_here_from, language)
        yield tell("followed", language), tell("followed-from", language, day=day)
    if page.contact:
        yield tell("contact", language), page.contact
    if gone := page.departure:
        yield tell("discharged", language), Text(_departure(gone, language), "bold")


def _departure(gone: Departed, language: str) -> str:
    return tell(
        "discharged-on",
        language,
        day=format_day(gone.on, language),
        kind=tell("other-kind" if gone.kind == "other" else gone.kind, language),
        to=tell("to", language, place=gone.to) if gone.to else "",
        by=tell("decided", language, name=gone.decided_by) if gone.decided_by else "",
    )


def _progress(page: Page, language: str) -> str | None:
    counted = count_progress(page.protocol, page.settled)
    return tell_progress(page.protocol, counted, language) if counted else None


def _clocks(page: Page, language: str) -> Table:
    rows: list[tuple[str, Text | str]] = []
    for clock in page.exposures:
        key = "clock" if clock.is_known else "clock-none"
        told = tell(key, language, days=clock.days, limit=days_apart(clock.limit_days, language))
        title = title_of(page.protocol, clock.family, language)
        rows.append((title, Text(f"! {told}", "bold red") if clock.is_exceeded else told))
    return facts(rows)


def _visits(page: Page, language: str, everything: bool) -> RenderableType:
    visits = page.visits if everything else page.visits[:NEXT]
    if not visits:
        return Text(tell("no-next", language))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for visit in visits:
        if visit.booked_on:
            day = say("booked-on", language, day=format_day(visit.booked_on, language, "weekday"))
        else:
            day = tell("suggested", language, day=format_day(visit.visit_on, language, "weekday"))
        titles = ", ".join(title_of(page.protocol, key.rule, language) for key in visit.keys)
        if visit.due_on != visit.visit_on:
            titles += f"\n{tell('due', language, day=near_day(visit.due_on, page.today, language))}"
        table.add_row(day, titles)
    return table


def _advice(page: Page, language: str) -> Table:
    rows: list[tuple[str, Text | str]] = []
    for one in page.advice:
        until = tell("for-good", language)
        if one.ends_on:
            until = tell("until", language, day=format_day(one.ends_on, language))
        confirm = f" ({tell('confirm', language)})" if one.confirm else ""
        rows.append((page.protocol.text(one.advice.title, language) + confirm, until))
    return facts(rows)


def _checks(page: Page, language: str) -> Table:
    table = Table.grid(padding=(0, 2))
    for one in page.settled:
        check = one.check
        state = tell(state_key(one, page.today), language)
        on = f" {format_day(one.settled_on, language)}" if one.settled_on else ""
        confirm = f" ({tell('confirm', language)})" if check.confirm else ""
        days = f"{format_day(check.opens_on, language)} – {format_day(check.closes_on, language)}"
        table.add_row(format_day(check.due_on, language, "weekday"), str(check.key), days, f"{state}{on}{confirm}")
    return table


def _history(page: Page, language: str, everything: bool) -> Iterator[RenderableType]:
    deeds = page.deeds if everything else page.deeds[-RECENT:]
    if len(deeds) < len(page.deeds):
        yield Text(tell("earlier", language, n=len(page.deeds) - len(deeds)), "dim")
    yield _told(page, deeds, language)


def _told(page: Page, told: Sequence[Told], language: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in told:
        why = f" ({one.why})" if one.why else ""
        table.add_row(format_instant(one.at, page.zone, language), one.login, one.what + why)
    return table
