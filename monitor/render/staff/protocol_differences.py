"""Differences: a comparison of two protocols for a page, each part by its name and each field in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.render.staff.protocol_telling import Teller
from monitor.render.staff.protocol_values import say_change, say_label
from schedules.comparing import Changed, Comparison, FieldChange, Group


class Line(NamedTuple):
    """One field: what it is called, what it was, what it is."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Differences:
    """`before` and `after` tell the two files."""

    comparison: Comparison
    before: Teller
    after: Teller

    @property
    def head(self) -> Sequence[Line]:
        return self._lines(self.comparison.head)

    @property
    def groups(self) -> Sequence[Group]:
        return [group for group in self.comparison.groups if not group.is_empty]

    def lines(self, changed: Changed) -> Sequence[Line]:
        return self._lines(changed.fields, changed)

    def _lines(self, fields: Sequence[FieldChange], parts: Changed | None = None) -> Sequence[Line]:
        return [
            Line(say_label(one.path, self.after), *say_change(one, self.before, self.after, parts)) for one in fields
        ]
