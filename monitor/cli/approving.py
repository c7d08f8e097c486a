"""`monitor protocol approve`: a named physician answers for a version, knowing which of its rules are unverified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.output import find_paper
from monitor.cli.printing import print_list

if TYPE_CHECKING:
    from schedules.protocol import Overlay, Protocol

MEANING = (
    "Approving means: {name} has read this version, has looked at the rules above, and answers for its use here. "
    "From now on it plans for patients. The approval and today's unverified rules stay in the record and are shown "
    "with the protocol. A change to the file needs an approval of its own."
)


@click.command()
@click.argument("protocol_id", metavar="ID")
@click.option("--by", "physician", required=True, metavar="NAME", help="The physician who approves.")
@click.option("--version", help="The version to approve.  [default: the newest]")
@click.option("--invented", is_flag=True, help="Mark the approval as invented: for demonstrations only.")
@click.pass_context
def approve(ctx: click.Context, *, protocol_id: str, physician: str, version: str | None, invented: bool) -> None:
    """Approve a version of a protocol, so that it may plan for patients (administrators only).

    --by is the physician's name; the administrator who enters it is named before the command:

        monitor --by LOGIN protocol approve ID --by NAME
    """
    from monitor.cli.context import program_of, writing
    from monitor.protocols import load_files
    from monitor.services.approving import Candidate
    from monitor.services.approving import approve as keep

    program = program_of(ctx)
    entry = load_files(program.config.protocols.directories).get(protocol_id, version)
    content = entry.protocol_or_overlay
    with writing(ctx) as desk:
        approval = keep(desk, Candidate(entry.text, content), approved_by=physician, is_invented=invented)
        _show(content, program.config.language)
        click.echo(
            click.wrap_text(MEANING.format(name=approval.approved_by), width=min(find_paper().width, 100)) + "\n",
            err=True,
        )
        entered_by = desk.actor.login
    mark = " (an invented approval)" if approval.is_invented else ""
    click.echo(f"Approved {content.id} {content.version} by {approval.approved_by}{mark}; entered by {entered_by}.")
    click.echo(f"Fingerprint {approval.fingerprint[:12]}; {len(approval.unverified)} rules unverified today.")


def _show(content: Protocol | Overlay, language: str) -> None:
    """What the physician must know: sources not verified, rule by rule, and windows that a clinic set itself."""
    from monitor.services.approving import list_unverified

    unverified = list_unverified(content)
    click.echo(f"{content.id} {content.version}: {_say(content, content.title, language)}")
    click.echo(f"{len(content.rules)} rules; {len(unverified)} of them are not verified throughout.")
    sources = [rule for rule in unverified if not rule.source.confidence.is_settled]
    windows = [rule for rule in unverified if not rule.window.confidence.is_settled]
    if sources:
        click.echo("\nHow often, or whether at all, is not verified for:\n")
        rows = [(rule.id, _say(content, rule.title, language), rule.source.confidence) for rule in sources]
        print_list(["Rule", "What", "Source"], rows, empty="")
    if windows:
        of_all = "every rule" if len(windows) == len(content.rules) else ", ".join(rule.id for rule in windows)
        sentence = f"The days that count as on time are not verified (local-policy or needs-check) for {of_all}."
        click.echo("\n" + click.wrap_text(sentence, width=min(find_paper().width, 100)))
    click.echo()


def _say(content: Protocol | Overlay, texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get(content.languages[0]) or next(iter(texts.values()))
