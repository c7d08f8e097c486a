"""Parsing: the text of a protocol file becomes a protocol, or all of its problems at once."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schedules.places import Places, read_yaml
from schedules.problems import Problem, did_you_mean
from schedules.protocol import Overlay, Protocol
from schedules.wording import describe, show

KINDS: dict[str, type[Protocol] | type[Overlay]] = {"protocol": Protocol, "overlay": Overlay}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says; `protocol` is None where there are problems, and `places` knows every line."""

    protocol: Protocol | Overlay | None
    problems: tuple[Problem, ...]
    places: Places


def parse_protocol(text: str, *, file: str) -> Parsed:
    """Read a protocol file to its end; `file` is how the problems call it."""
    read = read_yaml(text, file=file)
    if read.data is None:
        return Parsed(None, read.problems, read.places)
    if not isinstance(read.data, dict):
        problem = read.places.problem((1, 1), "A protocol file must be a block of keys.", "Begin with 'format: 1'.")
        return Parsed(None, (*read.problems, problem), read.places)
    model, found = _validate(read.data, read.places)
    problems = tuple(sorted({*read.problems, *found}))
    return Parsed(None if problems else model, problems, read.places)


def _validate(data: dict[str, Any], places: Places) -> tuple[Protocol | Overlay | None, list[Problem]]:
    """Strictly and as JSON: there a day is a text, `true` is not 1, and "7" is not 7."""
    kind, problems = _choose_kind(data, places)
    try:
        return KINDS[kind].model_validate_json(json.dumps({**data, "kind": kind}), strict=True), problems
    except ValidationError as error:
        return None, problems + describe(error, KINDS[kind], data, places)


def _choose_kind(data: dict[str, Any], places: Places) -> tuple[str, list[Problem]]:
    """Protocol or overlay; where the file does not say, the likelier, so that its other problems are seen too."""
    likely = "overlay" if data.keys() & {"over", "changes"} else "protocol"
    match data.get("kind"):
        case "protocol" | "overlay" as kind:
            return kind, []
        case None if "kind" not in data:
            return likely, [places.problem((1, 1), "'kind' is missing.", "Write 'kind: protocol' or 'kind: overlay'.")]
        case given:
            mark, hint = places.of_value(("kind",)), did_you_mean(str(given)[:20], KINDS)
            message = f"'kind' must be 'protocol' or 'overlay', not {show(given)}."
            return likely, [places.problem(mark, message, hint)]
