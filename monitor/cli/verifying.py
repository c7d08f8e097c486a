"""`monitor verify`: a sound database, a record that agrees with its facts, and a history that nobody rewrote."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from monitor.cli.context import print_json, program_of, say
from monitor.cli.printing import print_list
from monitor.cli.progress import counting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.services.chaining import Verdict
    from monitor.services.verifying import Fault

SHOWN = 50
"""So many broken places of a chain are printed; `--format json` prints all."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was looked at, and what came of it."""

    treatments: int
    unsound: Sequence[str]
    faults: Sequence[Fault]
    chain: Verdict
    allows_unknown_keys: bool

    @property
    def is_well(self) -> bool:
        doubts = () if self.allows_unknown_keys else self.chain.doubtful
        return not (self.unsound or self.faults or self.chain.broken or doubts)


@click.command()
@click.option("--clinic", "clinics", multiple=True, metavar="ID", help="Only this clinic's patients; repeatable.")
@click.option("--head", "heads", multiple=True, metavar="POSITION:MAC", help="What a digest printed as the end of the "
              "history's chain: it must still be there. Repeatable.")  # fmt: skip
@click.option("--allow-unknown-keys", is_flag=True, help="Do not fail because of links of the chain whose key is lost.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def verify(
    ctx: click.Context, *, clinics: tuple[str, ...], heads: tuple[str, ...], allow_unknown_keys: bool,
    output_format: str,
) -> None:  # fmt: skip
    """Plan every patient again from the facts and compare with the record; exit 1 if anything differs.

    Also asks the database whether it is sound, looks for rows that belong to nothing, and walks the chain of the
    history, so that a line that was changed, deleted, put in or cut off shows.
    """
    from monitor.services import chaining, verifying

    program = program_of(ctx)
    anchors = [chaining.read_anchor(one) for one in heads]
    with program.reading(ctx.obj["login"]) as desk:
        ids = verifying.list_treatment_ids(desk, clinics)
        with counting("The database", 1) as advance:
            unsound = verifying.list_unsound(desk)
            advance(1)
        with counting("Patients", len(ids)) as advance:
            faults = list(verifying.verify(desk, ids, on_done=advance))
        with counting("History", chaining.count_links(desk)) as advance:
            chain = chaining.verify_chain(desk, program.config, anchors=anchors, on_done=advance)
    found = Found(len(ids), unsound, faults, chain, allow_unknown_keys)
    if output_format == "json":
        _print_as_json(found)
    else:
        _print_as_table(found)
    if not found.is_well:
        sys.exit(1)


def _print_as_json(found: Found) -> None:
    lines = [
        {"clinic": one.clinic_id, "patient": one.reference, "treatment": one.treatment_id, "subject": one.subject,
         "difference": one.what}
        for one in found.faults
    ]  # fmt: skip
    chain = {
        "links": found.chain.links, "head": str(found.chain.head), "broken": found.chain.broken,
        "doubtful": found.chain.doubtful, "notes": found.chain.notes,
    }  # fmt: skip
    print_json({"treatments": found.treatments, "unsound": found.unsound, "differences": lines, "chain": chain})


def _print_as_table(found: Found) -> None:
    for line in found.unsound:
        click.echo(line)
    for line in found.chain.broken[:SHOWN]:
        click.echo(line)
    if (more := len(found.chain.broken) - SHOWN) > 0:
        click.echo(f"and {more} more places")
    for line in found.chain.doubtful:
        click.echo(f"the history's chain: {line}.")
    if found.faults:
        rows = [(one.clinic_id, one.reference, one.subject, one.what) for one in found.faults]
        print_list(["Clinic", "Patient", "Check or visit", "Difference"], rows, empty="")
    treatments = f"{found.treatments} treatment{'' if found.treatments == 1 else 's'}"
    links = f"{found.chain.links} line{'' if found.chain.links == 1 else 's'} of the history"
    for note in found.chain.notes:
        say(note)
    if found.is_well:
        click.echo(f"Verified {treatments}: the record is what its facts say, and the database is sound.")
        click.echo(f"Verified {links}: as entered, up to {found.chain.head}.")
        return
    patients = len({one.reference for one in found.faults})
    say(
        f"Looked at {treatments}: differences: {len(found.faults)} in {patients} patients; unsound rows: "
        f"{len(found.unsound)}."
    )
    say(f"Looked at {links}: broken places: {len(found.chain.broken)}; doubts about keys: {len(found.chain.doubtful)}.")
    say("Make a backup of this state before anything else.")
    if found.faults:
        say("`monitor replan` brings a patient's plan up to date.")
    if found.chain.broken:
        say("A broken line cannot be mended. An older backup shows what it said; ask who can write into the database.")
