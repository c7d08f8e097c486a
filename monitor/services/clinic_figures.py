"""Clinic figures: the work ahead and what was done in time, for each clinic that the person may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from db import clinic_days, clinic_figures
from db.calendars import state_of_clinic
from db.people import Clinic
from monitor.services.desk import Desk
from monitor.services.memory import recall
from monitor.services.worklist import clinics_of
from schedules.adherence import Series, Tally, months_before, series_of
from schedules.protocol import Place, Protocol, Texts
from schedules.working_days import list_lost
from schedules.workload import WEEK, WEEKS, Week, busiest, weeks_ahead

CLINIC_KILOBYTES = 60
"""What a year of one clinic takes in the memory, measured."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The weeks ahead of one clinic; `behind` are visits whose day has passed, `places` those that occur."""

    clinic: Clinic
    today: date
    weeks: Sequence[Week]
    busiest: Sequence[Week]
    places: Sequence[Place]
    behind: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How many checks of a clinic were done in their windows; `titles` by rule."""

    clinic: Clinic
    today: date
    everything: Series
    rules: Sequence[Series]
    titles: Mapping[str, Texts]


def workload_of(desk: Desk, clinic_id: str | None = None, *, language: str = "en") -> list[Ahead]:
    """The next 52 weeks of one clinic, or of all of the person's; holidays are named in the language if they can be."""
    return [
        recall(
            desk.memory, (f"workload {language}", one.id), stamp_of(desk, one), partial(_workload, desk, one, language),
            kilobytes=CLINIC_KILOBYTES,
        )
        for one in clinics_of(desk, clinic_id)
    ]  # fmt: skip


def stamp_of(desk: Desk, clinic: Clinic) -> object:
    """Another one whenever the figures of a clinic may be: by an act on any of its patients, a change of its days, or
    because a day has passed."""
    return (
        clinic, desk.today[clinic.id], state_of_clinic(desk.connection, clinic.id),
        desk.rulebook.days_of(desk.connection, clinic.id),
    )  # fmt: skip


def _workload(desk: Desk, clinic: Clinic, language: str) -> Ahead:
    today = desk.today[clinic.id]
    until_on = today - timedelta(days=today.weekday()) + WEEKS * WEEK - timedelta(days=1)
    closures = [(one.closed, one.name) for one in clinic_days.list_closures(desk.connection, clinic.id)]
    lost = list_lost(
        clinic.country, clinic.subdivision, clinic.working_weekdays, closures, from_on=today, until_on=until_on,
        language=language,
    )  # fmt: skip
    loads = clinic_figures.list_loads(desk.connection, clinic.id, today, until_on)
    weeks = weeks_ahead(loads, lost, today, weekdays=clinic.working_weekdays)
    return Ahead(
        clinic,
        today,
        weeks,
        busiest(weeks),
        [one for one in Place if any(load.place is one for load in loads)],
        clinic_figures.count_behind(desk.connection, clinic.id, today),
    )


def adherence_of(desk: Desk, clinic_id: str | None = None, *, months: int = 12) -> list[Kept]:
    """The last so many months of one clinic, or of all of the person's."""
    clinics = clinics_of(desk, clinic_id)
    return recall(
        desk.memory, (f"adherence {months}", " ".join(one.id for one in clinics)),
        [stamp_of(desk, one) for one in clinics], lambda: _adherence_of(desk, clinics, months),
        kilobytes=CLINIC_KILOBYTES * len(clinics),
    )  # fmt: skip


def _adherence_of(desk: Desk, clinics: Sequence[Clinic], months: int) -> list[Kept]:
    by_day: dict[date, list[str]] = {}
    for one in clinics:  # in most hours of the day it is the same day everywhere
        by_day.setdefault(desk.today[one.id], []).append(one.id)
    tallies: dict[str, list[Tally]] = {}
    for today, ids in by_day.items():
        tallies |= clinic_figures.list_tallies(desk.connection, ids, months_before(today, months)[0].first_on, today)
    return [_adherence(desk, one, months, tallies[one.id]) for one in clinics]


def _adherence(desk: Desk, clinic: Clinic, number: int, tallies: Sequence[Tally]) -> Kept:
    today = desk.today[clinic.id]
    months = months_before(today, number)
    protocols = protocols_of(desk, clinic.id)
    rules = [rule for protocol in protocols for rule in protocol.rules]
    everything, each = series_of(tallies, months, list(dict.fromkeys(rule.id for rule in rules)))
    titles = {one.rule: _title_of(protocols, one.rule) for one in each}
    return Kept(clinic, today, everything, each, titles)


def _title_of(protocols: Sequence[Protocol], rule_id: str) -> Texts:
    """As the first protocol that has the rule calls it; the bare id of one that no protocol has any more."""
    found = next((rule for one in protocols if (rule := one.find_rule(rule_id))), None)
    return found.title if found else {"en": rule_id}


def protocols_of(desk: Desk, clinic_id: str) -> list[Protocol]:
    """The protocols that treatments of a clinic follow, with their overlays."""
    assignments = clinic_figures.list_combinations(desk.connection, [clinic_id])
    return [desk.rulebook.get(desk.connection, one, clinic_id) for one in assignments]
