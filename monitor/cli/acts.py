"""What the commands that change something share: the treatment they mean, and the answer they print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.services.changing import Change
    from schedules.replanning import Pair

TREATMENT = click.option("--treatment", type=int, metavar="ID", help="Which treatment, if the patient has several.")
format_option = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True
)


def read_rules(ctx: click.Context, param: click.Parameter, value: str) -> list[str]:
    """Rules of one visit, separated by commas; each once."""
    found = [rule.strip() for rule in value.split(",") if rule.strip()]
    if not found:
        raise click.BadParameter("name at least one", ctx, param)
    return list(dict.fromkeys(found))


def report(sentence: str, change: Change, output_format: str) -> None:
    """Say what was done and what it settled; losses that were confirmed are named."""
    difference = change.difference
    if output_format == "json":
        print_json(
            {
                "revision": change.revision,
                "settled": [_pair(pair) for pair in difference.settled],
                "moved": [_pair(pair) for pair in difference.moved],
                "added": [{"check": str(key), "due_on": one.due_on} for key, one in difference.added],
                "withdrawn": [{"check": str(key), "due_on": one.due_on} for key, one in difference.withdrawn],
                "losses": [{"check": str(key), "due_on": one.due_on} for key, one in change.losses],
            }
        )
        return
    click.echo(sentence)
    for (rule, before, after), numbers in _grouped(difference.settled).items():
        click.echo(f"  {rule} {_spans(numbers)}: {before} → {after}")
    for key, standing in difference.added:
        click.echo(f"  {key}: added, due {standing.due_on}")
    for key, standing in difference.withdrawn:
        click.echo(f"  {key} (due {standing.due_on}): withdrawn")
    for key, standing in change.losses:
        say(f"  Confirmed loss: {key}, due {standing.due_on}. It stands in the next digest.")


def _grouped(pairs: Iterable[Pair]) -> dict[tuple[str, str, str], list[int]]:
    """Numbers by rule and by what happened to them, what was done first."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for pair in sorted(pairs, key=lambda pair: pair.after.settlement != "done"):
        found.setdefault((pair.key.rule, pair.before.settlement, pair.after.settlement), []).append(pair.key.number)
    return found


def _spans(numbers: list[int]) -> str:
    """1–8, 10: neighbours as one span."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join(str(one[0]) if len(one) == 1 else f"{one[0]}–{one[-1]}" for one in spans)


def _pair(pair: Pair) -> dict[str, object]:
    return {
        "check": str(pair.key),
        "due_on": pair.after.due_on,
        "before": pair.before.settlement,
        "after": pair.after.settlement,
    }
