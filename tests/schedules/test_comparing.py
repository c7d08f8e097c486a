"""Comparing two protocols says everything that differs: each field by its path, and nothing twice."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.comparing import FieldChange, compare_files
from schedules.fingerprint import fingerprint
from schedules.intervals import Interval
from schedules.overlaying import remake
from schedules.parsing import parse_protocol
from schedules.protocol import Confidence, Overlay, Part, Protocol, Window

FOLDER = Path(__file__).parents[2] / "schedules" / "protocols"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def shipped(name: str) -> Protocol | Overlay:
    parsed = parse_protocol((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), file=name)
    assert parsed.protocol is not None
    return parsed.protocol


def eu() -> Protocol:
    file = shipped("alemtuzumab-eu")
    assert isinstance(file, Protocol)
    return file


def with_rule(protocol: Protocol, rule_id: str, **changes: Any) -> Protocol:
    rules = tuple(remake(rule, **changes) if rule.id == rule_id else rule for rule in protocol.rules)
    return remake(protocol, rules=rules)


@pytest.mark.parametrize("left", NAMES)
@pytest.mark.parametrize("right", NAMES)
def test_only_the_same_content_compares_as_empty(left: str, right: str) -> None:
    before, after = shipped(left), shipped(right)
    assert compare_files(before, after).is_empty == (fingerprint(before) == fingerprint(after))


def test_a_changed_window_and_a_changed_note_are_two_fields_of_one_rule() -> None:
    rule = eu().get_rule("blood-count")
    wider = Window(before_days=10, after_days=10, confidence=Confidence.LOCAL_POLICY)
    after = with_rule(eu(), "blood-count", window=wider, source=remake(rule.source, note="Another note."))
    rules = compare_files(eu(), after).get("rules")
    (changed,) = rules.changed
    assert (changed.id, rules.untouched) == ("blood-count", len(eu().rules) - 1)
    assert changed.fields == (
        FieldChange(("window",), rule.window, wider),
        FieldChange(("source", "note"), rule.source.note, "Another note."),
    )


def test_a_rule_that_came_and_one_that_went() -> None:
    first, *others = eu().rules
    after = remake(eu(), rules=(*others, remake(first, id="something-new")))
    rules = compare_files(eu(), after).get("rules")
    assert [name for name, _ in rules.removed] == [first.id]
    assert [name for name, _ in rules.added] == ["something-new"]
    assert not rules.is_reordered


def test_another_order_alone_is_a_difference_because_visits_follow_it() -> None:
    after = remake(eu(), rules=tuple(reversed(eu().rules)))
    comparison = compare_files(eu(), after)
    assert not comparison.is_empty
    assert comparison.get("rules").is_reordered
    assert comparison.get("rules").changed == ()


def test_the_length_of_follow_up_and_a_title_in_one_language() -> None:
    follow_up = remake(eu().follow_up, lasts=Interval.parse("5 years"))
    after = remake(eu(), follow_up=follow_up, title={**eu().title, "de": "Anders"})
    assert compare_files(eu(), after).head == (
        FieldChange(("title", "de"), eu().title["de"], "Anders"),
        FieldChange(("follow_up", "lasts"), Interval.parse("48 months"), Interval.parse("5 years")),
    )


def test_questions_of_a_checklist_are_compared_one_by_one() -> None:
    checklist = eu().checklists[0]
    first, second, *others = checklist.questions
    changed = remake(checklist, questions=(remake(second, text={**second.text, "en": "Another?"}), *others))
    after = remake(eu(), checklists=(changed, *eu().checklists[1:]))
    (found,) = compare_files(eu(), after).get("checklists").changed
    assert found.fields == (
        FieldChange(("questions", first.id), first, None),
        FieldChange(("questions", second.id, "text", "en"), second.text["en"], "Another?"),
    )


def test_two_published_values_of_one_test_are_told_apart() -> None:
    vitamin = shipped("vitamin-d")
    twice = [one for one in vitamin.thresholds if one.test == "vitamin-d-25oh"]
    assert len(twice) == 3
    kept = tuple(one for one in vitamin.thresholds if one is not twice[2])
    group = compare_files(vitamin, remake(vitamin, thresholds=kept)).get("thresholds")
    assert [name for name, _ in group.removed] == ["vitamin-d-25oh 3"]
    assert group.changed == ()


def leaves(part: Part) -> list[tuple[Part, str]]:
    """Every place in a file that holds a plain text or number."""
    found: list[tuple[Part, str]] = []
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, Part):
            found += leaves(value)
        elif isinstance(value, tuple):
            found += [leaf for one in value if isinstance(one, Part) for leaf in leaves(one)]
        elif isinstance(value, dict):
            found += [leaf for one in value.values() if isinstance(one, Part) for leaf in leaves(one)]
            if value and all(isinstance(one, str) for one in value.values()):
                found.append((part, name))
        elif name in {"note", "section", "edition", "address", "ucum", "gap_days"}:
            found.append((part, name))
    return found


def replace_within(value: Any, at: Part, name: str) -> Any:
    """The same file with one leaf otherwise, made anew from the leaf up."""
    if value is at:
        old = getattr(at, name)
        changed = {**old, "en": "Something else"} if isinstance(old, dict) else 29 if isinstance(old, int) else "other"
        return remake(value, **{name: changed})
    if isinstance(value, Part):
        fields = {key: replace_within(getattr(value, key), at, name) for key in type(value).model_fields}
        return value if all(fields[key] is getattr(value, key) for key in fields) else remake(value, **fields)
    if isinstance(value, tuple):
        made = tuple(replace_within(one, at, name) for one in value)
        return value if all(old is new for old, new in zip(value, made, strict=True)) else made
    if isinstance(value, dict):
        by_key = {key: replace_within(one, at, name) for key, one in value.items()}
        return value if all(by_key[key] is value[key] for key in value) else by_key
    return value


@given(st.sampled_from(NAMES), st.data())
def test_whatever_one_thing_is_changed_the_comparison_names_it(name: str, data: st.DataObject) -> None:
    before = shipped(name)
    at, field = data.draw(st.sampled_from(leaves(before)))
    after = replace_within(before, at, field)
    comparison = compare_files(before, after)
    fields = [*comparison.head, *(one for group in comparison.groups for part in group.changed for one in part.fields)]
    assert comparison.is_empty == (fingerprint(before) == fingerprint(after))
    assert [field in one.path for one in fields] == ([] if comparison.is_empty else [True])
