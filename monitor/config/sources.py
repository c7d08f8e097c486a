"""Sources: the file and the environment as plain values that remember where each was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import EnvSettingsSource, SettingsError

from monitor.config.keys import list_variables
from monitor.config.settings import PREFIX, Config
from schedules.places import Path as KeyPath
from schedules.places import Places, read_yaml
from schedules.problems import Problem, did_you_mean

FROM_FILE = "_FILE"
NOT_SETTINGS = frozenset({"MONITOR_CONFIG", "MONITOR_BY"})
"""Variables of the command line: where the file is, and who is acting."""


def read_file(path: Path | None, env: Mapping[str, str]) -> tuple[dict[str, Any], Places, list[Problem]]:
    named = path or (Path(env["MONITOR_CONFIG"]) if env.get("MONITOR_CONFIG") else None)
    file = named or Path("config.yaml")
    nothing = Places(str(file))
    if not named and not file.is_file():
        return {}, nothing, []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        return {}, nothing, [nothing.problem((0, 0), f"The file cannot be read: {reason}.", "Check --config.")]
    if all(line.lstrip()[:1] in {"", "#"} for line in text.splitlines()):
        return {}, nothing, []
    read = read_yaml(text, file=str(file))
    match read.data:
        case dict():
            return read.data, read.places, list(read.problems)
        case None if read.problems:
            return {}, read.places, list(read.problems)
        case _:
            problem = read.places.problem((1, 1), "A configuration is a block of keys.", "For example 'language: en'.")
            return {}, read.places, [problem]


@dataclass(frozen=True, slots=True)
class Given:
    """What the environment says: values, which variable each came from, and what could not be used."""

    values: dict[str, Any]
    variables: dict[KeyPath, str]
    problems: list[Problem]


def read_environment(env: Mapping[str, str]) -> Given:
    given = Given({}, {}, [])
    for name in sorted(name for name in env if name.startswith(PREFIX) and name not in NOT_SETTINGS):
        try:
            value = _read_secret(name, env) if name.endswith(FROM_FILE) else env[name]
            values = _read_variable(name.removesuffix(FROM_FILE), value)
        except ValueError as error:
            given.problems.append(Problem(name, 0, 0, *error.args))
        else:
            given.values.update(merge(given.values, values))
            given.variables.update(dict.fromkeys(_leaves(values), name))
    return given


def _read_secret(name: str, env: Mapping[str, str]) -> str:
    """The content of the file that a variable names, as container platforms hand out secrets."""
    direct = name.removesuffix(FROM_FILE)
    if direct in env:
        raise ValueError(f"{direct} is set, too.", "Set one of the two, so that nobody has to guess which one holds.")
    try:
        return Path(env[name]).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ValueError(
            f"The file that it names cannot be read: {reason}.", "Check its path and its rights."
        ) from None


def _read_variable(name: str, value: str) -> dict[str, Any]:
    """One variable alone, so that each gets its own complaint."""
    source = EnvSettingsSource(Config)
    source.env_vars = {name.lower(): value}
    try:
        values = source()
    except SettingsError:
        raise ValueError(
            "This value cannot be read.", "Lists and blocks are written as JSON, such as [7, 14]."
        ) from None
    if not values:
        raise ValueError("There is no such setting.", did_you_mean(name, list_variables(Config, PREFIX)))
    return values


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both blocks as one; where both speak, `above` holds."""
    return {
        key: merge(below[key], above[key])
        if isinstance(below.get(key), dict) and isinstance(above.get(key), dict)
        else (above if key in above else below)[key]
        for key in {**below, **above}
    }


def _leaves(values: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from _leaves(value, (*path, key))
    else:
        yield path
