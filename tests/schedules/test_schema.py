"""What an editor says about a protocol file agrees with what the program says, and with the manual."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schedules.keys import KEYS
from schedules.parsing import parse_protocol
from schedules.places import read_yaml
from schedules.schema import json_schema
from schedules.wording import NOUNS

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "schedules" / "protocols").glob("*.yaml"))
BAD = sorted((ROOT / "tests" / "schedules" / "bad").glob("*.yaml"))


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_schema", ROOT / "docs" / "make_schema.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "protocol-file.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read(path: Path) -> Any:
    return read_yaml(path.read_text(encoding="utf-8"), file=path.name).data


def test_the_schema_is_up_to_date(writer: ModuleType) -> None:
    assert writer.SCHEMA.read_text(encoding="utf-8") == writer.schema_text(), "run: python docs/make_schema.py"


def test_the_manual_has_all_keys(writer: ModuleType) -> None:
    manual = writer.MANUAL.read_text(encoding="utf-8")
    assert manual == writer.manual_text(manual), "run: python docs/make_schema.py"
    assert manual.count("### Keys of ") == len(KEYS)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_validate(path: Path, validator: Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(read(path))] == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_what_an_editor_underlines_the_program_refuses(path: Path, validator: Draft202012Validator) -> None:
    """And the other way round, but for what a schema cannot say: YAML, keys that stand twice."""
    parsed = parse_protocol(path.read_text(encoding="utf-8"), file=path.name)
    data = read(path)
    is_fine_for_editor = data is not None and validator.is_valid(data)
    assert is_fine_for_editor == (parsed.protocol is not None) or path.stem in {"twice", "lint-unreachable"}


def test_every_part_has_a_name_and_every_key_a_meaning() -> None:
    assert KEYS.keys() == NOUNS.keys()
    for part, keys in KEYS.items():
        assert keys.keys() == part.model_fields.keys(), NOUNS[part]
        assert all(meaning.endswith((".", ":")) for meaning in keys.values()), NOUNS[part]


def test_editors_show_what_a_key_means() -> None:
    parts = json_schema()["$defs"]
    assert parts["Window"]["properties"]["before_days"]["description"] == KEYS_OF_WINDOW
    assert parts["Window"]["title"] == "a window"
    assert parts["Phase"]["properties"]["every"]["pattern"].startswith("^([1-9]")
    assert parts["Window"]["additionalProperties"] is False
    assert "overlays" not in parts["Protocol"]["properties"]


KEYS_OF_WINDOW = "So many days before the due day a sample already counts."
