"""What is laid over a protocol is there, what is not named stays, and what cannot be is refused in one sentence."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from schedules import protocol as parts
from schedules.errors import Unacceptable
from schedules.fingerprint import fingerprint
from schedules.intervals import Interval
from schedules.overlaying import lay_over, override
from schedules.parsing import parse_protocol
from schedules.protocol import Anchor, Confidence, Escalation, Overlay, Protocol, Recurring, Role, Rule

SHIPPED = sorted((Path(__file__).parents[2] / "schedules" / "protocols").glob("*.yaml"))
SOURCE: dict[str, Any] = {"key": "LABEL", "confidence": "derived"}
MONTHLY, QUARTERLY = Interval.parse("1 month"), Interval.parse("3 months")


def make_rule(identifier: str, **values: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "family": identifier,
        "title": {"en": identifier},
        "specimen": "blood",
        "place": "laboratory",
        "schedule": {"every": "1 month"},
        "window": {"before_days": 7, "after_days": 7, "confidence": "local-policy"},
        "source": SOURCE,
    } | values


def make_header(**values: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "id": "below",
        "version": "2026.1",
        "status": "ready",
        "title": {"en": "Example"},
        "summary": {"en": "An example."},
        "languages": ["en"],
        "sources": {"LABEL": {"title": "The label"}},
    } | values


def make_protocol(**values: Any) -> Protocol:
    own: dict[str, Any] = {
        "kind": "protocol",
        "drug": "example",
        "jurisdiction": "EU",
        "courses": {"days": [5, 3], "source": SOURCE},
        "follow_up": {"lasts": "48 months", "source": SOURCE},
        "escalation": [
            {"after_days": 7, "role": "nurse"},
            {"after_days": 14, "role": "clinician"},
            {"two_in_a_row": True, "role": "clinician"},
        ],
        "tests": {"calcium": {"title": {"en": "Calcium"}, "loinc": ["2000-8"], "confidence": "derived"}},
        "rules": [
            make_rule("blood-count"),
            make_rule("thyroid", schedule={"every": "3 months"}),
            make_rule("ecg", schedule={"before_course": "each", "due": "7 days"}),
        ],
    }
    return Protocol.model_validate(make_header(**(own | values)))


def make_overlay(*changes: dict[str, Any], **values: Any) -> Overlay:
    content = {
        "id": "vitamin-d",
        "kind": "overlay",
        "over": ["below"],
        "sources": {"PAPER": {"title": "A paper"}},
        "changes": [{"source": {"key": "PAPER", "confidence": "local-policy"}} | change for change in changes],
    }
    return Overlay.model_validate(make_header(**(content | values)))


def refusal(protocol: Protocol, *overlays: Overlay) -> str:
    with pytest.raises(Unacceptable) as refused:
        lay_over(protocol, overlays)
    return str(refused.value)


def get_schedule(rule: Rule) -> Recurring:
    assert isinstance(rule.schedule, Recurring)
    return rule.schedule


def test_nothing_laid_over_changes_nothing() -> None:
    assert lay_over(make_protocol(), []) == make_protocol()


def test_everything_an_overlay_brings_is_added_after_what_is_there() -> None:
    moment = {"anchor": "course-start"}
    question = {"id": "stones", "text": {"en": "Stones?"}, "kind": "caution", "source": SOURCE}
    overlay = make_overlay(
        rules=[make_rule("vitamin-d")],
        tests={"vitamin-d": {"title": {"en": "Vitamin D"}, "confidence": "derived"}},
        advice=[{"id": "sun", "title": {"en": "S"}, "text": {"en": "S"}, "starts": moment, "source": SOURCE}],
        checklists=[{"id": "k", "title": {"en": "K"}, "when": "before-treatment", "questions": [question]}],
        symptoms=[{"id": "thirst", "title": {"en": "T"}, "text": {"en": "T"}, "source": SOURCE}],
        thresholds=[{"test": "vitamin-d", "text": {"en": "V"}, "source": SOURCE}],
    )
    laid = lay_over(make_protocol(), [overlay])
    assert [rule.id for rule in laid.rules] == ["blood-count", "thyroid", "ecg", "vitamin-d"]
    assert laid.tests.keys() == {"calcium", "vitamin-d"}
    assert laid.sources.keys() == {"LABEL", "PAPER"}
    assert (laid.advice, laid.checklists, laid.symptoms, laid.thresholds) == (
        overlay.advice,
        overlay.checklists,
        overlay.symptoms,
        overlay.thresholds,
    )
    assert laid.overlays == ("vitamin-d 2026.1",)


def test_the_protocol_below_stays_as_it_was() -> None:
    below = make_protocol()
    below.get_rule("blood-count")
    before = fingerprint(below)
    laid = lay_over(below, [make_overlay({"rule": "blood-count", "drop": True}, rules=[make_rule("new")])])
    assert fingerprint(below) == before
    assert below.get_rule("blood-count").id == "blood-count"
    assert laid.get_rule("new").id == "new"
    with pytest.raises(KeyError):
        laid.get_rule("blood-count")


def test_a_temporary_rhythm_stands_beside_the_usual_one() -> None:
    change = {"rule": "blood-count", "every": "3 months", "from_on": "2026-04-01", "until_on": "2026-07-01"}
    rule = lay_over(make_protocol(), [make_overlay(change)]).get_rule("blood-count")
    assert get_schedule(rule).every == MONTHLY
    (period,) = get_schedule(rule).temporary
    assert (period.every, period.from_on, period.until_on) == (QUARTERLY, date(2026, 4, 1), date(2026, 7, 1))
    assert (rule.source.key, rule.source.also) == ("LABEL", ("PAPER",))


def test_two_waves_stand_in_order_whichever_is_laid_first() -> None:
    waves = [
        make_overlay({"rule": "blood-count", "every": "3 months", "from_on": begin, "until_on": end}, id=name)
        for name, begin, end in (("first", "2026-01-01", "2026-02-01"), ("second", "2026-03-01", "2026-04-01"))
    ]
    for order in permutations(waves):
        periods = get_schedule(lay_over(make_protocol(), order).get_rule("blood-count")).temporary
        assert [period.from_on.month for period in periods] == [1, 3]


def test_waves_that_meet_are_refused() -> None:
    waves = [
        make_overlay({"rule": "blood-count", "every": "3 months", "from_on": begin, "until_on": end}, id=name)
        for name, begin, end in (("first", "2026-01-01", "2026-03-01"), ("second", "2026-03-01", "2026-04-01"))
    ]
    assert "begins before the one above ends" in refusal(make_protocol(), *waves)


def test_a_lasting_rhythm_replaces_the_phases_and_the_source() -> None:
    phases = {"phases": [{"every": "3 weeks", "until": "6 months"}, {"every": "1 month"}], "anchor": "first-infusion"}
    below = make_protocol(rules=[make_rule("weekly", schedule=phases)])
    rule = lay_over(below, [make_overlay({"rule": "weekly", "every": "1 month"})]).get_rule("weekly")
    assert get_schedule(rule).steps == (parts.Phase(every=MONTHLY),)
    assert get_schedule(rule).anchor is Anchor.FIRST_INFUSION
    assert rule.source.key == "PAPER"


def test_a_wider_window_makes_the_longest_gap_longer() -> None:
    below = make_protocol()
    assert below.get_rule("thyroid").longest_gap_days == 93 + 14
    window = {"before_days": 14, "after_days": 21, "confidence": "local-policy"}
    rule = lay_over(below, [make_overlay({"rule": "thyroid", "window": window})]).get_rule("thyroid")
    assert rule.longest_gap_days == 93 + 35
    assert rule.source.also == ("PAPER",)


def test_a_change_that_makes_windows_overlap_is_refused() -> None:
    window = {"before_days": 14, "after_days": 14, "confidence": "local-policy"}
    sentence = refusal(make_protocol(), make_overlay({"rule": "blood-count", "window": window}))
    assert sentence.startswith(
        "The overlay 'vitamin-d' does not fit the rule 'blood-count'. The windows of neighbouring"
    )
    assert "wider" in refusal(make_protocol(), make_overlay({"rule": "blood-count", "every": "2 weeks"}))


def test_refusals_say_what_and_what_next() -> None:
    below = make_protocol()
    assert refusal(below, make_overlay(over=["other", "another"])) == (
        "The overlay 'vitamin-d' is not made for the protocol 'below'. It can be laid over 'other', 'another'."
    )
    assert refusal(below, make_overlay({"rule": "x", "drop": True}, {"rule": "y", "every": "1 month"})) == (
        "The overlay 'vitamin-d' changes rules that 'below' does not have: 'x', 'y'. Correct their ids in the overlay."
    )
    assert refusal(below, make_overlay(), make_overlay()) == (
        "The overlay 'vitamin-d' is laid over 'below' already. Name it once."
    )
    assert refusal(below, make_overlay({"rule": "ecg", "every": "1 month"})) == (
        "The overlay 'vitamin-d' changes how often 'ecg' recurs, but that rule does not recur."
        " Drop the rule and add another one."
    )


def test_clashes_are_refused_all_at_once() -> None:
    overlay = make_overlay(
        rules=[make_rule("blood-count"), make_rule("ecg")],
        tests={"calcium": {"title": {"en": "Calcium"}, "loinc": ["17861-6"], "confidence": "derived"}},
        sources={"LABEL": {"title": "Another label", "edition": "2020"}},
    )
    assert refusal(make_protocol(), overlay) == (
        "The overlay 'vitamin-d' and the protocol 'below' both have the rule 'blood-count', the rule 'ecg',"
        " the test 'calcium' with different codes, the source 'LABEL' for different documents."
        " Rename them in the overlay."
    )


def test_a_test_that_both_have_keeps_the_words_of_the_protocol() -> None:
    tests = {"calcium": {"title": {"en": "Ca"}, "loinc": ["2000-8"], "confidence": "needs-check"}}
    assert lay_over(make_protocol(), [make_overlay(tests=tests)]).tests == make_protocol().tests


@dataclass
class Wish:
    before_days: int | None = None
    after_days: int | None = None
    escalation_days: list[int] | None = None


def test_a_clinic_sets_its_own_window() -> None:
    below = make_protocol()
    own = override(below, {"blood-count": Wish(after_days=0)})
    window = own.get_rule("blood-count").window
    assert (window.before_days, window.after_days, window.confidence) == (7, 0, Confidence.LOCAL_POLICY)
    assert own.get_rule("thyroid") == below.get_rule("thyroid")
    assert own.get_rule("blood-count").longest_gap_days == 38
    assert override(below, {}) == below
    assert override(below, {"blood-count": Wish()}) == below


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([3, 10], [(3, Role.NURSE), (10, Role.CLINICIAN)]),
        ([10, 3, 20], [(3, Role.NURSE), (10, Role.CLINICIAN), (20, Role.CLINICIAN)]),
        ([5], [(5, Role.NURSE)]),
        ([], []),
    ],
)
def test_a_clinic_sets_its_own_escalation_days(days: list[int], expected: list[tuple[int, Role]]) -> None:
    rule = override(make_protocol(), {"thyroid": Wish(escalation_days=days)}).get_rule("thyroid")
    assert rule.escalation == (
        *(Escalation(after_days=day, role=role) for day, role in expected),
        Escalation(two_in_a_row=True, role=Role.CLINICIAN),
    )


@pytest.mark.parametrize(
    ("rule", "wish", "said"),
    [
        ("blood-count", Wish(before_days=21, after_days=7), "overlap"),
        ("blood-count", Wish(after_days=40), "wider than the interval"),
        ("blood-count", Wish(after_days=-1), "must lie between 0 and 366"),
        ("blood-count", Wish(escalation_days=[7, 400]), "must lie between 0 and 366"),
        ("ecg", Wish(after_days=8), "would close after the course began"),
    ],
)
def test_a_clinic_cannot_set_nonsense(rule: str, wish: Wish, said: str) -> None:
    with pytest.raises(Unacceptable, match=said):
        override(make_protocol(), {rule: wish})


def test_unknown_rules_are_refused_all_at_once() -> None:
    with pytest.raises(Unacceptable, match="has no rule 'a', 'b'"):
        override(make_protocol(), {"b": Wish(), "a": Wish(), "thyroid": Wish()})


@cache
def read_shipped() -> dict[str, Protocol | Overlay]:
    parsed = [parse_protocol(path.read_text(encoding="utf-8"), file=path.name).protocol for path in SHIPPED]
    return {file.id: file for file in parsed if file}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_overlays_fit_the_protocols_they_name(path: Path) -> None:
    shipped = read_shipped()
    overlay = shipped[path.stem]
    for below in overlay.over if isinstance(overlay, Overlay) else ():
        protocol = shipped[below]
        assert isinstance(protocol, Protocol)
        assert isinstance(overlay, Overlay)
        assert lay_over(protocol, [overlay]).overlays == (f"{overlay.id} {overlay.version}",)


def test_all_shipped_overlays_can_be_laid_together() -> None:
    shipped = read_shipped()
    for protocol in (file for file in shipped.values() if isinstance(file, Protocol)):
        fitting = [file for file in shipped.values() if isinstance(file, Overlay) and protocol.id in file.over]
        assert len(lay_over(protocol, fitting).overlays) == len(fitting)


def test_a_fingerprint_is_that_of_the_content() -> None:
    text = next(path for path in SHIPPED if path.stem == "alemtuzumab-eu").read_text(encoding="utf-8")
    protocol = parse_protocol(text, file="a").protocol
    spaced = parse_protocol(f"# A comment\n\n{text}\n# The end\n", file="b").protocol
    longer = parse_protocol(text.replace("lasts: 48 months", "lasts: 49 months"), file="c").protocol
    assert protocol
    assert spaced
    assert longer
    assert fingerprint(protocol) == fingerprint(spaced) != fingerprint(longer)


def test_fingerprints_of_approved_files_never_change() -> None:
    """An approval holds a fingerprint: where this fails, every approval of every clinic would be void."""
    assert fingerprint(make_protocol()) == "da556a02e07dd0416290ce3453f125889e7f207c14061ebb4a7f5a656d30453a"
    assert fingerprint(make_overlay({"rule": "thyroid", "drop": True})) == (
        "a1a58436d0c27552bfc29eb551990b674fbd248d0466206596351139cd7cef76"
    )


def test_an_empty_escalation_is_not_the_usual_one() -> None:
    usual = make_protocol(rules=[make_rule("blood-count")])
    silent = make_protocol(rules=[make_rule("blood-count", escalation=[])])
    assert fingerprint(usual) != fingerprint(silent)
