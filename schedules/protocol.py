"""The protocol format: what a monitoring plan can say, as frozen values that cannot be half filled in."""

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schedules.intervals import Interval

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Texts = Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], str], Field(min_length=1)]
"""One text in several languages: {"en": "Blood count", "de": "Blutbild"}."""

BUILT_FROM_FAMILY = ("-extra", "-takeover")
"""Endings of rule ids that the program makes itself, so no file may use them."""


class Part(BaseModel):
    """The base of every part of a protocol: frozen, and refusing keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Confidence(StrEnum):
    """How sure we are of a number; `needs-check` and `local-policy` are shown wherever the rule is."""

    VERIFIED = "verified"
    VERIFIED_SECONDARY = "verified-secondary"
    DERIVED = "derived"
    NEEDS_CHECK = "needs-check"
    LOCAL_POLICY = "local-policy"

    @property
    def is_settled(self) -> bool:
        return self in {Confidence.VERIFIED, Confidence.VERIFIED_SECONDARY, Confidence.DERIVED}


class Sex(StrEnum):
    """Administrative gender as FHIR codes it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Place(StrEnum):
    """Where a check happens. Office work never enters a patient's calendar."""

    LABORATORY = "laboratory"
    CLINIC = "clinic"
    HOME = "home"
    OFFICE = "office"


class Specimen(StrEnum):
    """What is taken or done."""

    BLOOD = "blood"
    URINE = "urine"
    SWAB = "swab"
    EXAMINATION = "examination"
    QUESTIONS = "questions"
    FORM = "form"


class Role(StrEnum):
    """Who an escalation step asks; the same roles that people hold in the program."""

    NURSE = "nurse"
    CLINICIAN = "clinician"
    ADMIN = "admin"


class Anchor(StrEnum):
    """The event a rule counts from.

    `first-infusion` and `first-course-end` are those of an episode: a stretch of follow-up without a
    break. A later course extends the episode and does not restart what counts from them.
    """

    FIRST_INFUSION = "first-infusion"
    FIRST_COURSE_END = "first-course-end"
    LAST_INFUSION = "last-infusion"
    COURSE_START = "course-start"
    COURSE_END = "course-end"
    FOLLOW_UP_END = "follow-up-end"


class Which(StrEnum):
    """Which courses a per-course rule belongs to."""

    EACH = "each"
    FIRST = "first"
    LATER = "later"

    def includes(self, course_number: int) -> bool:
        return self is Which.EACH or (course_number == 1) == (self is Which.FIRST)


class Source(Part):
    """Where a number comes from; `key` is one of the file's `sources`."""

    key: str
    section: str | None = None
    edition: str | None = None
    confidence: Confidence
    note: str | None = None
    also: tuple[str, ...] = ()
    checked_by: str | None = None
    checked_on: date | None = None


class Document(Part):
    """A document that sources point at."""

    title: str
    address: str | None = None
    edition: str | None = None


class Test(Part):
    """One analyte or observation with its LOINC codes and UCUM unit."""

    title: Texts
    loinc: tuple[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,7}-[0-9]$")], ...] = ()
    ucum: str | None = None
    confidence: Confidence
    note: str | None = None


class Window(Part):
    """The days around the due day that count as on time, both ends included."""

    before_days: Annotated[int, Field(ge=0, le=366)]
    after_days: Annotated[int, Field(ge=0, le=366)]
    confidence: Confidence

    @property
    def width_days(self) -> int:
        return self.before_days + self.after_days


class Escalation(Part):
    """A step that names a role once a check is overdue by so many days, or two in a row are.

    Every step stands in the next digest; one that asks `at_once` also sends a mail when it begins.
    """

    after_days: Annotated[int, Field(ge=0, le=366)] | None = None
    two_in_a_row: Literal[True] | None = None
    role: Role
    at_once: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_reason(self) -> Self:
        if (self.after_days is None) == (self.two_in_a_row is None):
            raise ValueError("an escalation step has either 'after_days' or 'two_in_a_row: true'")
        return self


class Phase(Part):
    """A part of a phase table: every so often until so long after the anchor; the last has no `until`."""

    every: Interval
    until: Interval | None = None


class Temporary(Part):
    """Another rhythm for the due days inside a period, e.g. three-monthly during an emergency; it ends by itself."""

    every: Interval
    from_on: date
    until_on: date


class Recurring(Part):
    """Again and again, on a grid counted from an anchor, closed by one check on the end day.

    `until` is `follow-up-end` (the protocol's one end), `for-good`, or a length after the last infusion.
    """

    every: Interval | None = None
    phases: tuple[Phase, ...] = ()
    anchor: Literal[Anchor.FIRST_INFUSION, Anchor.FIRST_COURSE_END, Anchor.LAST_INFUSION] = Anchor.FIRST_COURSE_END
    until: Literal["follow-up-end", "for-good"] | Interval = "follow-up-end"
    temporary: tuple[Temporary, ...] = ()

    @model_validator(mode="after")
    def _one_rhythm(self) -> Self:
        if (self.every is None) == (not self.phases):
            raise ValueError("a schedule has either 'every' or 'phases'")
        return self

    @cached_property
    def steps(self) -> tuple[Phase, ...]:
        """The phase table, of one row where the rule says only `every`."""
        return self.phases or (Phase(every=self.every),) if self.every else self.phases


class Listed(Part):
    """At a list of distances after an anchor, e.g. months 2 and 6 of each course."""

    at: Annotated[tuple[Interval, ...], Field(min_length=1)]
    anchor: Literal[
        Anchor.FIRST_INFUSION, Anchor.LAST_INFUSION, Anchor.COURSE_START, Anchor.COURSE_END, Anchor.FOLLOW_UP_END
    ]
    course: Which = Which.EACH


class BeforeCourse(Part):
    """A baseline: due so long before the first infusion day of a course; its number is the course's."""

    before_course: Which
    due: Interval


class OnInfusionDay(Part):
    """In-course: due on the n-th infusion day of a course, given or planned; its number is the course's."""

    infusion_day: Annotated[int, Field(ge=1, le=31)]
    course: Which = Which.EACH


Schedule = Recurring | Listed | BeforeCourse | OnInfusionDay


class OnlyFor(Part):
    """Whom a rule is for. Where sex or birth date is not known, the rule is included and marked "confirm"."""

    sex: Sex | None = None
    age_from: Annotated[int, Field(ge=0, le=120)] | None = None
    age_to: Annotated[int, Field(ge=0, le=120)] | None = None


class Rule(Part):
    """One line of a protocol: which tests, when, where, for whom, and who says so."""

    id: Slug
    family: Slug
    title: Texts
    instructions: Texts | None = None
    tests: tuple[Slug, ...] = ()
    specimen: Specimen
    place: Place
    schedule: Schedule
    window: Window
    only_for: OnlyFor | None = None
    escalation: tuple[Escalation, ...] | None = None
    action: Texts | None = None
    source: Source

    @property
    def is_baseline(self) -> bool:
        return isinstance(self.schedule, BeforeCourse)

    @property
    def is_follow_up(self) -> bool:
        """Whether the rule asks for checks after treatment, which only a given infusion brings."""
        return isinstance(self.schedule, Recurring | Listed)

    @cached_property
    def longest_gap_days(self) -> int | None:
        """The most days between two samples that the rule allows: the longest step and the window's width."""
        if not isinstance(self.schedule, Recurring):
            return None
        return max(step.every.longest_days for step in self.schedule.steps) + self.window.width_days


class Moment(Part):
    """A day relative to an anchor: `offset` after it, or before it where `before` is given."""

    anchor: Anchor
    after: Interval | None = None
    before: Interval | None = None


class Advice(Part):
    """A period in which something holds (contraception, diet). Never due, never overdue; no `until`: for good."""

    id: Slug
    title: Texts
    text: Texts
    starts: Moment
    until: Moment | None = None
    only_for: OnlyFor | None = None
    source: Source


class Question(Part):
    """One line of a checklist."""

    id: Slug
    text: Texts
    kind: Literal["indication", "contraindication", "caution", "test", "vaccination", "history", "measure"]
    loinc: tuple[str, ...] = ()
    source: Source


class Checklist(Part):
    """Questions before or during treatment; neither due nor overdue."""

    id: Slug
    title: Texts
    when: Literal["before-treatment", "before-each-course", "infusion-day"]
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Symptom(Part):
    """Something that a patient reports at once, and why."""

    id: Slug
    title: Texts
    text: Texts
    source: Source


class Threshold(Part):
    """A published alarm value, for reading only: the program applies none and interprets no result."""

    test: Slug
    text: Texts
    source: Source


class Courses(Part):
    """How the drug is given; departures are flagged and never refused."""

    gap_days: Annotated[int, Field(ge=1, le=366)] = 30
    days: Annotated[tuple[int, ...], Field(min_length=1)]
    """Infusion days per course; the last entry holds for every further course."""
    most: int | None = None
    apart: Interval | None = None
    apart_from: Literal["first-day", "last-day"] = "first-day"
    source: Source

    def planned_days(self, course_number: int) -> int:
        return self.days[min(course_number, len(self.days)) - 1]


class FollowUp(Part):
    """When monitoring ends: one day for all follow-up rules, counted from the last infusion given."""

    lasts: Interval
    source: Source


class Header(Part):
    """What every protocol file says about itself."""

    format: Literal[1]
    id: Slug
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}\.[0-9]+(\.[0-9]+)?$")]
    status: Literal["ready", "draft"]
    title: Texts
    summary: Texts
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("en", "de")
    effective_from: date | None = None
    effective_until: date | None = None
    sources: dict[str, Document]
    tests: dict[Slug, Test] = {}
    rules: tuple[Rule, ...] = ()
    advice: tuple[Advice, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    thresholds: tuple[Threshold, ...] = ()


class Protocol(Header):
    """The written monitoring plan for one treatment."""

    kind: Literal["protocol"]
    drug: Slug
    jurisdiction: str
    courses: Courses
    follow_up: FollowUp
    escalation: tuple[Escalation, ...]
    overlays: tuple[str, ...] = ()
    """Names and versions of the overlays that were laid over the file, e.g. `vitamin-d 2026.1`."""

    def find_rule(self, rule_id: str) -> Rule | None:
        """The rule of that id. An extra (`blood-count-extra`) borrows the follow-up rule of its family."""
        return self._rules_by_id.get(rule_id)

    def get_rule(self, rule_id: str) -> Rule:
        """As `find_rule`; KeyError where the protocol has no such rule."""
        return self._rules_by_id[rule_id]

    @cached_property
    def _rules_by_id(self) -> dict[str, Rule]:
        found = {rule.id: rule for rule in self.rules}
        # Follow-up rules last, so that theirs is the title and the window that an extra borrows.
        for rule in sorted(self.rules, key=lambda rule: rule.is_follow_up):
            found |= {rule.family + ending: rule for ending in BUILT_FROM_FAMILY}
        return found

    @cached_property
    def longest_gaps(self) -> dict[str, int]:
        """Per family the most days between two samples that the protocol allows."""
        gaps = [(rule.family, rule.longest_gap_days) for rule in self.rules]
        return {family: gap for family, gap in gaps if gap is not None}

    def text(self, texts: Texts, language: str) -> str:
        """The text in a language, or in the file's first language where it has no translation."""
        return texts.get(language) or texts.get(self.languages[0]) or next(iter(texts.values()))


class Change(Part):
    """What an overlay changes in a rule of the protocol below it.

    A changed rhythm (`every`) with `from_on` and `until_on` is temporary: due days inside that period
    follow it, all others the rule as it was.
    """

    rule: Slug
    every: Interval | None = None
    window: Window | None = None
    drop: Literal[True] | None = None
    from_on: date | None = None
    until_on: date | None = None
    source: Source


class Overlay(Header):
    """A protocol that adds to or changes a few rules of another; off unless a treatment names it."""

    kind: Literal["overlay"]
    over: Annotated[tuple[Slug, ...], Field(min_length=1)]
    changes: tuple[Change, ...] = ()


ProtocolFile = Annotated[Protocol | Overlay, Field(discriminator="kind")]
