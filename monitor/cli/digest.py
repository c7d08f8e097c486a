"""`monitor digest`: the morning summary, shown as it would be sent, or sent to those who have none yet."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.context import DAY, program_of, reading
from monitor.cli.output import write_result
from schedules.errors import Unacceptable

if TYPE_CHECKING:
    from db.letter_log import Posted
    from monitor.config import Config
    from monitor.render.digest_parts import Document
    from monitor.services.desk import Desk


@click.command()
@click.option("--dry-run", is_flag=True, help="Print it and send nothing.")
@click.option("--kind", type=click.Choice(["daily", "weekly"]), default="daily", show_default=True)
@click.option("--to", "login", metavar="LOGIN", help="Send to this recipient only.")
@click.option("--date", "day", type=DAY, help="The digest of another day: of a past one, as it was known by its end.")
@click.option("--clinic", metavar="ID", help="Of this clinic only.")
@click.option("--format", "output_format", type=click.Choice(["text", "html", "json"]), help="Default: text.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file.")
@click.option("--lang", "language", type=click.Choice(["en", "de"]), help="Default: that of the settings.")
@click.pass_context
def digest(
    ctx: click.Context,
    *,
    dry_run: bool,
    kind: str,
    login: str | None,
    day: date | None,
    clinic: str | None,
    output_format: str | None,
    output: Path | None,
    language: str | None,
) -> None:
    """What the clinics need to know this morning: that everybody was looked at, and what needs somebody.

    With --dry-run it is printed; the other options say of which day, clinic and form. Without, today's letter is
    planned and sent to each recipient who has none yet, now and not at the usual hour; an administrator does this.
    Local references stand in it, and names only in clinics whose configuration wants them.
    """
    if not dry_run:
        if any((day, clinic, output_format, output, language)):
            raise click.UsageError("--date, --clinic, --format, --output and --lang only go with --dry-run.")
        _plan(ctx, kind, login)
        return
    if login:
        raise click.UsageError("--to goes without --dry-run, which shows the letter of whoever looks.")
    if kind == "weekly" and day:
        raise click.UsageError("--date goes with the daily digest only.")
    config = program_of(ctx).config
    show = _weekly if kind == "weekly" else _daily
    with reading(ctx) as desk:
        document, data = show(desk, config, day=day, clinic=clinic, language=language or config.language)
    write_result(_written(document, data, output_format, language or config.language), output)


def _daily(
    desk: "Desk", config: "Config", *, day: date | None, clinic: str | None, language: str
) -> "tuple[Document, Any]":
    from monitor.render.digest import compose
    from monitor.render.digest_json import as_json
    from monitor.services.previewing import preview_daily

    on, head, parts = preview_daily(desk, config, day=day, clinic=clinic)
    document = compose(parts, head, day=on, language=language)
    return document, as_json(parts, head, day=on, language=language)


def _weekly(
    desk: "Desk", config: "Config", *, day: date | None, clinic: str | None, language: str
) -> "tuple[Document, Any]":
    from monitor.render.weekly import compose_weekly
    from monitor.services.previewing import preview_weekly

    on, head, weeks, missed = preview_weekly(desk, config, clinic=clinic)
    document = compose_weekly(weeks, head, missed, day=on, language=language)
    return document, {"day": on, "clinics": [asdict(one) for one in weeks]}


def _written(document: "Document", data: Any, output_format: str | None, language: str) -> str:
    from monitor.render.digest_forms import as_html, as_text

    match output_format:
        case "json":
            return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"
        case "html":
            return as_html(document, language=language)
        case _:
            return as_text(document)


def _plan(ctx: click.Context, kind: str, login: str | None) -> None:
    """Today's letters, planned and sent as the jobs do it; says for each recipient what became of it."""
    from db.recipients import list_recipients
    from monitor.jobs.planning import plan_letter
    from monitor.jobs.sending import send_letters
    from monitor.services.due_letters import list_todays

    program = program_of(ctx)
    with reading(ctx) as desk:
        desk.require_admin()
        todays = {due.recipient.login: (due, posted) for due, posted in list_todays(desk, program.config, kind)}
        known = [one for one in list_recipients(desk.connection) if login in {None, one.login}]
    new: list[str] = []
    if not known:
        raise Unacceptable(
            f"'{login}' gets no digest, so nothing was planned." if login else "Nobody gets the digest yet.",
            "Add recipients with `monitor recipient add`.",
        )
    for one in known:
        if one.login not in todays:
            why = "the address is not confirmed" if not one.is_confirmed else "wants no weekly summary"
            click.echo(f"{one.login}: not planned, {why}")
        elif (posted := todays[one.login][1]) is not None:
            when = posted.ended_at if posted.state == "sent" and posted.ended_at else posted.planned_at
            click.echo(f"{one.login}: {posted.state} already at {when:%Y-%m-%d %H:%M} UTC")
        else:
            plan_letter(program, todays[one.login][0])
            new.append(one.login)
    if new:
        send_letters(program, "command line")
        with reading(ctx) as desk:
            now = {due.recipient.login: posted for due, posted in list_todays(desk, program.config, kind)}
        for login_of in new:
            click.echo(f"{login_of}: {_say_state(now[login_of])}")


def _say_state(posted: "Posted | None") -> str:
    """What became of a letter a moment after it was planned."""
    state = posted.state if posted else "planned"
    return state if state in {"sent", "dead"} else f"{state}, and tried again by a running program"
