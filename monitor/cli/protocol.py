"""Protocols on the command line: list them, read them, check files before anybody relies on them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.approving import approve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config import Config
    from monitor.protocols import Library
    from schedules.parsing import Parsed
    from schedules.problems import Problem
    from schedules.protocol import Overlay, Protocol

language_option = click.option("--lang", "language", type=click.Choice(["en", "de"]), help="The language of the page.")
format_option = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")


@click.group()
def protocol() -> None:
    """List, show, check and approve protocol files."""


protocol.add_command(approve)


@protocol.command("list")
@language_option
@format_option
@click.pass_context
def list_protocols(ctx: click.Context, language: str | None, form: str) -> None:
    """Every protocol and overlay that this installation knows."""
    import json

    from monitor.cli.library import find_config, open_library
    from monitor.cli.output import find_paper, write_result
    from monitor.render.protocol_list import list_as_data, render_list

    config = find_config(ctx)
    spoken = language or (config.language if config else "en")
    files = [(entry.file, entry.protocol_or_overlay) for entry in open_library(config).entries]
    if form == "json":
        write_result(json.dumps(list_as_data(files, language=spoken), ensure_ascii=False, indent=2) + "\n")
    else:
        write_result(render_list(files, language=spoken, paper=find_paper()))


@protocol.command()
@click.argument("protocol_id", metavar="ID")
@click.option("--rules-only", is_flag=True, help="Without advice, checklists, symptoms and published values.")
@click.option("--clinic", metavar="ID", help="As this clinic runs it: with the windows, steps and values of its own.")
@language_option
@format_option
@click.pass_context
def show(
    ctx: click.Context, *, protocol_id: str, rules_only: bool, clinic: str | None, language: str | None, form: str
) -> None:
    """A protocol as a nurse would want to read it, with every source and every doubt."""
    from monitor.cli.library import find_config, open_library
    from monitor.cli.output import find_paper, write_result

    config = find_config(ctx)
    file = open_library(config).get(protocol_id).protocol_or_overlay
    if clinic:
        file = _run_by(clinic, file, config)
    if form == "json":
        write_result(file.model_dump_json(indent=2, exclude_none=True) + "\n")
        return
    from monitor.render.protocol_page import render_protocol

    spoken = language or (config.language if config else "en")
    write_result(render_protocol(file, language=spoken, paper=find_paper(), rules_only=rules_only))


def _run_by(clinic_id: str, file: "Protocol | Overlay", config: "Config | None") -> "Protocol | Overlay":
    """With what the configuration says of this clinic; an overlay alone has nothing to set."""
    from monitor.bootstrap import rulebook_of
    from monitor.render.local_values import add_local_values
    from schedules.errors import NotFound
    from schedules.problems import did_you_mean
    from schedules.protocol import Protocol

    settings = config.clinics.get(clinic_id) if config else None
    if config is None or settings is None:
        known = list(config.clinics) if config else []
        raise NotFound(
            f"The configuration sets nothing for a clinic '{clinic_id}'.",
            did_you_mean(clinic_id, known) or "Add it under `clinics:` in config.yaml.",
        )
    if not isinstance(file, Protocol):
        return file
    return add_local_values(rulebook_of(config).run_by(clinic_id, file), settings.thresholds)


@protocol.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.pass_context
def check(ctx: click.Context, files: "Sequence[Path]") -> None:
    """Report everything that is wrong with protocol files, with line and hint; exit 1 when there is an error."""
    from monitor.cli.library import find_config, open_library
    from schedules.problems import has_errors

    library = open_library(find_config(ctx))
    found_errors = False
    for file in files:
        problems, parsed = _check(file, library)
        for problem in problems:
            click.echo(str(problem))
        click.echo(_verdict(file, problems, parsed))
        found_errors = found_errors or has_errors(problems)
    if found_errors:
        raise SystemExit(1)


def _check(file: Path, library: "Library") -> "tuple[list[Problem], Parsed | None]":
    """Syntax and meaning of one file and, for an overlay, whether it fits the protocols that it names."""
    from schedules.linting import lint
    from schedules.parsing import parse_protocol
    from schedules.problems import Problem

    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return [Problem(str(file), 0, 0, f"The file cannot be read: {error.strerror}.")], None
    except UnicodeDecodeError:
        return [Problem(str(file), 0, 0, "The file is not UTF-8 text.", "Save it as UTF-8.")], None
    parsed = parse_protocol(text, file=str(file))
    return sorted([*parsed.problems, *lint(parsed), *_fit(file, parsed, library)]), parsed


def _fit(file: Path, parsed: "Parsed", library: "Library") -> "Sequence[Problem]":
    from monitor.protocols import find_misfits
    from schedules.protocol import Overlay

    if not isinstance(parsed.protocol, Overlay):
        return ()
    return find_misfits(parsed.protocol, library, str(file), parsed.places.of_key(("over",)))


def _verdict(file: Path, problems: "list[Problem]", parsed: "Parsed | None") -> str:
    from schedules.problems import Severity

    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    warnings = len(problems) - errors
    count = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}" if warnings else _count(errors, "error")
    if errors or parsed is None or parsed.protocol is None:
        return f"{file}: {count}. It cannot be used."
    content = parsed.protocol
    said = (
        f"{file}: OK. {content.kind.capitalize()} {content.id} {content.version}, {_count(len(content.rules), 'rule')}"
    )
    return f"{said}, {_count(warnings, 'warning')}." if warnings else f"{said}."


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
