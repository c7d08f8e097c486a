"""Keys: which settings there are, as a person writes them in the file or in the environment."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic.fields import FieldInfo

from monitor.config.settings import NESTED, Config
from schedules.places import Path as KeyPath


def keys_of(block: Any) -> dict[str, FieldInfo]:
    """The keys of a block as a person writes them."""
    return {field.alias or name: field for name, field in getattr(block, "model_fields", {}).items()}


def list_variables(block: Any, prefix: str) -> Iterator[str]:
    for key, field in keys_of(block).items():
        yield f"{prefix}{key.upper()}"
        yield from list_variables(field.annotation, f"{prefix}{key.upper()}{NESTED}")


def block_at(path: KeyPath) -> Any:
    """The type of the block at a path; `dict[str, X]` and `X | None` lead to X."""
    block: Any = Config
    for step in path:
        keys = keys_of(block)
        block = keys[str(step)].annotation if str(step) in keys else get_args(block)[-1]
        block = next((part for part in get_args(block) if type(None) in get_args(block)), block)
    return block
