"""Clinic figures over HTTP: the work ahead and what was done in time, as charts, tables and files."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from monitor.render.staff import charts
from monitor.render.staff.speaking import Speaker, speaker
from monitor.render.staff.template import render_part
from monitor.render.staff.values import Section
from monitor.render.tables import Cell, write_csv
from monitor.services.clinic_figures import Ahead, Kept, adherence_of, workload_of
from monitor.services.memory import recall
from monitor.services.people import list_clinics
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Page
from schedules.adherence import MONTHS, Series
from schedules.protocol import Place

CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class AheadDrawn:
    """The weeks of one clinic, drawn for a wide screen and for a telephone; `told` are the busiest in words."""

    ahead: Ahead
    wide: charts.Bars
    tall: charts.Bars
    told: dict[object, str]


@dataclass(frozen=True, slots=True)
class KeptDrawn:
    """The shares of one clinic, drawn; `rules` each with its own small chart."""

    kept: Kept
    wide: charts.Lines
    narrow: charts.Lines
    rules: Sequence[tuple[Series, charts.Lines]]


def show_workload(asked: Asked) -> Response:
    say, chosen = speaker(asked.language), asked.query("clinic")
    found = workload_of(asked.desk, chosen or None, language=asked.language)
    return asked.page(
        "clinic_workload.html", Section.CLINIC, clinics=list_clinics(asked.desk), chosen=chosen,
        found=[_section_of_ahead(asked, one, say) for one in found],
    )  # fmt: skip


def _section_of_ahead(asked: Asked, ahead: Ahead, say: Speaker) -> Markup:
    return recall(
        asked.desk.memory, (f"ahead {asked.language}", ahead.clinic.id), ahead,
        lambda: render_part("clinic_ahead.html", say, one=_draw_ahead(ahead, say)),
    )  # fmt: skip


def _draw_ahead(ahead: Ahead, say: Speaker) -> AheadDrawn:
    return AheadDrawn(
        ahead,
        charts.draw_weeks(ahead.weeks, ahead.busiest, say, upright=True),
        charts.draw_weeks(ahead.weeks, ahead.busiest, say, upright=False),
        {week.begins_on: charts.tell_week(week, say) for week in ahead.busiest},
    )


def workload_file(asked: Asked) -> Response:
    found = workload_of(asked.desk, asked.query("clinic") or None, language=asked.language)
    head: list[Cell] = ["clinic", "week_from", *Place, "visits", "working_days", "lost_days", "lost_to"]
    rows: list[list[Cell]] = [
        [
            one.clinic.id, week.begins_on, *(week.at(place) for place in Place), week.number, week.working_days,
            len(week.lost), "; ".join(dict.fromkeys(lost.name for lost in week.lost)),
        ]
        for one in found
        for week in one.weeks
    ]  # fmt: skip
    return _file([head, *rows], "workload.csv")


def show_adherence(asked: Asked) -> Response:
    say, chosen, months = speaker(asked.language), asked.query("clinic"), _months(asked)
    found = adherence_of(asked.desk, chosen or None, months=months)
    return asked.page(
        "clinic_adherence.html", Section.CLINIC, clinics=list_clinics(asked.desk), chosen=chosen, months=months,
        found=[_section_of_kept(asked, one, say, is_alone=len(found) == 1) for one in found],
    )  # fmt: skip


def _section_of_kept(asked: Asked, kept: Kept, say: Speaker, *, is_alone: bool) -> Markup:
    return recall(
        asked.desk.memory, (f"kept {asked.language}", kept.clinic.id), (kept, is_alone),
        lambda: render_part(
            "clinic_kept.html", say, one=_draw_kept(kept, say), is_alone=is_alone, percent=charts.percent,
            month_name=charts.month_name,
        ),
    )  # fmt: skip


def _draw_kept(kept: Kept, say: Speaker) -> KeptDrawn:
    return KeptDrawn(
        kept,
        charts.draw_shares(kept.everything, say, width=960, height=240, labelled=True),
        charts.draw_shares(kept.everything, say, width=340, height=200, labelled=False),
        [(one, charts.draw_shares(one, say, width=340, height=130, labelled=False)) for one in kept.rules],
    )


def adherence_file(asked: Asked) -> Response:
    """Every month of every rule, with its own numbers: they add up to those of the page."""
    found = adherence_of(asked.desk, asked.query("clinic") or None, months=_months(asked))
    head: list[Cell] = ["clinic", "month", "rule", "done_in_window", "done_outside", "missed", "to_be_done"]
    rows: list[list[Cell]] = [
        [
            one.clinic.id, f"{month.year}-{month.month:02}", series.rule, share.in_window, share.late, share.missed,
            share.number,
        ]
        for one in found
        for series in one.rules
        for month, share in series.months
        if share.number
    ]  # fmt: skip
    return _file([head, *rows], "adherence.csv")


def _months(asked: Asked) -> int:
    return next((one for one in MONTHS if str(one) == asked.query("months")), MONTHS[0])


def _file(rows: Iterable[Sequence[Cell]], name: str) -> Response:
    text = io.StringIO()
    write_csv(rows, text)
    return download(text.getvalue().encode(), CSV, name)


PAGES: Sequence[Page] = (
    Page("/clinic/workload", show=show_workload),
    Page("/clinic/workload.csv", show=workload_file),
    Page("/clinic/adherence", show=show_adherence),
    Page("/clinic/adherence.csv", show=adherence_file),
)
