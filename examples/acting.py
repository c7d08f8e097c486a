"""Invents what nurses and clinicians entered since the group began: samples, bookings, waivers, notes and slips."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

from examples.inventing import STARTED_DAYS_AGO, Patient, Phase
from examples.sampling import BLOOD, Story
from schedules.model import Check, Origin

ADA, BEA, DORA = "ada", "bea", "dora"
PHYSICIAN = "Dr. Dora Invented"
IN_FOLLOW_UP = {Phase.TWO_COURSES, Phase.THREE_COURSES, Phase.LATE}


@dataclass(frozen=True, slots=True)
class Act:
    """One row of acts.csv: on `entered_on` the person `by` did this; what does not apply is empty."""

    entered_on: date
    by: str
    act: str
    reference: str
    rules: str = ""
    number: int | None = None
    on: date | None = None
    at: str = ""
    every: str = ""
    times: int | None = None
    kind: str = ""
    to: str = ""
    text: str = ""
    decided_by: str = ""


COLUMNS = tuple(field.name for field in fields(Act))
ORDER = ("given", "done", "seen", "extra", "book", "note", "waive", "withdraw", "undo", "discharge", "readmit")
"""Of one day and person: what the others may depend on comes first."""


def list_acts(stories: Sequence[Story], today: date) -> list[Act]:
    """Everything since the group began, in the order in which it was entered, up to yesterday."""
    acts = [act for story in stories for act in _work(story, today)]
    acts += _decisions(stories, today)
    people = (ADA, BEA, DORA)
    return sorted(
        acts, key=lambda one: (one.entered_on, people.index(one.by), ORDER.index(one.act), one.reference, str(one.on))
    )


def nurse_of(patient: Patient) -> str:
    return ADA if patient.site.id == "north" else BEA


def _work(story: Story, today: date) -> Iterator[Act]:
    """Infusions that were given, samples that were taken, and results that somebody looked at."""
    patient, chance = story.patient, story.patient.random
    started_on, yesterday = today - timedelta(days=STARTED_DAYS_AGO), today - timedelta(days=1)
    nurse = nurse_of(patient)
    for day in patient.given:
        if day >= started_on:
            yield Act(day, nurse, "given", patient.reference, on=day, text="given as planned")
    recent = [sample for sample in story.samples if sample.taken_on >= started_on]
    for day, samples in groupby(recent, key=attrgetter("taken_on")):
        rules = [sample.rule for sample in samples]
        later = int(chance.random() * 15) - 11  # a few are entered days after they were done
        entered_on = min(day + timedelta(days=max(later, 0)), yesterday)
        yield Act(entered_on, nurse, "done", patient.reference, ",".join(rules), on=day)
        seen_on = _next_weekday(entered_on + timedelta(days=int(chance.random() * 3)))
        if seen_on <= yesterday and chance.random() < 0.85:
            yield Act(seen_on, DORA, "seen", patient.reference, ",".join(rules))


# --- Decisions and slips ----------------------------------------------------------------------------


def _decisions(stories: Sequence[Story], today: date) -> Iterable[Act]:
    def ago(days: int) -> date:
        day = today - timedelta(days=days)
        return day - timedelta(days=max(day.weekday() - 4, 0))

    behind = {story.patient.reference: story for story in stories if _missed(story, today)}
    worst_first = sorted(behind.values(), key=lambda story: (-len(_missed(story, today)), story.patient.reference))
    worst, rest = worst_first[:6], worst_first[6:]
    calm = [
        story
        for story in stories
        if story.patient.phase in IN_FOLLOW_UP and not story.overdue(today) and story.patient.habit == "punctual"
    ]
    between = [story for story in stories if _plans_a_course(story, today)]
    yield from _about_those_far_behind(worst, today, ago)
    yield from _bookings(rest, today, ago)
    yield from _departures(calm[:3], ago)
    yield from _extras(calm[3:5], today, ago)
    yield from _slip(calm[5:], ago)
    for story in between[:1]:
        first = next(one for one in story.patient.infusions if one.planned)
        for one in story.patient.infusions:
            if one.planned:
                text = "the patient decided against a second course"
                days_later = (one.infused_on - first.infused_on).days
                yield Act(ago(9), nurse_of(story.patient), "withdraw", story.patient.reference, on=one.infused_on,
                          text=text if not days_later else "see the first day")  # fmt: skip


def _about_those_far_behind(worst: Sequence[Story], today: date, ago: Callable[[int], date]) -> Iterator[Act]:
    """Nobody is forgotten, but not everybody comes: notes close nothing, and a waiver needs a clinician."""
    texts = ("no answer on the telephone", "no answer, a letter was sent", "the number is no longer in use")
    for place, story in enumerate(worst):
        ref, nurse, missed = story.patient.reference, nurse_of(story.patient), _missed(story, today)
        if place < 3:
            yield Act(ago(12 - place), nurse, "note", ref, kind="unreachable", text=texts[place])
        if place == 3:
            yield Act(ago(6), nurse, "note", ref, kind="declines", text="feels well and sees no need for it")
        if place == 4:
            yield Act(ago(4), nurse, "note", ref, kind="reached", text="was abroad, comes next week")
            yield Act(ago(4), nurse, "book", ref, _rules(story, missed), on=_next_weekday(today + timedelta(days=3)),
                      at="08:30")  # fmt: skip
        if place >= 3:
            text = "blood count of that month is in the letter of another hospital"
            yield Act(ago(3), DORA, "waive", ref, BLOOD, missed[0].number, text=text)


def _bookings(rest: Sequence[Story], today: date, ago: Callable[[int], date]) -> Iterator[Act]:
    """Most are booked for one of the next days; two did not come on the agreed day."""
    for place, story in enumerate(rest[:9]):
        ref, nurse, rules = story.patient.reference, nurse_of(story.patient), _rules(story, _missed(story, today))
        if place < 2:
            yield Act(ago(10), nurse, "book", ref, rules, on=_next_weekday(ago(6)))
        else:
            hour = f"{7 + place % 4:02}:{(place * 15) % 60:02}"
            day = _next_weekday(today + timedelta(days=1 + place))
            yield Act(ago(place), nurse, "book", ref, rules, on=day, at=hour)


def _departures(calm: Sequence[Story], ago: Callable[[int], date]) -> Iterator[Act]:
    moved, transferred, mistaken = (story.patient for story in calm)
    yield Act(ago(1), DORA, "discharge", moved.reference, on=ago(1), kind="moved", text="moved to another country")
    yield Act(ago(1), nurse_of(transferred), "discharge", transferred.reference, on=ago(1), kind="transferred",
              to="Westhill Example Hospital", text="changes to a clinic near the new home",
              decided_by=PHYSICIAN)  # fmt: skip
    yield Act(ago(7), DORA, "discharge", mistaken.reference, on=ago(7), kind="other", text="asked for the records")
    yield Act(ago(5), DORA, "readmit", mistaken.reference, text="wanted a copy only, stays with us")


def _extras(calm: Sequence[Story], today: date, ago: Callable[[int], date]) -> Iterator[Act]:
    """A series that runs on into the next months, and a single check to come."""
    series, single = (story.patient for story in calm)
    first_on = _next_weekday(ago(2))
    yield Act(ago(4), nurse_of(series), "extra", series.reference, BLOOD, on=first_on, every="2 weeks", times=6,
              text="platelets fell a little", decided_by=PHYSICIAN)  # fmt: skip
    yield Act(ago(2), DORA, "extra", single.reference, "thyroid", on=_next_weekday(today + timedelta(days=20)),
              text="control before the holidays")  # fmt: skip


def _slip(calm: Sequence[Story], ago: Callable[[int], date]) -> Iterator[Act]:
    """A sample entered for the wrong patient, and taken back; a waiver for a check that was done elsewhere."""
    for story in calm:
        if not any(ago(16) <= sample.taken_on <= ago(2) for sample in story.samples):
            ref, nurse = story.patient.reference, nurse_of(story.patient)
            yield Act(ago(9), nurse, "done", ref, BLOOD, on=ago(9))
            yield Act(ago(8), nurse, "undo", ref, BLOOD, text="entered for the wrong patient")
            return


def _missed(story: Story, today: date) -> list[Check]:
    """The blood counts that are overdue, oldest first."""
    return [one for one in story.overdue(today) if one.family == BLOOD and one.origin is Origin.GRID]


def _rules(story: Story, missed: Sequence[Check]) -> str:
    """The rules of the visit that was missed last."""
    laboratory = {rule.id for rule in story.protocol.rules if rule.place == "laboratory"}
    day = missed[-1].due_on
    return ",".join(check.rule for check in story.plan.checks if check.due_on == day and check.rule in laboratory)


def _plans_a_course(story: Story, today: date) -> bool:
    planned = [one.infused_on for one in story.patient.infusions if one.planned]
    return story.patient.phase is Phase.BETWEEN and bool(planned) and planned[0] > today


def _next_weekday(day: date) -> date:
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
