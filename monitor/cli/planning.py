"""Planning: `monitor plan` turns infusion dates into the whole follow-up, without a database."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.cli.plan_options import Findings
    from monitor.protocols import Library
    from monitor.render.plan_view import PlanView
    from schedules.model import Infusion, Person
    from schedules.protocol import Overlay, Protocol

    Country = tuple[str, str | None]


@click.command()
@click.option("--protocol", "protocol_id", metavar="ID", help="Such as alemtuzumab-eu.  [required]")
@click.option("--overlay", "overlays", multiple=True, metavar="ID", help="Laid over the protocol. Repeatable.")
@click.option("--infusion", "given", multiple=True, metavar="DAY|A..B", help="Infusion days given. Repeatable.")
@click.option("--planned", multiple=True, metavar="DAY|A..B", help="Infusion days only planned. Repeatable.")
@click.option("--sex", metavar="SEX", help="female, male, other or unknown; unknown includes a rule.")
@click.option("--born", metavar="DAY", help="The birth date; without it rules for an age are included.")
@click.option("--country", metavar="CODE", help="Whose public holidays to avoid: DE, or DE-BY for a part.")
@click.option("--format", "form", default="table", show_default=True, metavar="table|json|csv|ics")
@click.option("--lang", "language", metavar="en|de", help="The language of titles and words.")
@click.option("--detail", is_flag=True, help="ics: name the tests. Without it the calendar is discreet.")
@click.option("--reference", default="", metavar="TEXT", help="ics: keeps two patients apart; only a hash is written.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, not to stdout.")
@click.pass_context
def plan(
    ctx: click.Context,
    *,
    protocol_id: str | None,
    overlays: Sequence[str],
    given: Sequence[str],
    planned: Sequence[str],
    sex: str | None,
    born: str | None,
    country: str | None,
    form: str,
    language: str | None,
    detail: bool,
    reference: str,
    output: Path | None,
) -> None:
    """Print the whole follow-up for some infusion dates; needs no database.

    Follow-up counts from the infusions that were given; a planned course only brings the checks before and
    during it.

    \b
    monitor plan --protocol alemtuzumab-eu --infusion 2024-01-08..2024-01-12 \\
                 --infusion 2025-01-13..2025-01-15 --sex female --country DE
    """
    from monitor.cli.library import find_config, open_library
    from monitor.cli.output import talk, write_result
    from monitor.cli.plan_options import FORMATS, Findings, choose, read_country, read_infusions, read_person
    from monitor.render.texts import LANGUAGES
    from schedules.protocol import Sex

    config = find_config(ctx)
    findings = Findings()
    infusions = read_infusions(given, planned, findings)
    person = read_person(sex, born, infusions, findings)
    where = read_country(country or (config.clinic_defaults.country if config else None), findings)
    form = choose("--format", form, FORMATS, findings)
    language = choose("--lang", language or (config.language if config else "en"), LANGUAGES, findings)
    protocol = _combine(open_library(config), protocol_id, overlays, findings)
    findings.raise_any()
    assert protocol  # or its refusal would have been raised

    view = _view(protocol, person, infusions, where)
    for sentence in _notes(view, infusions, form, language):
        talk(sentence)
    if form == "ics":
        from monitor.render.plan_calendar import render_plan_calendar

        urine_advice = person.sex is Sex.FEMALE
        calendar = render_plan_calendar(
            view, language=language, reference=reference, detail=detail, urine_advice=urine_advice
        )
        write_result(calendar, output)
    else:
        write_result(_as_text(view, form, language, output), output)


def _as_text(view: "PlanView", form: str, language: str, output: Path | None) -> str:
    match form:
        case "json":
            from monitor.render.plan_json import render_plan_json

            return render_plan_json(view, language=language)
        case "csv":
            from monitor.render.plan_csv import render_plan_csv

            return render_plan_csv(view, language=language)
        case _:
            from monitor.cli.output import find_paper
            from monitor.render.plan_table import render_plan_table

            return render_plan_table(view, language=language, paper=find_paper(output))


def _combine(
    library: "Library", protocol_id: str | None, overlays: Sequence[str], findings: "Findings"
) -> "Protocol | None":
    """The protocol with its overlays; what is wrong with any of them joins the other problems."""
    if protocol_id is None:
        known = ", ".join(dict.fromkeys(entry.id for entry in library.protocols))
        findings.usage.append(f"--protocol is missing. Known: {known}.")
        return None
    below = findings.keep(lambda: library.get(protocol_id).protocol)
    above = [findings.keep(partial(_read_overlay, library, one)) for one in overlays]
    if below is None or None in above:
        return None
    return findings.keep(lambda: library.combine(protocol_id, overlays))


def _read_overlay(library: "Library", wanted: str) -> "Overlay":
    return library.get_overlay(wanted).overlay


def _view(
    protocol: "Protocol", person: "Person", infusions: Sequence["Infusion"], where: "Country | None"
) -> "PlanView":
    from monitor.render.plan_view import PlanView
    from schedules.advising import advice_periods, earliest_next_course, flags
    from schedules.planning import plan as plan_all
    from schedules.visits import group_visits
    from schedules.working_days import working_days

    whole = plan_all(protocol, person, infusions=infusions)
    is_working_day = working_days(*where) if where else _is_weekday
    return PlanView(
        protocol,
        whole,
        group_visits(protocol, whole.checks, is_working_day),
        advice_periods(protocol, person, whole),
        flags(protocol, whole.courses, today=_today()),
        earliest_next_course(protocol, whole.courses),
        "-".join(part for part in where if part) if where else None,
    )


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def _today() -> date:
    """UTC will do: only notes depend on it."""
    from monitor.clock import SystemClock

    return SystemClock().now().date()


def _notes(view: "PlanView", infusions: Sequence["Infusion"], form: str, language: str) -> list[str]:
    """What a person should know and a machine should not have to read."""
    today = _today()
    notes = []
    if late := [str(one.infused_on) for one in infusions if one.planned and one.infused_on < today]:
        notes.append(f"Note: planned, but in the past: {', '.join(late)}. Were they given? Then use --infusion.")
    if early := [str(one.infused_on) for one in infusions if not one.planned and one.infused_on > today]:
        notes.append(f"Note: counted as given, but in the future: {', '.join(early)}. Are they planned? Use --planned.")
    if view.protocol.status == "draft":
        notes.append(f"Note: '{view.protocol.id}' is a draft, not for clinical use.")
    if form in {"csv", "ics"}:
        notes += [f"Note: {flag.sentence(language)}" for flag in view.flags]
    return notes
