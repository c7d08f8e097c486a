"""Two values that differ never read the same, and every field of a protocol file has a name in both languages."""

from typing import get_args

import pytest

from monitor.protocols import load_files
from monitor.render.staff.protocol_differences import Differences
from monitor.render.staff.protocol_picture import draw_rhythm
from monitor.render.staff.protocol_telling import Teller
from monitor.render.staff.speaking import SPEAKERS, speaker
from schedules import protocol as parts
from schedules.comparing import GROUPS, compare_files
from schedules.overlaying import remake
from schedules.protocol import Escalation, Overlay, Part, Protocol, Role

BUILT_IN = {entry.id: entry.protocol_or_overlay for entry in load_files().entries}
PLANNED = (parts.Recurring, parts.Listed, parts.BeforeCourse, parts.OnInfusionDay, parts.Phase, parts.Temporary)
"""A rhythm is told as one sentence, and so are a window, a step, a moment and whom a rule is for."""
WHOLE = (*PLANNED, parts.Window, parts.Escalation, parts.Moment, parts.OnlyFor)


def differences(before: Protocol | Overlay, after: Protocol | Overlay, language: str) -> Differences:
    say = speaker(language)
    return Differences(compare_files(before, after), Teller(before, say), Teller(after, say))


@pytest.mark.parametrize("language", SPEAKERS)
def test_every_field_has_a_name(language: str) -> None:
    say = speaker(language)
    kinds = [one for one in vars(parts).values() if isinstance(one, type) and issubclass(one, Part)]
    names = {name for kind in kinds if kind not in WHOLE for name in kind.model_fields}
    assert [name for name in sorted(names | set(GROUPS)) if not say.knows(f"part-{name}")] == []


@pytest.mark.parametrize("language", SPEAKERS)
@pytest.mark.parametrize("left", BUILT_IN)
@pytest.mark.parametrize("right", BUILT_IN)
def test_what_differs_reads_differently(left: str, right: str, language: str) -> None:
    found = differences(BUILT_IN[left], BUILT_IN[right], language)
    lines = [*found.head, *(line for group in found.groups for one in group.changed for line in found.lines(one))]
    assert [line for line in lines if line.before == line.after] == []
    assert (lines == []) == (left == right)


def test_where_words_would_hide_the_difference_the_file_speaks() -> None:
    eu = BUILT_IN["alemtuzumab-eu"]
    assert isinstance(eu, Protocol)
    steps = (Escalation(after_days=7, role=Role.NURSE),)
    rules = [remake(rule, escalation=steps) if rule.id == "liver" else rule for rule in eu.rules]
    # The words of one phase that says what `every` says are the same; the file is not.
    before = remake(eu, rules=rules)
    liver = before.get_rule("liver")
    assert isinstance(liver.schedule, parts.Recurring)
    assert liver.schedule.every is not None
    phases = remake(liver.schedule, every=None, phases=(parts.Phase(every=liver.schedule.every),))
    after = remake(before, rules=[remake(one, schedule=phases) if one is liver else one for one in before.rules])
    found = differences(before, after, "en")
    (line,) = found.lines(found.groups[0].changed[0])
    assert line.label == "How often"
    assert '"every": "1 month"' in line.before
    assert '"phases": [{"every": "1 month"}]' in line.after


def test_lists_of_other_rules_and_days_are_told_in_words() -> None:
    found = differences(BUILT_IN["alemtuzumab-eu"], BUILT_IN["alemtuzumab-us"], "de")
    head = {line.label: (line.before, line.after) for line in found.head}
    assert head["Geltungsbereich"] == ("EU", "US")
    ecg = next(one for one in found.comparison.get("rules").changed if one.id == "ecg")
    assert [line.label for line in found.lines(ecg)] == ["Quelle · Dokument", "Quelle · Anmerkung"]


@pytest.mark.parametrize("protocol_id", [one for one, file in BUILT_IN.items() if isinstance(file, Protocol)])
def test_the_picture_holds_every_check_of_four_years_and_stays_within_its_frame(protocol_id: str) -> None:
    file = BUILT_IN[protocol_id]
    assert isinstance(file, Protocol)
    picture = draw_rhythm(file, {rule.id: rule.title["en"] for rule in file.rules})
    assert picture is not None
    places = [x for lane in picture.lanes for x, _ in lane.marks]
    bars = [(x, x + width) for lane in picture.lanes for x, width in lane.bars]
    assert all(0 < x < picture.width for x in places)
    assert all(0 < start <= end <= picture.width for start, end in bars)
    assert max(lane.y for lane in picture.lanes) < picture.height


def test_monthly_tests_of_the_picture_are_forty_eight_and_the_last_one_closes() -> None:
    eu = BUILT_IN["alemtuzumab-eu"]
    assert isinstance(eu, Protocol)
    picture = draw_rhythm(eu, {rule.id: rule.title["en"] for rule in eu.rules})
    assert picture is not None
    lane = next(one for one in picture.lanes if one.title == "Full blood count")
    assert [shape for _, shape in lane.marks] == ["baseline", *["check"] * 47, "closing"]


def test_types_of_a_schedule_are_all_told_whole() -> None:
    assert set(get_args(parts.Schedule)) <= set(WHOLE)
