"""`monitor check`: record what was done, mark it as seen, book, waive, and take back."""

from datetime import date, datetime

import click

from monitor.cli.acts import TREATMENT, format_option, read_rules, report
from monitor.cli.context import DAY, say, writing

RULES = click.argument("rules", metavar="RULE[,RULE...]", callback=read_rules)


@click.group()
def check() -> None:
    """Record, see, book, waive and undo checks.

    RULE is a rule of the patient's protocol, such as blood-count; several of one visit are separated by commas.
    `monitor patient show REF` lists rules and numbers.
    """


@check.command()
@click.argument("ref")
@RULES
@click.argument("number", type=int, required=False)
@click.option("--on", type=DAY, help="The day on which it was done; today if left out.")
@click.option("--performed-by", help="Who took the sample or did the examination.")
@click.option("--note", help="Anything worth keeping with the entry.")
@TREATMENT
@format_option
@click.pass_context
def done(
    ctx: click.Context,
    *,
    ref: str,
    rules: list[str],
    number: int | None,
    on: date | None,
    performed_by: str | None,
    note: str | None,
    treatment: int | None,
    output_format: str,
) -> None:
    """Record that RULE was done on a day.

    The day decides which check it settles; NUMBER says otherwise.
    """
    from monitor.services import enrolling, recording

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        day = on or desk.today[enrolling.get_patient(desk, ref).clinic_id]
        change = recording.record_samples(
            desk, treatment_id, rules, taken_on=day, number=number, performed_by=performed_by, reason=note
        )
    report(f"Recorded for {ref}: {', '.join(rules)} of {day}.", change, output_format)


@check.command()
@click.argument("ref")
@click.argument("rule")
@click.argument("number", type=int, required=False)
@click.option("--seen-by", help="Who looked at the result, if that is not the one who enters it.")
@click.option("--result", help="What the result was, in your words; kept, and interpreted by nobody here.")
@TREATMENT
@format_option
@click.pass_context
def seen(
    ctx: click.Context,
    *,
    ref: str,
    rule: str,
    number: int | None,
    seen_by: str | None,
    result: str | None,
    treatment: int | None,
    output_format: str,
) -> None:
    """Mark the result of RULE as seen: of the check with NUMBER, or of the latest sample."""
    from monitor.services import enrolling, recording

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        change = recording.mark_seen(desk, treatment_id, rule, number, seen_by=seen_by, result=result)
    report(f"Marked as seen for {ref}: {rule}.", change, output_format)


@check.command()
@click.argument("ref")
@RULES
@click.argument("number", type=int, required=False)
@click.option("--on", type=DAY, required=True, help="The day that was agreed with the patient.")
@click.option("--at", type=click.DateTime(["%H:%M"]), help="The hour, if one was agreed: 09:30.")
@click.option("--note", help="Anything worth keeping with the entry.")
@TREATMENT
@format_option
@click.pass_context
def book(
    ctx: click.Context,
    *,
    ref: str,
    rules: list[str],
    number: int | None,
    on: date,
    at: datetime | None,
    note: str | None,
    treatment: int | None,
    output_format: str,
) -> None:
    """Note the day that was agreed for RULE.

    A booking never changes when a check is due and never hides that it is overdue. The agreed day decides to which
    check the booking belongs; with NUMBER the command refuses a day that would belong to another one.
    """
    from monitor.services import booking, enrolling

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        booked = booking.book(
            desk, treatment_id, rules, on=on, at=at.time() if at else None, number=number, reason=note
        )
    for key in booked.outside:
        say(f"Note: {on} lies outside the window of {key}. The booking stands; the check stays due.")
    report(f"Booked for {ref}: {', '.join(rules)} on {on}.", booked.change, output_format)


@check.command()
@click.argument("ref")
@click.argument("rule")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why the check need not be done.")
@click.option("--decided-by", help="The clinician who decided, if that is not the one who enters it.")
@TREATMENT
@format_option
@click.pass_context
def waive(
    ctx: click.Context,
    *,
    ref: str,
    rule: str,
    number: int,
    reason: str,
    decided_by: str | None,
    treatment: int | None,
    output_format: str,
) -> None:
    """Waive one check: a clinician decided that it need not be done."""
    from monitor.services import deciding, enrolling

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        change = deciding.waive(desk, treatment_id, rule, number, reason=reason, decided_by=decided_by)
    report(f"Waived for {ref}: {rule}/{number}.", change, output_format)


@check.command()
@click.argument("ref")
@click.argument("rule")
@click.argument("number", type=int, required=False)
@click.option("--reason", required=True, help="Why the entry was wrong.")
@click.option(
    "--what",
    type=click.Choice(["sample", "seen", "waiver", "booking", "extra", "report"]),
    help="Which entry, if not the last. A patient's report is taken back only by its name.",
)
@click.option("--confirm-losses", is_flag=True, help="Due or overdue checks may go.")
@TREATMENT
@format_option
@click.pass_context
def undo(
    ctx: click.Context,
    *,
    ref: str,
    rule: str,
    number: int | None,
    reason: str,
    what: str | None,
    confirm_losses: bool,
    treatment: int | None,
    output_format: str,
) -> None:
    """Take back the last entry for RULE: a sample, "seen", a waiver or a booking. It stays in the history."""
    from monitor.services import enrolling, undoing

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        taken, change = undoing.undo(
            desk, treatment_id, rule, number, reason=reason, what=what, confirmed=confirm_losses
        )
    report(f"Taken back for {ref}: {taken}.", change, output_format)
