"""`monitor infusion`: the days on which the drug was given or is planned, from which everything is counted."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.acts import TREATMENT
from monitor.cli.context import DAY, print_json, program_of, say, writing

if TYPE_CHECKING:
    from monitor.services.changing import Change
    from monitor.services.desk import Desk
    from schedules.model import Infusion

LONGEST = 31
F = TypeVar("F", bound=Callable[..., Any])


class DayRange(click.ParamType[tuple[date, ...]]):
    """A day or a stretch of days: 2024-01-08 or 2024-01-08..2024-01-12."""

    name = "day[..day]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, ...]:
        if isinstance(value, tuple):
            return value
        first, dots, last = str(value).partition("..")
        start_on = DAY.convert(first, param, ctx)
        end_on = DAY.convert(last, param, ctx) if dots else start_on
        if not 0 <= (end_on - start_on).days < LONGEST:
            self.fail(f"'{value}' must run forwards and last at most {LONGEST} days", param, ctx)
        return tuple(date.fromordinal(one) for one in range(start_on.toordinal(), end_on.toordinal() + 1))


DAYS = DayRange()


def previewed(command: F) -> F:
    """The options of a command that plans again: look first, and a confirmation of its own for what would be lost."""
    for option in (
        click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: that of the settings."),
        click.option(
            "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True
        ),
        click.option("--confirm-losses", is_flag=True, help="Due or overdue checks may go or be postponed."),
        click.option("--preview", is_flag=True, help="Show the difference and save nothing."),
        TREATMENT,
    ):
        command = option(command)
    return command


def show_change(
    ctx: click.Context, desk: "Desk", treatment_id: int, change: "Change", *, preview: bool, asked: "dict[str, Any]"
) -> None:
    """Print what changed, or would change."""
    from monitor.cli.output import find_paper, write_result
    from monitor.render.difference import difference_as_json, render_difference
    from monitor.services.patients import get_protocol

    if asked["output_format"] == "json":
        print_json(difference_as_json(change.difference, change.losses, revision=change.revision, is_preview=preview))
        return
    text = render_difference(
        change.difference,
        change.losses,
        get_protocol(desk, treatment_id),
        is_preview=preview,
        language=asked["language"] or program_of(ctx).config.language,
        paper=find_paper(),
    )
    write_result(text, None)
    if preview and change.losses:
        say("To let these checks go, repeat the command without --preview and with --confirm-losses.")


@click.group()
def infusion() -> None:
    """Add, confirm, correct and withdraw infusion days. Each plans again and shows the difference."""


@infusion.command()
@click.argument("ref")
@click.argument("days", type=DAYS, nargs=-1, required=True)
@click.option("--planned", is_flag=True, help="The days are planned and not yet given.")
@click.option("--course", type=click.IntRange(1, 20), help="The number of the course, where the source names it.")
@click.option("--reason", required=True, help="Why, for the history.")
@previewed
@click.pass_context
def add(
    ctx: click.Context,
    /,
    *,
    ref: str,
    days: tuple[tuple[date, ...], ...],
    planned: bool,
    course: int | None,
    reason: str,
    treatment: int | None,
    preview: bool,
    confirm_losses: bool,
    **asked: Any,
) -> None:
    """Add infusion days, each as 2024-01-08 or 2024-01-08..2024-01-12."""
    from schedules.model import Infusion

    added = [Infusion(day, planned, course) for some in days for day in some]
    _add(ctx, ref, treatment, added, reason=reason, preview=preview, confirmed=confirm_losses, asked=asked)


@infusion.command()
@click.argument("ref")
@click.argument("days", type=DAYS, nargs=-1, required=True)
@click.option("--reason", help="Anything worth keeping with the entry.")
@previewed
@click.pass_context
def confirm(
    ctx: click.Context,
    /,
    *,
    ref: str,
    days: tuple[tuple[date, ...], ...],
    reason: str | None,
    treatment: int | None,
    preview: bool,
    confirm_losses: bool,
    **asked: Any,
) -> None:
    """Confirm that planned infusion days were given; only days that were planned can be confirmed."""
    from monitor.services.enrolling import get_treatment_id
    from monitor.services.patients import get_planned

    wanted = [day for some in days for day in some]
    with writing(ctx) as desk:
        given = get_planned(desk, get_treatment_id(desk, ref, treatment), wanted)
    _add(
        ctx, ref, treatment, given, reason=reason or "given as planned", preview=preview, confirmed=confirm_losses,
        asked=asked,
    )  # fmt: skip


def _add(
    ctx: click.Context,
    ref: str,
    treatment: int | None,
    infusions: "Sequence[Infusion]",
    *,
    reason: str,
    preview: bool,
    confirmed: bool,
    asked: dict[str, Any],
) -> None:
    from monitor.services import enrolling

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        change = enrolling.add_infusions(
            desk, treatment_id, infusions, reason=reason, preview=preview, confirmed=confirmed
        )
        show_change(ctx, desk, treatment_id, change, preview=preview, asked=asked)


@infusion.command()
@click.argument("ref")
@click.argument("day", type=DAY)
@click.option("--to", "to_day", type=DAY, required=True, help="The day on which it really was, or will be.")
@click.option("--reason", required=True, help="Why, for the history.")
@previewed
@click.pass_context
def correct(
    ctx: click.Context,
    /,
    *,
    ref: str,
    day: date,
    to_day: date,
    reason: str,
    treatment: int | None,
    preview: bool,
    confirm_losses: bool,
    **asked: Any,
) -> None:
    """Give an infusion its right day. The old entry stays in the record."""
    _correct(ctx, ref, treatment, day, to_day, reason=reason, preview=preview, confirmed=confirm_losses, asked=asked)


@infusion.command()
@click.argument("ref")
@click.argument("day", type=DAY)
@click.option("--reason", required=True, help="Why, for the history.")
@previewed
@click.pass_context
def withdraw(
    ctx: click.Context,
    /,
    *,
    ref: str,
    day: date,
    reason: str,
    treatment: int | None,
    preview: bool,
    confirm_losses: bool,
    **asked: Any,
) -> None:
    """Withdraw an infusion that was not given, or will not be. The old entry stays in the record."""
    _correct(ctx, ref, treatment, day, None, reason=reason, preview=preview, confirmed=confirm_losses, asked=asked)


def _correct(
    ctx: click.Context,
    ref: str,
    treatment: int | None,
    day: date,
    to_day: date | None,
    *,
    reason: str,
    preview: bool,
    confirmed: bool,
    asked: dict[str, Any],
) -> None:
    from monitor.services import enrolling
    from monitor.services.patients import move_infusion

    with writing(ctx) as desk:
        treatment_id = enrolling.get_treatment_id(desk, ref, treatment)
        change = move_infusion(desk, treatment_id, day, to_day, reason=reason, preview=preview, confirmed=confirmed)
        show_change(ctx, desk, treatment_id, change, preview=preview, asked=asked)
