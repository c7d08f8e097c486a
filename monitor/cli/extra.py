"""`monitor extra`: checks that a clinician orders beside the plan."""

from datetime import date

import click

from monitor.cli.acts import TREATMENT, format_option, report
from monitor.cli.context import DAY, writing


@click.group()
def extra() -> None:
    """Order extra checks for one patient. No re-plan removes them."""


@extra.command()
@click.argument("ref")
@click.argument("rule")
@click.option("--on", type=DAY, help="The day of the first one; today if left out.")
@click.option("--every", help='How often, for several: "2 weeks".')
@click.option("--times", type=int, default=1, show_default=True, help="How many.")
@click.option("--reason", required=True, help="Why it was ordered.")
@click.option("--decided-by", help="The clinician who ordered it, if that is not the one who enters it.")
@TREATMENT
@format_option
@click.pass_context
def order(
    ctx: click.Context,
    *,
    ref: str,
    rule: str,
    on: date | None,
    every: str | None,
    times: int,
    reason: str,
    decided_by: str | None,
    treatment: int | None,
    output_format: str,
) -> None:
    """Order RULE once, or several times at an interval."""
    from monitor.services import deciding, enrolling
    from schedules.intervals import Interval

    try:
        interval = Interval.parse(every) if every else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--every") from None
    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        day = on or desk.today[enrolling.get_patient(desk, ref).clinic_id]
        change = deciding.order_extra(
            desk, treatment_id, rule, starts_on=day, every=interval, times=times, reason=reason, decided_by=decided_by
        )
    report(f"Ordered for {ref}: {rule} from {day}.", change, output_format)
