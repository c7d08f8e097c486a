"""The JSON Schema of protocol files, so that an editor completes keys and underlines mistakes."""

from typing import Any

from pydantic import TypeAdapter

from schedules.keys import KEYS
from schedules.protocol import Overlay, Part, Protocol, ProtocolFile, Recurring
from schedules.wording import NOUNS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """What an editor can test by itself; sense, sources and dates are left to `monitor protocol check`."""
    schema = TypeAdapter[Protocol | Overlay](ProtocolFile).json_schema()
    parts: dict[str, dict[str, Any]] = {}
    for name, definition in schema["$defs"].items():
        parts[name] = _tidy(definition)
    for part in KEYS:
        _explain(parts[part.__name__], part)
    parts[Recurring.__name__]["oneOf"] = [{"required": ["every"]}, {"required": ["phases"]}]
    # Only the program fills this in; a file that did would be refused.
    del parts[Protocol.__name__]["properties"]["overlays"]
    return {
        "$schema": DIALECT,
        "title": "A protocol file",
        "description": "A monitoring plan, or an overlay for one. The manual is docs/protocol-files.md.",
        "oneOf": schema["oneOf"],
        "$defs": parts,
    }


def _tidy(value: Any) -> Any:
    """Leave out the model's own titles ("Checked By"), which repeat the key, and close tables to other keys.

    A key that is itself called `title` stays: what stands behind it is no text.
    """
    match value:
        case dict():
            tidy = {key: _tidy(inner) for key, inner in value.items() if key != "title" or not isinstance(inner, str)}
            return {**tidy, "additionalProperties": False} if "patternProperties" in tidy else tidy
        case list():
            return [_tidy(inner) for inner in value]
        case _:
            return value


def _explain(definition: dict[str, Any], part: type[Part]) -> None:
    definition["title"] = NOUNS[part]
    for key, meaning in KEYS[part].items():
        definition["properties"][key]["description"] = meaning
