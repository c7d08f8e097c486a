"""The command line: one small module a command, loaded when it is called, so that `--help` answers fast."""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "plan": ("planning:plan", "Print the whole follow-up for some infusion dates; needs no database."),
    "protocol": ("protocol:protocol", "List, show, check and approve protocol files."),
    "init": ("setup:init", "Create or upgrade the database and its first administrator."),
    "person": ("people:person", "Let people in and out: add, invite, change, disable, list."),
    "session": ("sessions:session", "Who is signed in to the pages, and signing them out."),
    "clinic": ("clinics:clinic", "Add, change, close and list clinics."),
    "import": ("importing:import_file", "Import infusions and past samples from CSV or XLSX."),
    "patient": ("patient:patient", "Add, show and discharge patients."),
    "infusion": ("infusion:infusion", "Add, confirm, correct and withdraw infusion days."),
    "worklist": ("worklist:worklist", "What needs a nurse today, most urgent first."),
    "check": ("check:check", "Record, see, book, waive and undo checks."),
    "extra": ("extra:extra", "Order an extra check for one patient."),
    "note": ("note:note", "Keep a note of a contact with a patient."),
    "feed": ("feed:feed", "Calendars to subscribe to, and patients' pages."),
    "serve": ("serve:serve", "Answer calendar programs and browsers over HTTP, and run the jobs."),
    "jobs": ("jobs:jobs", "Run the jobs alone: plan and send mail, keep copies."),
    "letter": ("letter:letter", "List, show, send again and settle what was mailed."),
    "recipient": ("recipients:recipient", "Who gets the digest: add, confirm, change, leave."),
    "cover": ("covering:cover", "Who is away, and who stands in."),
    "escalation": ("escalations:escalation", "Overdue checks that ask somebody, and who knows of them."),
    "digest": ("digest:digest", "Print the morning summary, or send it now."),
    "replan": ("replan:replan", "Plan again after a protocol or a setting changed, with a preview."),
    "doctor": ("doctor:doctor", "Look for what is wrong and say what to do."),
    "backup": ("keeping:backup", "Copy the database while it is in use."),
    "restore": ("keeping:restore", "Put a backup in place of the database."),
    "copy": ("copying:copy", "Copy the whole record into another database."),
    "verify": ("verifying:verify", "Plan every patient again, compare, and check the history's chain."),
    "history": ("history:history", "What was done of late, and where the chain of the history ends."),
}


class LazyGroup(click.Group):
    """Knows every command's name and purpose, and imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        command = getattr(import_module(f"monitor.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--config", "config_path", type=click.Path(dir_okay=False), help="The configuration file.")
@click.option("--by", "login", envvar="MONITOR_BY", help="Who is acting: a login of the record (or MONITOR_BY).")
@click.version_option(package_name="post-infusion-monitor", prog_name="monitor")
@click.pass_context
def cli(ctx: click.Context, config_path: str | None, login: str | None) -> None:
    """Safety monitoring after an infusion: from infusion dates to a follow-up in which no check is lost."""
    ctx.obj = {**(ctx.obj or {}), "config_path": config_path, "login": login}


def main(args: Sequence[str] | None = None, obj: Mapping[str, Any] | None = None) -> None:
    """Run the command line; a refusal prints its sentence on stderr and exits with 1.

    `obj` may bring a `program` that is open already, as the demo and the tests do.
    """
    from schedules.errors import FileRefused, Refusal

    try:
        cli.main(args, standalone_mode=False, obj=obj)
    except Refusal as refusal:
        if isinstance(refusal, FileRefused):
            for problem in refusal.problems:
                click.echo(str(problem), err=True)
        click.echo(click.style(refusal.sentence, bold=True), err=True)
        if refusal.next_step:
            click.echo(refusal.next_step, err=True)
        sys.exit(1)
    except click.ClickException as usage:
        usage.show()
        sys.exit(usage.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; nothing of this command was saved.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (less, head) has gone; say nothing, and keep Python from saying it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as fault:
        from db.failures import explain  # only here, since it needs the database's library

        explained = explain(fault)
        if explained is None:
            raise  # a bug keeps its trace
        click.echo(click.style(explained[0], bold=True), err=True)
        click.echo(explained[1], err=True)
        sys.exit(1)
