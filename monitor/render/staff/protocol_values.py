"""Values: any field of a protocol before and after in words, and never the same words for two values."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from monitor.render.protocol_page import describe_moment
from monitor.render.staff.protocol_telling import Teller
from schedules.comparing import Changed, FieldChange, Path
from schedules.intervals import Interval
from schedules.protocol import (
    Confidence,
    Escalation,
    Moment,
    OnlyFor,
    Part,
    Place,
    Question,
    Rule,
    Specimen,
    Window,
)


def say_label(path: Path, tell: Teller) -> str:
    """`Source · confidence`: the way to a field, in words; an id stands for itself."""
    return " · ".join(tell.say(f"part-{one}") if tell.say.knows(f"part-{one}") else one for one in path)


def say_change(change: FieldChange, before: Teller, after: Teller, parts: Changed | None = None) -> tuple[str, str]:
    """One value before and after. Where words would hide the difference, both stand as the files have them."""
    said = (
        say_value(change.before, before, parts.before if parts else None),
        say_value(change.after, after, parts.after if parts else None),
    )
    return said if said[0] != said[1] else (_raw(change.before), _raw(change.after))


def say_value(value: Any, tell: Teller, part: Part | None = None) -> str:
    """Any value of a file in words; `part` is the rule whose schedule it is."""
    if value is None or value == ():
        return tell.say("part-none")
    if isinstance(part, Rule) and value == part.schedule:
        return tell.when(part)
    how = next((how for kind, how in HOW if isinstance(value, kind)), None)
    return how(value, tell) if how else str(value)


def _say_several(values: Sequence[Any], tell: Teller) -> str:
    if all(isinstance(one, Escalation) for one in values):
        return tell.escalation(values)
    known = tell.file.tests
    return ", ".join(tell.text(known[one].title) if one in known else str(one) for one in values)


HOW: Sequence[tuple[type, Callable[[Any, Teller], str]]] = (
    (bool, lambda one, tell: tell.say("yes" if one else "no")),
    (Confidence, lambda one, tell: tell.say(f"confidence-{one}")),
    (Place, lambda one, tell: tell.say.place(one)),
    (Specimen, lambda one, tell: tell.say.specimens([one])),
    (date, lambda one, tell: tell.say.short_day(one)),
    (Interval, lambda one, tell: tell.length(one)),
    (Window, lambda one, tell: f"{tell.window(one)} ({tell.say(f'confidence-{one.confidence}')})"),
    (OnlyFor, lambda one, tell: tell.whom(one)),
    (Moment, lambda one, tell: describe_moment(one, tell.language)),
    (Question, lambda one, tell: f"{tell.text(one.text)} ({tell.of_files(one.kind)}; {one.source.key})"),
    (tuple, _say_several),
)
"""How a value of each type is said."""


def _raw(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_none=True) if isinstance(value, Part) else str(value)
