"""Telling: a protocol's rhythms, windows and sources as sentences, one language at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.render.protocol_page import describe_change, describe_stretch, list_unsettled
from monitor.render.protocol_rules import (
    choose,
    describe_escalation,
    describe_when,
    describe_whom,
)
from monitor.render.protocol_words import say as say_of_files
from monitor.render.staff.speaking import Speaker
from schedules import phrases
from schedules.intervals import Interval
from schedules.protocol import (
    Advice,
    Change,
    Checklist,
    Confidence,
    Document,
    Escalation,
    OnInfusionDay,
    OnlyFor,
    Overlay,
    Part,
    Protocol,
    Question,
    Rule,
    Symptom,
    Test,
    Texts,
    Threshold,
    Window,
)

DOUBTS = (Confidence.NEEDS_CHECK, Confidence.LOCAL_POLICY)


@dataclass(frozen=True, slots=True)
class Teller:
    """What one file says, in the speaker's language."""

    file: Protocol | Overlay
    say: Speaker

    @property
    def language(self) -> str:
        return self.say.language

    @property
    def title(self) -> str:
        return self.text(self.file.title)

    @property
    def phases(self) -> Sequence[tuple[str, Sequence[Rule]]]:
        """The rules before, during and after a course, in the order in which a patient meets them."""
        rules = self.file.rules
        parts = (
            ("before", [one for one in rules if one.is_baseline]),
            ("during", [one for one in rules if isinstance(one.schedule, OnInfusionDay)]),
            ("after", [one for one in rules if one.is_follow_up]),
        )
        return [(key, own) for key, own in parts if own]

    @property
    def doubts(self) -> Sequence[tuple[Confidence, Sequence[tuple[str, Sequence[str]]]]]:
        """By confidence each kind of thing that is not settled, with its titles."""
        found = [(one, list_unsettled(self.file, one, self.language)) for one in DOUBTS]
        return [pair for pair in found if pair[1]]

    @property
    def courses(self) -> str:
        """How the drug is given."""
        assert isinstance(self.file, Protocol)
        courses = self.file.courses
        said = [self.of_files("course-days", days=", ".join(str(days) for days in courses.days))]
        if courses.most:
            said.append(self.of_files("course-most", most=courses.most))
        if courses.apart:
            said.append(self.of_files(f"apart-{courses.apart_from}", apart=self.length(courses.apart)))
        return " ".join([*said, self.of_files("gap", gap=courses.gap_days)])

    @property
    def lasts(self) -> str:
        assert isinstance(self.file, Protocol)
        return self.of_files("lasts", length=self.length(self.file.follow_up.lasts))

    def of_files(self, key: str, **facts: object) -> str:
        """The words that the command line has for a file, too."""
        return say_of_files(key, self.language, **facts)

    def text(self, texts: Texts) -> str:
        return choose(self.file, texts, self.language)

    def when(self, rule: Rule) -> str:
        return describe_when(self.file, rule, self.language)

    def window(self, window: Window) -> str:
        said = phrases.width(window.before_days, window.after_days, self.of_files("due-day"), self.language)
        return said[0].upper() + said[1:]

    def escalation(self, steps: Sequence[Escalation]) -> str:
        return describe_escalation(steps, self.language)

    def whom(self, only_for: OnlyFor) -> str:
        return describe_whom(only_for, self.language)

    def stretch(self, advice: Advice) -> str:
        return describe_stretch(advice, self.language)

    def change(self, change: Change) -> str:
        return describe_change(change, self.language)

    def length(self, interval: Interval) -> str:
        return phrases.length(interval, self.language)

    def every(self, interval: Interval) -> str:
        return phrases.every(interval, self.language)

    def document(self, key: str) -> Document:
        """The document that a source points at; a key that the file lacks stands for itself (the lint says so)."""
        return self.file.sources.get(key) or Document(title=key)

    def tests_of(self, rule: Rule) -> Sequence[tuple[str, Test]]:
        return [(key, self.file.tests[key]) for key in rule.tests if key in self.file.tests]

    def name(self, part: Part, otherwise: str) -> str:
        """What a part is called: its title, its question, the test it is about."""
        match part:
            case Rule() | Test() | Advice() | Checklist() | Symptom():
                return self.text(part.title)
            case Question():
                return self.text(part.text)
            case Document():
                return part.title
            case Threshold() if part.test in self.file.tests:
                return self.text(self.file.tests[part.test].title)
            case _:
                return otherwise
