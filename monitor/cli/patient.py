"""`monitor patient`: add, show, change, discharge and readmit patients, and take them over."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from monitor.cli.acts import TREATMENT, format_option, report
from monitor.cli.context import DAY, print_json, program_of, reading, say, writing
from monitor.cli.infusion import DAYS, previewed, show_change

F = TypeVar("F", bound=Callable[..., Any])
SEXES = click.Choice(["female", "male", "other", "unknown"])


def details(command: F) -> F:
    """The options for what is known about a patient beside the reference."""
    for option in (
        click.option("--contact", help="How to reach the patient."),
        click.option("--language", "patient_language", type=click.Choice(["en", "de"]), help="The patient's language."),
        click.option("--name", help="Optional; the reference is enough."),
        click.option("--sex", type=SEXES, help="Decides which checks apply; unknown includes all and asks."),
        click.option("--born", type=DAY, help="The birth date."),
    ):
        command = option(command)
    return command


@click.group()
def patient() -> None:
    """Add, show, change, discharge and readmit patients."""


@patient.command()
@click.argument("ref")
@click.option("--clinic", required=True, metavar="ID", help="The clinic that follows the patient.")
@click.option("--protocol", required=True, metavar="ID", help="The protocol; it must have been approved.")
@click.option("--overlay", "overlays", multiple=True, metavar="ID", help="An addition to the protocol; repeatable.")
@click.option("--infusion", "given", type=DAYS, multiple=True, metavar="A[..B]", help="Days given; repeatable.")
@click.option("--planned", "planned", type=DAYS, multiple=True, metavar="A[..B]", help="Days planned; repeatable.")
@click.option("--followed-here-from", type=DAY, help="The day from which this clinic answers; left out: all.")
@click.option("--reason", help="Anything worth keeping in the history.")
@details
@format_option
@click.pass_context
def add(
    ctx: click.Context,
    /,
    *,
    ref: str,
    clinic: str,
    protocol: str,
    overlays: tuple[str, ...],
    given: tuple[tuple[date, ...], ...],
    planned: tuple[tuple[date, ...], ...],
    followed_here_from: date | None,
    reason: str | None,
    output_format: str,
    **known: Any,
) -> None:
    """Add a patient under a reference of the clinic's own, with the infusions that are known."""
    from db.dossiers import Detail
    from monitor.services import enrolling
    from schedules.model import Infusion

    days = [Infusion(day) for some in given for day in some]
    days += [Infusion(day, planned=True) for some in planned for day in some]
    with writing(ctx) as desk:
        enrolment = enrolling.Enrolment(
            clinic, ref, protocol, overlays, Detail(**_detail(known)), days, followed_here_from
        )
        treatment_id, change = enrolling.enrol(desk, enrolment, reason=reason)
        today = desk.today[clinic]
    checks = len(change.difference.added)
    if output_format == "json":
        print_json({"patient": ref, "treatment": treatment_id, "checks": checks})
        return
    click.echo(f"Added {ref} with {checks} checks. See them with `monitor patient show {ref}`.")
    passed = sum(standing.closes_on < today for _, standing in change.difference.added)
    if passed and followed_here_from is None:
        say(
            f"{passed} of them are overdue, because the treatment began in the past. If {ref} was followed elsewhere "
            f"until now: monitor patient takeover {ref} --from {today} --reason 'came to us' --confirm-losses"
        )


def _detail(known: dict[str, Any]) -> dict[str, Any]:
    """The options as the record names them; those left out are not in it."""
    from schedules.protocol import Sex

    found = {
        "name": known["name"],
        "born_on": known["born"],
        "sex": Sex(known["sex"]) if known["sex"] else None,
        "language": known["patient_language"],
        "contact": known["contact"],
    }
    return {name: value for name, value in found.items() if value is not None}


@patient.command()
@click.argument("ref")
@TREATMENT
@click.option("--explain", "key", metavar="KEY", help="Explain one check, such as blood-count/12.")
@click.option("--all", "everything", is_flag=True, help="Every check, every visit and the whole history.")
@click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: that of the settings.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def show(
    ctx: click.Context,
    *,
    ref: str,
    treatment: int | None,
    key: str | None,
    everything: bool,
    language: str | None,
    output_format: str,
) -> None:
    """Show how far a patient's follow-up is, what is open, what comes next, and what was done by whom."""
    from monitor.cli.output import find_paper, write_result
    from monitor.render.check_story import render_story, story_as_json
    from monitor.render.patient import render_page
    from monitor.render.patient_json import page_as_json
    from monitor.services.charts import get_chart, page_of, tell

    config = program_of(ctx).config
    spoken = language or config.language
    with reading(ctx) as desk:
        chart = get_chart(desk, ref, treatment, seen_within=config.seen_within_working_days)
        told = tell(desk, chart, key) if key else None
    match output_format, told:
        case "json", None:
            print_json(page_as_json(page_of(chart), language=spoken))
        case "json", _:
            assert told is not None
            print_json(story_as_json(told, language=spoken))
        case _, None:
            text = render_page(page_of(chart), language=spoken, paper=find_paper(), everything=everything)
            write_result(text, None)
        case _:
            assert told is not None
            write_result(render_story(told, language=spoken, paper=find_paper()), None)


@patient.command()
@click.argument("ref")
@details
@click.option("--reason", required=True, help="Why, for the history.")
@previewed
@click.pass_context
def change(
    ctx: click.Context,
    /,
    *,
    ref: str,
    reason: str,
    treatment: int | None,
    preview: bool,
    confirm_losses: bool,
    language: str | None,
    output_format: str,
    **known: Any,
) -> None:
    """Change what is known about a patient. A rule that depends on sex or age follows at once."""
    from monitor.services import enrolling
    from monitor.services.patients import change_patient

    changes = _detail(known)
    if not changes:
        raise click.UsageError("Say what changes: --born, --sex, --name, --language or --contact.")
    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        changed = change_patient(desk, treatment_id, changes, reason=reason, preview=preview, confirmed=confirm_losses)
        asked = {"language": language, "output_format": output_format}
        show_change(ctx, desk, treatment_id, changed, preview=preview, asked=asked)


@patient.command()
@click.argument("ref")
@click.option("--on", type=DAY, help="The day on which monitoring here ended; today if left out.")
@click.option("--kind", type=click.Choice(["moved", "died", "transferred", "other"]), required=True, help="How.")
@click.option("--to", "transferred_to", metavar="PLACE", help="Who takes over; a transfer needs it.")
@click.option("--decided-by", metavar="NAME", help="The clinician who decided, if that is not the one who enters it.")
@click.option("--reason", required=True, help="Why, for the history.")
@TREATMENT
@format_option
@click.pass_context
def discharge(
    ctx: click.Context,
    *,
    ref: str,
    on: date | None,
    kind: str,
    transferred_to: str | None,
    decided_by: str | None,
    reason: str,
    treatment: int | None,
    output_format: str,
) -> None:
    """End monitoring here. Whoever cannot be reached, or declines, is not discharged: use `monitor note`."""
    from monitor.services import deciding, enrolling

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        day = on or desk.today[enrolling.get_patient(desk, ref).clinic_id]
        changed = deciding.discharge(
            desk, treatment_id, on=day, kind=kind, transferred_to=transferred_to, decided_by=decided_by, reason=reason
        )
    _report(f"Discharged {ref} on {day}: {len(changed.difference.settled)} checks are closed.", changed, output_format)


@patient.command()
@click.argument("ref")
@click.option("--reason", required=True, help="Why, for the history.")
@TREATMENT
@format_option
@click.pass_context
def readmit(ctx: click.Context, *, ref: str, reason: str, treatment: int | None, output_format: str) -> None:
    """Undo a discharge: what it closed is open again."""
    from monitor.services import deciding, enrolling

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        changed = deciding.readmit(desk, treatment_id, reason=reason)
    _report(f"Readmitted {ref}: {len(changed.difference.settled)} checks are open again.", changed, output_format)


def _report(sentence: str, changed: Any, output_format: str) -> None:
    """A discharge settles hundreds of checks: the sentence counts them, and only JSON lists them."""
    if output_format == "json":
        report(sentence, changed, output_format)
    else:
        click.echo(sentence)


@patient.command()
@click.argument("ref")
@click.option("--from", "from_on", type=DAY, required=True, help="From this day on this clinic answers for the checks.")
@click.option("--reason", required=True, help="Why, for the history.")
@previewed
@click.pass_context
def takeover(
    ctx: click.Context,
    /,
    *,
    ref: str,
    from_on: date,
    reason: str,
    treatment: int | None,
    preview: bool,
    confirm_losses: bool,
    **asked: Any,
) -> None:
    """Say from which day a patient is followed here. Checks that closed earlier are "before this record"."""
    from monitor.services import enrolling

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        changed = enrolling.assign(
            desk, treatment_id, followed_here_from=from_on, reason=reason, preview=preview, confirmed=confirm_losses
        )
        show_change(ctx, desk, treatment_id, changed, preview=preview, asked=asked)


@patient.command()
@click.argument("ref")
@click.option("--from", "from_on", type=DAY, required=True, help="The first day on which the patient cannot come.")
@click.option("--until", "until_on", type=DAY, required=True, help="The last one.")
@click.option("--take-back", is_flag=True, help="These days were noted, and the patient can come after all.")
@format_option
@click.pass_context
def away(ctx: click.Context, *, ref: str, from_on: date, until_on: date, take_back: bool, output_format: str) -> None:
    """Note days on which the patient cannot come. Suggested days move; due days and windows stay as they are."""
    from monitor.services import enrolling, telling_away

    with writing(ctx) as desk:
        patient_id = enrolling.get_patient(desk, ref).id
        if take_back:
            noted = telling_away.find_away(desk.connection, patient_id, from_on, until_on)
            changed = telling_away.take_back_away(desk, patient_id, noted.id)
        else:
            changed = telling_away.tell_away(desk, patient_id, from_on, until_on)
    done = "is not away" if take_back else "is away"
    report(f"{ref} {done} from {from_on} to {until_on}; suggested days follow.", changed, output_format)
