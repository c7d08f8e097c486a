"""Wording: each complaint about a setting as a sentence, at the line or the variable where it was written."""

from collections.abc import Mapping

from pydantic_core import ErrorDetails

from monitor.config.keys import block_at, keys_of
from schedules.places import Path as KeyPath
from schedules.places import Places
from schedules.problems import Problem, did_you_mean

SECRETS = {
    ("db", "url"), ("mail", "password"), ("history", "key"), ("history", "old_keys"), ("jobs", "ping_url"),
    ("sign_in", "oidc"),
}  # fmt: skip
"""The ways to values that are never shown: each is a secret, or may hold one."""

SENTENCES = {
    "missing": "is missing",
    "int_parsing": "must be a whole number, not {given}",
    "int_type": "must be a whole number, not {given}",
    "int_from_float": "must be a whole number, not {given}",
    "float_parsing": "must be a number, not {given}",
    "float_type": "must be a number, not {given}",
    "string_type": "must be text, not {given}",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "greater_than_equal": "must be at least {ge}, not {given}",
    "less_than_equal": "must be at most {le}, not {given}",
    "literal_error": "must be {expected}, not {given}",
    "too_short": "needs at least one entry",
    "tuple_type": "must be a list such as [7, 14]",
    "model_type": "must be a block of keys",
    "dict_type": "must be a block of keys",
    "string_pattern_mismatch": "must be an id: small letters, digits and single hyphens, such as blood-count",
}


def describe(error: ErrorDetails, places: Places, variables: Mapping[KeyPath, str]) -> Problem:
    path: KeyPath = tuple(step for step in error["loc"] if step != "[key]")
    message, hint = _sentence(error, path)
    for given, variable in variables.items():
        if given[: len(path)] == path or path[: len(given)] == given:
            return Problem(variable, 0, 0, message, hint)
    at_key = error["type"] in {"extra_forbidden", "missing"} or "[key]" in error["loc"]
    return places.problem(places.of_key(path) if at_key else places.of_value(path), message, hint)


def _sentence(error: ErrorDetails, path: KeyPath) -> tuple[str, str]:
    name, facts, value = ".".join(map(str, path)), error.get("ctx", {}), error["input"]
    given = "what is written there" if path[:2] in SECRETS else f"'{str(value)[:60]}'"
    match error["type"]:
        case "extra_forbidden":
            keys = keys_of(block_at(path[:-1]))
            return f"'{name}' is not a setting.", did_you_mean(str(path[-1]), keys) or f"Known here: {', '.join(keys)}."
        case kind if value is None and kind != "missing":
            return f"'{name}' is empty.", "Write its value, or leave the key out."
        case "value_error":
            sentence, _, hint = str(facts["error"]).partition(". ")
            return f"'{name}' {sentence}.", hint
        case "literal_error":
            hint = did_you_mean(str(value), str(facts["expected"]).replace("'", "").split(" or "))
            return f"'{name}' {SENTENCES['literal_error'].format(given=given, **facts)}.", hint
        case kind:
            sentence = SENTENCES.get(kind, "cannot be {given}").format(given=given, **facts)
            return f"'{name}' {sentence}.", ""
