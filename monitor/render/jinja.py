"""Jinja: templates in which everything is escaped, and every name that was forgotten is an error."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def make_environment(package: str, **names: Any) -> Environment:
    """The templates of a package; `names` stand in all of them."""
    made = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= names
    return made
