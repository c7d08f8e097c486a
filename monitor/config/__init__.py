"""Configuration: one file and the environment become one frozen value, or a list of everything wrong with them."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from monitor.config.settings import ClinicSettings, Config, LocalThreshold, RuleOverride, WindowOverride
from monitor.config.sources import merge, read_environment, read_file
from monitor.config.wording import describe
from schedules.errors import FileRefused

__all__ = [
    "ClinicSettings",
    "Config",
    "ConfigRefused",
    "LocalThreshold",
    "RuleOverride",
    "WindowOverride",
    "load_config",
]


class ConfigRefused(FileRefused):
    """The configuration has problems; nothing was started."""


def load_config(path: Path | None, env: Mapping[str, str]) -> Config:
    """Read `path`, else the file that MONITOR_CONFIG names, else ./config.yaml if there is one; `env` wins over it."""
    data, places, unreadable = read_file(path, env)
    given = read_environment(env)
    problems = [*unreadable, *given.problems]
    try:
        config = Config(**merge(data, given.values))
    except ValidationError as error:
        problems += [describe(one, places, given.variables) for one in error.errors(include_url=False)]
    else:
        if not problems:
            return config
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    # Not chained: the validator's own text repeats values, and one of them may be a password.
    raise ConfigRefused(f"The configuration has {count}.", sorted(problems), "Correct it and start again.") from None
