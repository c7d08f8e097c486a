"""What properties are tried on: small protocols of every shape, infusions, and the facts that come after them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from monitor.protocols import load_files
from schedules.following import Outcome, follow
from schedules.intervals import Interval
from schedules.model import Extra, Facts, Infusion, Key, Person, Sample, Waiver
from schedules.protocol import Protocol, Recurring, Rule, Sex
from schedules.working_days import working_days

SOURCE = {"key": "LOCAL", "confidence": "local-policy"}
IN_GERMANY = working_days("DE")


def make_rule(rule_id: str, schedule: dict[str, Any], window: tuple[int, int] = (7, 7), **more: Any) -> dict[str, Any]:
    """A rule as a protocol file has it, with what does not matter filled in."""
    before, tail = window
    return {
        "id": rule_id,
        "family": rule_id,
        "title": {"en": rule_id},
        "specimen": "blood",
        "place": "laboratory",
        "schedule": schedule,
        "window": {"before_days": before, "after_days": tail, "confidence": "local-policy"},
        "source": SOURCE,
    } | more


def make_protocol(*rules: dict[str, Any], lasts: str = "48 months", gap_days: int = 30) -> Protocol:
    return Protocol.model_validate({
        "format": 1,
        "kind": "protocol",
        "id": "invented",
        "version": "2026.1",
        "status": "draft",
        "title": {"en": "Invented"},
        "summary": {"en": "Invented"},
        "sources": {"LOCAL": {"title": "Local policy"}},
        "rules": rules,
        "drug": "invented",
        "jurisdiction": "none",
        "courses": {"gap_days": gap_days, "days": [5, 3], "source": SOURCE},
        "follow_up": {"lasts": lasts, "source": SOURCE},
        "escalation": [{"after_days": 7, "role": "nurse"}, {"two_in_a_row": True, "role": "clinician"}],
    })  # fmt: skip


@cache
def shipped(name: str) -> Protocol:
    return load_files().get(name).protocol


# --- Protocols --------------------------------------------------------------------------------------

STEPS = ["1 week", "2 weeks", "10 days", "1 month", "2 months", "3 months", "6 months", "1 year"]
SHORTEST_DAYS = {"day": 1, "week": 7, "month": 28, "year": 365}


def shortest_days(every: str) -> int:
    length = Interval.parse(every)
    return length.count * SHORTEST_DAYS[length.unit]


@st.composite
def windows(draw: st.DrawFn, every: str) -> tuple[int, int]:
    """No wider than half a step on each side, as linting demands."""
    most = min((shortest_days(every) - 1) // 2, 30)
    return draw(st.integers(0, most)), draw(st.integers(0, most))


@st.composite
def recurring(draw: st.DrawFn, rule_id: str, untils: Sequence[str] = ("follow-up-end",)) -> dict[str, Any]:
    every = draw(st.sampled_from(STEPS))
    schedule: dict[str, Any] = {
        "anchor": draw(st.sampled_from(["first-course-end", "first-infusion", "last-infusion"])),
        "until": draw(st.sampled_from(untils)),
    }
    if draw(st.booleans()):
        schedule["every"] = every
    else:
        last = draw(st.sampled_from(["1 month", "2 months", "3 months"]))
        schedule["phases"] = [{"every": every, "until": "6 months"}, {"every": last}]
        every = min(every, last, key=shortest_days)
    return make_rule(rule_id, schedule, draw(windows(every)), family="blood")


@st.composite
def protocols(draw: st.DrawFn, untils: Sequence[str] = ("follow-up-end",)) -> Protocol:
    """One family with a recurring rule of any shape, perhaps with a baseline, a day of the course and a list."""
    rules = [draw(recurring("blood-count", untils))]
    which = st.sampled_from(["each", "first", "later"])
    if draw(st.booleans()):
        rules.append(
            make_rule("blood-baseline", {"before_course": draw(which), "due": "7 days"}, (23, 7), family="blood")
        )
    if draw(st.booleans()):
        rules.append(make_rule("platelets", {"infusion_day": 3, "course": draw(which)}, (0, 1)))
    if draw(st.booleans()):
        anchor = draw(
            st.sampled_from(["course-start", "course-end", "first-infusion", "last-infusion", "follow-up-end"])
        )
        rules.append(make_rule("scan", {"at": ["2 months", "6 months"], "anchor": anchor}, place="clinic"))
    return make_protocol(*rules, lasts=draw(st.sampled_from(["6 months", "18 months", "48 months"])))


def any_protocols() -> st.SearchStrategy[Protocol]:
    """Mostly small ones, since every shape is in them; now and then a file that is shipped."""
    small = protocols(("follow-up-end", "follow-up-end", "for-good", "4 months", "60 months"))
    files = st.sampled_from(["alemtuzumab-eu", "alemtuzumab-us", "cladribine", "clozapine-us"]).map(shipped)
    return st.one_of(small, small, small, files)


# --- Facts ------------------------------------------------------------------------------------------

FIRST_DAYS = st.one_of(
    st.dates(date(2010, 1, 1), date(2030, 12, 31)),
    st.sampled_from([date(2024, 1, 31), date(2024, 2, 29), date(2023, 8, 31), date(2023, 12, 30), date(2027, 10, 31)]),
)


@st.composite
def treatments(draw: st.DrawFn, most_courses: int = 4) -> tuple[Infusion, ...]:
    """Courses of one to five days, a month to six years apart; of the last one some days may be only planned."""
    days: list[Infusion] = []
    first_on = draw(FIRST_DAYS)
    for _ in range(draw(st.integers(1, most_courses))):
        length = draw(st.integers(1, 5))
        days += [Infusion(first_on + timedelta(days=day)) for day in range(length)]
        first_on += timedelta(days=length + draw(st.one_of(st.integers(30, 500), st.integers(300, 2200))))
    for index in range(len(days) - draw(st.integers(0, 4)), len(days)):
        if index > 0:
            days[index] = replace(days[index], planned=True)
    return tuple(days)


@dataclass(frozen=True)
class Record:
    """All that is known of one invented treatment; an act makes another one of it."""

    protocol: Protocol
    infusions: tuple[Infusion, ...]
    facts: Facts = field(default_factory=Facts)
    extras: tuple[Extra, ...] = ()
    person: Person = field(default_factory=lambda: Person(Sex.FEMALE, date(1985, 6, 1)))

    def follow(self) -> Outcome:
        return follow(
            self.protocol,
            self.person,
            infusions=self.infusions,
            extras=self.extras,
            facts=self.facts,
            is_working_day=IN_GERMANY,
        )

    def with_facts(self, **changes: Any) -> "Record":
        return replace(self, facts=replace(self.facts, **changes))

    @property
    def days(self) -> set[date]:
        return {infusion.infused_on for infusion in self.infusions}


def recurring_rules(protocol: Protocol) -> list[tuple[Rule, Recurring]]:
    return [(rule, rule.schedule) for rule in protocol.rules if isinstance(rule.schedule, Recurring)]


def nearby(record: Record) -> st.SearchStrategy[date]:
    """Days from before the first baseline to after the last check; windows' edges more often than chance would."""
    checks = record.follow().plan.checks
    if not checks:
        return st.sampled_from(sorted(record.days))
    edges = sorted({day + timedelta(days=by) for check in checks for day in check[3:6] for by in (-1, 0, 1)})
    return st.one_of(st.sampled_from(edges), st.dates(edges[0] - timedelta(days=60), edges[-1] + timedelta(days=60)))


@st.composite
def with_samples(draw: st.DrawFn, record: Record, most: int = 8) -> Record:
    families = sorted({rule.family for rule in record.protocol.rules})
    keys = [check.key for check in record.follow().plan.checks] or [Key("none", 1)]
    words = st.one_of(st.none(), st.none(), st.sampled_from(keys))
    known = len(record.facts.samples)
    new = [
        Sample(number, draw(st.sampled_from(families)), draw(nearby(record)), draw(words))
        for number in range(known, known + draw(st.integers(0, most)))
    ]
    return record.with_facts(samples=record.facts.samples + tuple(new))


@st.composite
def records(draw: st.DrawFn, protocol: st.SearchStrategy[Protocol] | None = None) -> Record:
    """A treatment with samples, some with a person's word for which check they were."""
    bare = Record(draw(any_protocols() if protocol is None else protocol), draw(treatments()))
    return draw(with_samples(bare))


@st.composite
def acts(draw: st.DrawFn, record: Record) -> Record:
    """The record after one more fact."""
    kind = draw(st.sampled_from(["give", "plan", "correct", "sample", "waive", "extra", "discharge", "take over"]))
    day = draw(nearby(record))
    facts, checks = record.facts, record.follow().plan.checks
    changed = record
    match kind:
        case "give" | "plan" if day not in record.days:
            changed = replace(record, infusions=(*record.infusions, Infusion(day, planned=kind == "plan")))
        case "correct" if day not in record.days:
            place = draw(st.integers(0, len(record.infusions) - 1))
            corrected = replace(record.infusions[place], infused_on=day)
            others = record.infusions[:place] + record.infusions[place + 1 :]
            changed = replace(record, infusions=(*others, corrected))
        case "waive" if checks:
            check = draw(st.sampled_from(checks))
            waiver = Waiver(len(facts.waivers), check.rule, check.due_on)
            changed = record.with_facts(waivers=(*facts.waivers, waiver))
        case "extra":
            changed = replace(record, extras=(*record.extras, draw(extras(record, day))))
        case "discharge":
            changed = record.with_facts(discharged_on=None if facts.discharged_on else day)
        case "take over":
            changed = record.with_facts(followed_here_from=day)
        case "sample":
            changed = draw(with_samples(record, most=2))
    return changed


@st.composite
def extras(draw: st.DrawFn, record: Record, day: date) -> Extra:
    family = draw(st.sampled_from(record.protocol.rules)).family
    every = draw(st.sampled_from([None, Interval.parse("1 week"), Interval.parse("1 month")]))
    first_number = 1 + 12 * len(record.extras)
    return Extra(f"{family}-extra", first_number, day, every, draw(st.integers(1, 6)) if every else 1)
