"""Writes `protocol-file.schema.json` and the tables of keys in `protocol-files.md`, from the format itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schedules.keys import KEYS
from schedules.schema import json_schema
from schedules.wording import NOUNS

HERE = Path(__file__).parent
SCHEMA = HERE / "protocol-file.schema.json"
MANUAL = HERE / "protocol-files.md"
BEGIN, END = "<!-- keys: written by docs/make_schema.py -->\n", "<!-- end of keys -->\n"


def schema_text() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def manual_text(manual: str) -> str:
    """The manual with its tables of keys written anew."""
    before, _, rest = manual.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{''.join(_tables())}{END}{after}"


def _tables() -> Iterator[str]:
    """One table for each part; a key in bold must be there."""
    schema = json_schema()["$defs"]
    for part, keys in KEYS.items():
        definition = schema[part.__name__]
        leading = next((key for key in ("every", "at", "before_course", "infusion_day") if key in keys), "")
        noun = f"a schedule with `{leading}`" if NOUNS[part] == "a schedule" else NOUNS[part].replace("'", "`")
        yield f"### Keys of {noun}\n\n| key | meaning |\n|---|---|\n"
        for key, meaning in keys.items():
            if key in definition["properties"]:
                name = f"**`{key}`**" if key in definition.get("required", ()) else f"`{key}`"
                yield f"| {name} | {meaning}{_values(definition['properties'][key], schema)} |\n"
        yield "\n"


def _values(described: dict[str, Any], schema: dict[str, Any]) -> str:
    found = [word for option in (described, *described.get("anyOf", ())) for word in _words(option, schema)]
    named = all(f"'{word}'" in described.get("description", "") for word in found)
    return "" if named else f" One of {', '.join(f'`{word}`' for word in found)}."


def _words(option: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    target = schema[option["$ref"].rpartition("/")[2]] if "$ref" in option else option
    return [word for word in target.get("enum", ()) if isinstance(word, str)]


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    MANUAL.write_text(manual_text(MANUAL.read_text(encoding="utf-8")), encoding="utf-8")
