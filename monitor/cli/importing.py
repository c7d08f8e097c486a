"""`monitor import`: a clinic's list into the record, or a pharmacy's list beside it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.context import print_json, program_of, reading, say, writing
from monitor.cli.progress import counting
from schedules.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.services.importing.running import Counts, Options, Report
    from monitor.services.importing.spooling import Spool
    from monitor.services.reconciling import Finding, Reconciliation
    from schedules.problems import Problem

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", type=FILE, required=False)
@click.option("--reconcile", "pharmacy_list", type=FILE, help="Compare a list of infusions with the record instead.")
@click.option("--clinic", metavar="ID", help="The clinic of every row that names none.")
@click.option("--protocol", metavar="ID", help="The protocol of every row that names none.")
@click.option(
    "--date-format", type=click.Choice(["dd/mm/yyyy", "mm/dd/yyyy"]), help="What 03/04/2024 means in this file."
)
@click.option("--dry-run", is_flag=True, help="Show what would be saved, and save nothing.")
@click.option("--accept-good-rows", is_flag=True, help="Leave out patients with a problem, and save the others.")
@click.option("--confirm-losses", is_flag=True, help="Save although a due or overdue check would go or be postponed.")
@click.option("--reason", help="Why; for the history.  [default: import of FILE]")
@click.option(
    "--format", "output_format", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
@click.pass_context
def import_file(
    ctx: click.Context,
    *,
    file: Path | None,
    pharmacy_list: Path | None,
    clinic: str | None,
    protocol: str | None,
    date_format: str | None,
    dry_run: bool,
    accept_good_rows: bool,
    confirm_losses: bool,
    reason: str | None,
    output_format: str,
) -> None:
    """Import infusions, or past samples, from a CSV or XLSX file.

    All problems are shown at once, with row, column and a hint; then nothing is saved. The same file twice changes
    nothing.
    """
    if (file is None) == (pharmacy_list is None):
        raise click.UsageError("Name one file: the one to import, or the list to --reconcile.")
    if output_format == "csv" and file:
        raise click.UsageError("--format csv is for --reconcile; an import prints a table or json.")
    from monitor.services.importing.cells import DateFormat
    from monitor.services.importing.spooling import spool

    path = file or pharmacy_list
    assert path is not None
    settings = program_of(ctx).config.importing
    try:
        with spool(
            path,
            defaults={"clinic": clinic, "protocol": protocol},
            date_format=DateFormat(date_format) if date_format else None,
            max_cell_characters=settings.max_cell_characters,
            needed=("clinic", "protocol") if file else (),
        ) as read:
            if pharmacy_list:
                _reconcile(ctx, read, clinic, output_format, accept_good_rows=accept_good_rows)
                return
            _import(ctx, read, output_format, _options(ctx, dry_run, accept_good_rows, confirm_losses, reason))
    except FileRefused as refused:
        if output_format != "json":
            raise
        print_json({"saved": False, "problems": [_plain(one) for one in refused.problems]})
        say(refused.sentence)
        sys.exit(1)


def _options(
    ctx: click.Context, dry_run: bool, accept_good_rows: bool, confirm_losses: bool, reason: str | None
) -> Options:
    from monitor.protocols import load_files
    from monitor.services.importing.running import Options

    config = program_of(ctx).config
    return Options(
        dry_run=dry_run,
        accept_good_rows=accept_good_rows,
        confirm_losses=confirm_losses,
        reason=reason,
        library=tuple(dict.fromkeys(entry.id for entry in load_files(config.protocols.directories).entries)),
        horizon_years=config.importing.planned_horizon_years,
    )


def _import(ctx: click.Context, read: Spool, output_format: str, options: Options) -> None:
    from monitor.services.importing.running import import_spool

    with counting("Importing", read.staging.count_patients()) as advance, writing(ctx) as desk:
        report = import_spool(desk, read, options, advance=advance)
    if output_format == "json":
        print_json(_report_as_json(report))
        return
    for problem in report.problems:
        say(str(problem))
    for line in _report_as_text(report):
        click.echo(line)


# --- What an import did -----------------------------------------------------------------------------


def _report_as_text(report: Report) -> Iterator[str]:
    """In people's words: how many were added, who was changed and how, who was left out."""
    counts = report.counts
    verb = "Imported" if report.saved else "Dry run of"
    if not counts.is_change:
        verb = "Nothing new in"
    yield f"{verb} {report.file}: {_many(counts.rows, 'row')}."
    yield f"  added      {_many(counts.patients_added, 'patient')}"
    yield f"  changed    {_many(counts.patients_changed, 'patient')}"
    for reference, what in report.changed:
        yield f"               {reference}: {what}"
    for reference, what in report.losses:
        yield f"               {reference}: {what} was withdrawn or postponed, as confirmed"
    yield f"  unchanged  {_many(counts.patients_unchanged, 'patient')}"
    if report.left_out:
        yield f"  left out   {_many(counts.patients_left_out, 'patient')}, with all rows"
        yield f"               {', '.join(sorted(report.left_out))}"
    yield f"{_facts(counts)}."
    if report.flags:
        yield f"Please look at the {_many(len(report.flags), 'warning')} above; nothing was refused for them."
    if counts.is_change and not report.saved:
        yield "Nothing was saved, because this was a dry run."


def _facts(counts: Counts) -> str:
    facts = [
        (counts.infusions_added, "infusion day", "added"),
        (counts.infusions_confirmed, "planned infusion day", "confirmed"),
        (counts.samples_added, "sample", "added"),
        (counts.details_changed, "patient's details", "changed"),
    ]
    told = [f"{_many(number, what)} {verb}" for number, what, verb in facts if number]
    return ", ".join(told) or "No fact was added"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 or what.endswith('s') else what + 's'}"


def _report_as_json(report: Report) -> dict[str, Any]:
    return {
        "file": report.file,
        "kind": report.kind.value,
        "saved": report.saved,
        "counts": asdict(report.counts),
        "changed": [{"patient": reference, "what": what} for reference, what in report.changed],
        "losses": [{"patient": reference, "check": what} for reference, what in report.losses],
        "left_out": sorted(report.left_out),
        "problems": [_plain(one) for one in report.problems],
    }


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.line,
        "column": problem.column,
        "severity": problem.severity.value,
        "message": problem.message,
        "hint": problem.hint,
    }


# --- A pharmacy's list ------------------------------------------------------------------------------

MEANINGS = {
    "not-followed": "treated, but not followed here",
    "later-there": "infusion there that is later than any here",
    "missing-here": "infusion there that the record lacks",
    "unconfirmed": "planned here, given there",
    "discharged": "treated again after monitoring ended here",
    "not-listed": "followed here, but not on the list",
    "missing-there": "given here, but not on the list",
}


def _reconcile(
    ctx: click.Context, read: Spool, clinic: str | None, output_format: str, *, accept_good_rows: bool
) -> None:
    from monitor.services.reconciling import reconcile
    from schedules.problems import has_errors

    if has_errors(read.problems) and not accept_good_rows:
        raise FileRefused(
            f"{read.source.file} has problems, and half a list would hide what differs.",
            sorted(read.problems),
            "Correct them, or add --accept-good-rows to compare what can be read.",
        )
    with reading(ctx) as desk:
        found = reconcile(desk, read, clinic_id=clinic)
    for problem in sorted(read.problems):
        say(str(problem))
    match output_format:
        case "json":
            print_json(_findings_as_json(found))
        case "csv":
            from monitor.render.tables import write_csv

            write_csv([["finding", "patient", "clinic", "row", "days"], *_findings_as_rows(found.findings)], sys.stdout)
        case _:
            _print_findings(found)


def _findings_as_rows(findings: Sequence[Finding]) -> Iterator[list[str | int | None]]:
    for one in findings:
        yield [one.kind.value, one.reference, one.clinic_id, one.row or None, " ".join(map(str, one.days))]


def _findings_as_json(found: Reconciliation) -> dict[str, Any]:
    return {
        "file": found.file,
        "listed": found.listed,
        "followed": found.followed,
        "findings": [
            {"finding": one.kind.value, "patient": one.reference, "clinic": one.clinic_id, "row": one.row or None,
             "days": [str(day) for day in one.days]}
            for one in found.findings
        ],
    }  # fmt: skip


def _print_findings(found: Reconciliation) -> None:
    from monitor.cli.printing import print_list

    rows = [
        (MEANINGS[one.kind.value], one.reference, str(one.row or ""), ", ".join(map(str, one.days)))
        for one in found.findings
    ]
    print_list(["What differs", "Patient", "Row", "Days"], rows, empty="The list and the record agree.")
    compared = f"{_many(found.listed, 'patient')} on the list, {_many(found.followed, 'patient')} in the record"
    click.echo(f"{compared}: {_many(len(found.findings), 'difference')}. Nothing was changed.")
