"""Adherence: which share of the checks was done in its window, by month and by rule."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from db.people import Clinic
from db.weeks import count_by_month
from monitor.services.desk import Desk
from schedules.figures import Adhered, Share, months_back, share_of

MONTHS = 24
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Adherence:
    """By month (its first day) and by rule; each adds up to `all`."""

    months: Mapping[date, Share]
    rules: Mapping[str, Share]
    all: Share


def measure(desk: Desk, clinics: Sequence[Clinic], *, months: int = MONTHS) -> Adherence:
    """Of some clinics, the months that ended and the present one up to yesterday."""
    checks: list[Adhered] = []
    last = max((desk.today[one.id] for one in clinics), default=desk.at.date())
    first = months_back(last, months - 1)
    for clinic in clinics:
        until_on = desk.today[clinic.id] - timedelta(days=1)
        checks += count_by_month(desk.connection, clinic.id, first, until_on)
    by_month = {months_back(last, back): Share() for back in reversed(range(months))}
    grouped = _by(checks, lambda one: one.closes_on.replace(day=1))
    return Adherence(by_month | grouped, dict(sorted(_by(checks, lambda one: one.rule).items())), share_of(checks))


def _by(checks: Iterable[Adhered], key: Callable[[Adhered], Key]) -> dict[Key, Share]:
    found: dict[Key, list[Adhered]] = {}
    for one in checks:
        found.setdefault(key(one), []).append(one)
    return {name: share_of(own) for name, own in found.items()}
