"""The shipped protocol files say what the fact sheet says: codes, texts, sources, intervals, windows, ends."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from schedules.intervals import Interval
from schedules.protocol import (
    Anchor,
    BeforeCourse,
    Confidence,
    Listed,
    OnInfusionDay,
    Overlay,
    Place,
    Protocol,
    ProtocolFile,
    Recurring,
    Role,
    Rule,
    Sex,
    Specimen,
    Which,
)

FILES = sorted((Path(__file__).parents[2] / "schedules" / "protocols").glob("*.yaml"))
RAW: dict[str, dict[str, Any]] = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
READ: dict[str, Protocol | Overlay] = {
    name: TypeAdapter(ProtocolFile).validate_python(raw) for name, raw in RAW.items()
}
OURS = ("alemtuzumab-eu", "alemtuzumab-us")

every_file = pytest.mark.parametrize("name", READ)
both = pytest.mark.parametrize("name", OURS)

# Codes that fail the check digit; fact sheet, section 5, trap 1.
KNOWN_BAD = {"8099-8", "30166-7", "45323-5", "5404-7"}

# Code to words that its English title must contain, so that nobody swaps two codes unseen.
# Where a public list has a code wrong, the comment says so.
DISPLAY = {
    "57021-8": "blood count",
    "777-3": "Platelets",
    "26515-7": "Platelets",
    "751-8": "Neutrophils",
    "26499-4": "Neutrophils",
    "731-0": "Lymphocytes",
    "26474-7": "Lymphocytes",
    "24467-3": "CD4",
    "2160-0": "Creatinine",
    "14682-9": "Creatinine",
    "98979-8": "eGFR",
    "62238-1": "eGFR",
    "24356-8": "Urinalysis",  # 24357-6 is without the microscopy
    "13945-1": "Red blood cells in urine",
    "5821-4": "White blood cells in urine",
    "5794-3": "Blood on the urine test strip",
    "20454-5": "Protein on the urine test strip",
    "2890-2": "Protein/creatinine ratio",
    "1742-6": "ALT",
    "1920-8": "AST",
    "1975-2": "Total bilirubin",
    "14631-6": "Total bilirubin",
    "3016-3": "TSH (",
    "11579-0": "TSH (",
    "3024-7": "Free T4",
    "14920-3": "Free T4",
    "3051-0": "Free T3",
    "14928-6": "Free T3",
    "5385-0": "TRAb",  # labelled as TPO antibodies in several public lists
    "8099-4": "TPO",
    "14979-9": "aPTT",
    "2276-4": "Ferritin",
    "2106-3": "Pregnancy test in urine",
    "5196-1": "Hepatitis B surface",
    "13952-7": "Hepatitis B core",
    "13955-0": "Hepatitis C",
    "56888-1": "HIV",
    "15410-4": "varicella",
    "19162-7": "varicella",
    "21440-3": "HPV",
    "10524-7": "smear",
    "11524-6": "ECG",
    "34534-8": "ECG",
    "85354-9": "Blood pressure",
    "8867-4": "Pulse",
    "62292-8": "25-OH vitamin D (total)",
    "1989-3": "25-OH vitamin D3",
    "14635-7": "25-OH vitamin D3",
    "17861-6": "Calcium",
    "2000-8": "Calcium",
    "2731-8": "Parathyroid",
}

# The tests whose code no curated mapping confirmed (H or K in the fact sheet).
UNCONFIRMED_CODES = {
    "57021-8", "24356-8", "8099-4", "15410-4", "19162-7", "21440-3", "10524-7", "11524-6", "34534-8", "85354-9",
    "62292-8",
}  # fmt: skip

MONTH, QUARTER, YEAR = Interval.parse("1 month"), Interval.parse("3 months"), Interval.parse("1 year")
FOLLOW_UP = {
    "blood-count": (MONTH, 7),
    "creatinine": (MONTH, 7),
    "urinalysis": (MONTH, 7),
    "liver": (MONTH, 7),
    "thyroid": (QUARTER, 14),
    "skin": (YEAR, 30),
    "hpv": (YEAR, 30),
}
BASELINES = [f"{family}-baseline" for family in ("blood-count", "creatinine", "urinalysis", "liver", "thyroid", "skin")]
ORDER = {
    "alemtuzumab-eu": [*BASELINES, "ecg", "pregnancy-test", "platelets-day-3", "platelets-day-5", *FOLLOW_UP],
    "alemtuzumab-us": [
        *BASELINES[:3], "urine-protein-creatinine-baseline", *BASELINES[3:], "ecg", "pregnancy-test", *FOLLOW_UP,
        "rems-status-form",
    ],
}  # fmt: skip

NAMES_OF_DRUG_OR_DISEASE = (
    "alemtuzumab", "lemtrada", "cladribin", "mavenclad", "clozapin", "sclerosis", "sklerose", "schizo", " ms ",
)  # fmt: skip


def has_right_check_digit(code: str) -> bool:
    """LOINC's mod 10: from the right every second digit doubled, the digits of all products added (Luhn)."""
    stem, digit = code.split("-")
    total = 0
    for place, character in enumerate(reversed(stem)):
        value = int(character) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return (10 - total % 10) % 10 == int(digit)


def protocol(name: str) -> Protocol:
    found = READ[name]
    assert isinstance(found, Protocol)
    return found


def recurring(rule: Rule) -> Recurring:
    assert isinstance(rule.schedule, Recurring)
    return rule.schedule


def codes_of(file: Protocol | Overlay) -> set[str]:
    of_questions = (question.loinc for checklist in file.checklists for question in checklist.questions)
    return set(chain.from_iterable(chain((test.loinc for test in file.tests.values()), of_questions)))


def walk(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of a file, with the way to it."""
    if isinstance(part, dict):
        yield path, part
        for key, value in part.items():
            yield from walk(value, f"{path}.{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from walk(value, f"{path}[{index}]")


def sourced(file: Protocol | Overlay) -> list[Any]:
    questions = (question for checklist in file.checklists for question in checklist.questions)
    return [*file.rules, *file.advice, *questions, *file.symptoms, *file.thresholds]


def test_all_seven_files_are_there() -> None:
    assert set(READ) == {
        *OURS, "vitamin-d", "skin-autoimmunity", "self-check", "cladribine", "clozapine-us",
    }  # fmt: skip


@every_file
def test_a_file_is_named_after_its_id(name: str) -> None:
    assert READ[name].id == name
    assert READ[name].version == "2026.1"


@pytest.mark.parametrize(
    ("name", "status"),
    [("alemtuzumab-eu", "ready"), ("alemtuzumab-us", "ready"), ("cladribine", "draft"), ("clozapine-us", "draft")],
)
def test_only_alemtuzumab_is_ready(name: str, status: str) -> None:
    assert READ[name].status == status


# Codes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(KNOWN_BAD))
def test_the_check_digit_catches_the_codes_that_others_got_wrong(code: str) -> None:
    assert not has_right_check_digit(code)


@pytest.mark.parametrize("code", ["3016-3", "777-3", "2160-0", "5385-0", "8099-4"])
def test_the_check_digit_accepts_right_codes(code: str) -> None:
    assert has_right_check_digit(code)


@every_file
def test_every_code_has_the_right_check_digit(name: str) -> None:
    assert [code for code in sorted(codes_of(READ[name])) if not has_right_check_digit(code)] == []


@every_file
def test_no_known_bad_code_stands_anywhere_in_the_text(name: str) -> None:
    text = next(path for path in FILES if path.stem == name).read_text(encoding="utf-8")
    assert [code for code in sorted(KNOWN_BAD) if code in text] == []


@every_file
def test_every_code_stands_at_the_test_that_it_names(name: str) -> None:
    for slug, test in READ[name].tests.items():
        for code in test.loinc:
            assert code in DISPLAY, f"{slug}: add {code} to the display lock"
            assert DISPLAY[code] in test.title["en"], f"{slug}: {code} is {DISPLAY[code]}"


@every_file
def test_codes_are_as_sure_as_their_mapping(name: str) -> None:
    for slug, test in READ[name].tests.items():
        unsure = not test.loinc or bool(UNCONFIRMED_CODES & set(test.loinc))
        expected = Confidence.NEEDS_CHECK if unsure else Confidence.VERIFIED_SECONDARY
        assert test.confidence is expected, slug
        assert test.note, slug


@every_file
def test_a_question_names_only_codes_that_the_file_explains(name: str) -> None:
    explained = set(chain.from_iterable(test.loinc for test in READ[name].tests.values()))
    assert codes_of(READ[name]) <= explained


@every_file
def test_files_with_codes_carry_the_loinc_notice(name: str) -> None:
    text = next(path for path in FILES if path.stem == name).read_text(encoding="utf-8")
    assert not codes_of(READ[name]) or "http://loinc.org/license" in text


# Texts, references, sources -----------------------------------------------------------------------------------


@every_file
def test_every_text_is_there_in_english_and_german(name: str) -> None:
    found = 0
    for path, part in walk(RAW[name]):
        if "en" in part or "de" in part:
            found += 1
            assert set(part) == {"en", "de"}, path
            assert all(isinstance(text, str) and text.strip() for text in part.values()), path
    assert found > 3
    assert READ[name].languages == ("en", "de")


@every_file
def test_no_calendar_text_names_drug_or_disease(name: str) -> None:
    for rule in READ[name].rules:
        for texts in (rule.title, rule.instructions or {}):
            for text in texts.values():
                said = f" {text.lower()} "
                assert [word for word in NAMES_OF_DRUG_OR_DISEASE if word in said] == [], rule.id


@every_file
def test_every_reference_points_at_something(name: str) -> None:
    file = READ[name]
    for rule in file.rules:
        assert set(rule.tests) <= set(file.tests), rule.id
    assert {threshold.test for threshold in file.thresholds} <= set(file.tests)
    used = set()
    for path, part in walk(RAW[name]):
        if "key" in part and "confidence" in part:
            keys = {part["key"], *part.get("also", [])}
            assert keys <= set(file.sources), path
            used |= keys
    assert used == set(file.sources)  # `sources` holds only what is used


@every_file
def test_ids_are_unique(name: str) -> None:
    file = READ[name]
    questions = [question for checklist in file.checklists for question in checklist.questions]
    for parts in (file.rules, file.advice, file.checklists, file.symptoms, questions):
        assert [one for one, times in Counter(part.id for part in parts).items() if times > 1] == []


@pytest.mark.parametrize("name", [name for name, file in READ.items() if isinstance(file, Overlay)])
def test_overlays_bring_families_and_ids_of_their_own(name: str) -> None:
    overlay = READ[name]
    assert isinstance(overlay, Overlay)
    assert overlay.over == OURS
    for below in map(protocol, overlay.over):
        assert not {rule.family for rule in overlay.rules} & {rule.family for rule in below.rules}
        for kind in ("rules", "advice", "checklists", "symptoms"):
            assert not {one.id for one in getattr(overlay, kind)} & {one.id for one in getattr(below, kind)}
        assert not set(overlay.tests) & set(below.tests)


@every_file
def test_everything_says_where_it_comes_from(name: str) -> None:
    for part in sourced(READ[name]):
        source = part.source
        where = getattr(part, "id", None) or part.test
        assert source.section or source.note, where
        assert source.checked_by is None, where
        assert source.checked_on is None, where
        if not source.confidence.is_settled:
            assert source.note, where
        if source.key == "LOCAL":
            assert not source.confidence.is_settled, where
        if source.key == "MEMORY":
            assert source.confidence is Confidence.NEEDS_CHECK, where


@every_file
def test_weak_material_is_never_called_verified(name: str) -> None:
    for part in sourced(READ[name]):
        if part.source.key in {"PHARM-GH", "BEL-ITP-COPY", "BEL-THY-COPY"} or "-COPY" in " ".join(part.source.also):
            assert part.source.confidence is Confidence.NEEDS_CHECK


@every_file
def test_every_window_is_local_policy(name: str) -> None:
    """No label or guideline has tolerance windows (fact sheet, section 2f)."""
    assert {rule.window.confidence for rule in READ[name].rules} == {Confidence.LOCAL_POLICY}


# Alemtuzumab: rules --------------------------------------------------------------------------------------------


@both
def test_rules_stand_in_the_order_in_which_nurses_read_them(name: str) -> None:
    assert [rule.id for rule in protocol(name).rules] == ORDER[name]


@both
@pytest.mark.parametrize("rule_id", FOLLOW_UP)
def test_follow_up_rules(name: str, rule_id: str) -> None:
    every, days = FOLLOW_UP[rule_id]
    rule = protocol(name).get_rule(rule_id)
    schedule = recurring(rule)
    assert rule.family == rule_id
    assert (schedule.every, schedule.anchor, schedule.until) == (every, Anchor.FIRST_COURSE_END, "follow-up-end")
    assert (rule.window.before_days, rule.window.after_days) == (days, days)
    assert rule.place is (Place.CLINIC if rule_id in {"skin", "hpv"} else Place.LABORATORY)


@both
def test_hpv_is_for_women_and_nothing_else_but_pregnancy_tests_is(name: str) -> None:
    only = {rule.id for rule in protocol(name).rules if rule.only_for and rule.only_for.sex is Sex.FEMALE}
    assert only == {"hpv", "pregnancy-test"}


@pytest.mark.parametrize(("name", "which"), [("alemtuzumab-eu", Which.FIRST), ("alemtuzumab-us", Which.EACH)])
def test_baselines_open_thirty_days_before_and_end_on_the_first_day(name: str, which: Which) -> None:
    baselines = [rule for rule in protocol(name).rules if rule.id.endswith("-baseline")]
    assert len(baselines) == {"alemtuzumab-eu": 6, "alemtuzumab-us": 7}[name]
    for rule in baselines:
        assert rule.schedule == BeforeCourse(before_course=which, due=Interval.parse("7 days"))
        assert (rule.window.before_days, rule.window.after_days) == (23, 7)
        assert rule.family == rule.id.removesuffix("-baseline")


@both
def test_ecg_before_every_course(name: str) -> None:
    ecg = protocol(name).get_rule("ecg")
    assert ecg.schedule == BeforeCourse(before_course=Which.EACH, due=Interval.parse("7 days"))
    assert ecg.source.confidence is Confidence.NEEDS_CHECK


@both
def test_pregnancy_test_on_the_first_infusion_day_of_each_course(name: str) -> None:
    assert protocol(name).get_rule("pregnancy-test").schedule == OnInfusionDay(infusion_day=1, course=Which.EACH)


def test_platelets_in_the_course_are_european_and_a_family_of_their_own() -> None:
    eu = protocol("alemtuzumab-eu")
    assert eu.get_rule("platelets-day-3").schedule == OnInfusionDay(infusion_day=3, course=Which.EACH)
    assert eu.get_rule("platelets-day-5").schedule == OnInfusionDay(infusion_day=5, course=Which.FIRST)
    # A platelet count must never stand in for a full blood count.
    assert {rule.id for rule in eu.rules if rule.family == "platelets"} == {"platelets-day-3", "platelets-day-5"}
    assert {rule.source.confidence for rule in eu.rules if rule.family == "platelets"} == {Confidence.NEEDS_CHECK}
    assert not [rule.id for rule in protocol("alemtuzumab-us").rules if rule.family == "platelets"]


@both
def test_a_family_is_the_rules_that_ask_for_the_same_tests(name: str) -> None:
    for family in {rule.family for rule in protocol(name).rules}:
        assert len({rule.tests for rule in protocol(name).rules if rule.family == family}) == 1, family


def test_the_rems_form_is_office_work_every_six_months_from_the_first_infusion() -> None:
    form = protocol("alemtuzumab-us").get_rule("rems-status-form")
    schedule = recurring(form)
    assert (schedule.every, schedule.anchor) == (Interval.parse("6 months"), Anchor.FIRST_INFUSION)
    assert schedule.until == "follow-up-end"
    assert (form.window.before_days, form.window.after_days) == (30, 30)
    assert (form.place, form.specimen) == (Place.OFFICE, Specimen.FORM)
    assert [rule.id for rule in protocol("alemtuzumab-us").rules if rule.family == form.family] == [form.id]
    assert form.source.confidence is Confidence.NEEDS_CHECK


@pytest.mark.parametrize(
    ("name", "rule_id", "confidence"),
    [
        ("alemtuzumab-eu", "blood-count", Confidence.VERIFIED),
        ("alemtuzumab-eu", "creatinine", Confidence.VERIFIED_SECONDARY),
        ("alemtuzumab-eu", "urinalysis", Confidence.VERIFIED_SECONDARY),
        ("alemtuzumab-eu", "liver", Confidence.VERIFIED),
        ("alemtuzumab-eu", "thyroid", Confidence.VERIFIED_SECONDARY),
        ("alemtuzumab-eu", "skin", Confidence.LOCAL_POLICY),
        ("alemtuzumab-eu", "hpv", Confidence.NEEDS_CHECK),
        ("alemtuzumab-us", "blood-count", Confidence.VERIFIED),
        ("alemtuzumab-us", "creatinine", Confidence.VERIFIED),
        ("alemtuzumab-us", "urinalysis", Confidence.VERIFIED),
        ("alemtuzumab-us", "liver", Confidence.LOCAL_POLICY),  # the label says only "periodic"
        ("alemtuzumab-us", "thyroid", Confidence.VERIFIED),
        ("alemtuzumab-us", "skin", Confidence.LOCAL_POLICY),  # yearly is in the label, until when is not
        ("alemtuzumab-us", "hpv", Confidence.LOCAL_POLICY),
    ],
)
def test_how_sure_we_are_of_each_follow_up_rule(name: str, rule_id: str, confidence: Confidence) -> None:
    assert protocol(name).get_rule(rule_id).source.confidence is confidence


@both
def test_follow_up_lasts_48_months(name: str) -> None:
    assert protocol(name).follow_up.lasts == Interval.parse("48 months")
    assert protocol(name).follow_up.source.confidence is Confidence.VERIFIED


@pytest.mark.parametrize(
    ("name", "most", "apart_from"), [("alemtuzumab-eu", 4, "first-day"), ("alemtuzumab-us", None, "last-day")]
)
def test_courses(name: str, most: int | None, apart_from: str) -> None:
    courses = protocol(name).courses
    assert courses.days == (5, 3)
    assert [courses.planned_days(number) for number in (1, 2, 3, 4)] == [5, 3, 3, 3]
    assert courses.apart == Interval.parse("12 months")
    assert (courses.most, courses.apart_from, courses.gap_days) == (most, apart_from, 30)


@both
def test_escalation(name: str) -> None:
    steps = [(step.after_days, step.two_in_a_row, step.role) for step in protocol(name).escalation]
    assert steps == [(7, None, Role.NURSE), (14, None, Role.CLINICIAN), (None, True, Role.CLINICIAN)]


# Alemtuzumab: advice, checklists, symptoms, thresholds --------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("advice_id", "months"), [("contraception", 4), ("breastfeeding", 4), ("herpes-prophylaxis", 0)]
)
def test_advice_that_ends_after_the_last_infusion_of_a_course(name: str, advice_id: str, months: int) -> None:
    expected = months or {"alemtuzumab-eu": 1, "alemtuzumab-us": 2}[name]
    advice = next(one for one in protocol(name).advice if one.id == advice_id)
    assert advice.starts.anchor is Anchor.COURSE_START
    assert advice.until
    assert advice.until.anchor is Anchor.COURSE_END
    assert advice.until.after == Interval.parse(f"{expected} month{'s' if expected > 1 else ''}")


@both
def test_contraception_says_four_months_in_both_languages(name: str) -> None:
    advice = next(one for one in protocol(name).advice if one.id == "contraception")
    assert advice.only_for
    assert advice.only_for.sex is Sex.FEMALE
    assert "four months" in advice.text["en"]
    assert "vier Monate" in advice.text["de"]


def test_american_herpes_prophylaxis_names_the_cd4_count() -> None:
    advice = next(one for one in protocol("alemtuzumab-us").advice if one.id == "herpes-prophylaxis")
    assert all("CD4" in text and "200" in text for text in advice.text.values())


@both
def test_the_diet_begins_two_weeks_before_and_needs_a_check(name: str) -> None:
    advice = next(one for one in protocol(name).advice if one.id == "listeria-diet")
    assert advice.starts.before == Interval.parse("2 weeks")
    assert advice.until
    assert advice.until.after == MONTH
    assert advice.source.confidence is Confidence.NEEDS_CHECK


@both
def test_the_last_advice_is_for_good_and_begins_when_follow_up_ends(name: str) -> None:
    advice = protocol(name).advice[-1]
    assert (advice.id, advice.starts.anchor, advice.until) == ("after-follow-up", Anchor.FOLLOW_UP_END, None)


@both
@pytest.mark.parametrize("advice_id", ["breastfeeding", "no-driving"])
def test_advice_without_a_document_says_so(name: str, advice_id: str) -> None:
    advice = next(one for one in protocol(name).advice if one.id == advice_id)
    assert (advice.source.key, advice.source.confidence) == ("MEMORY", Confidence.NEEDS_CHECK)


@both
def test_checklists(name: str) -> None:
    assert [(one.id, one.when) for one in protocol(name).checklists] == [
        (when, when) for when in ("before-treatment", "before-each-course", "infusion-day")
    ]


@both
def test_the_checklist_before_treatment_asks_everything(name: str) -> None:
    asked = {question.id for question in protocol(name).checklists[0].questions}
    assert asked >= {
        "indication", "age", "hiv-infection", "arterial-dissection", "stroke", "heart-attack", "angina",
        "hypertension", "coagulopathy", "antiplatelet-anticoagulant", "other-autoimmune-disease", "severe-infection",
        "hypersensitivity", "autoimmune-history", "smoking", "previous-treatment", "pregnancy-plan",
        "varicella-antibodies", "tuberculosis-test", "hiv-test", "hepatitis-tests", "vaccinations",
        "mri-before-treatment",
    }  # fmt: skip


@both
def test_symptoms_cover_what_patients_must_report(name: str) -> None:
    assert {symptom.id for symptom in protocol(name).symptoms} == {
        "platelets-itp", "kidney-anti-gbm", "stroke-dissection", "heart-lung", "hepatitis", "hlh",
        "acquired-haemophilia-a", "pml", "infection-listeria", "gallbladder", "pneumonitis", "ttp",
        "autoimmune-encephalitis", "autoimmune-colitis", "adult-onset-still",
    }  # fmt: skip


@both
def test_numbers_of_alarms_are_marked_as_unsure(name: str) -> None:
    """Labels give few numbers: what comes from nowhere or from a third-party text never looks verified."""
    for threshold in protocol(name).thresholds:
        if threshold.test in {"urine-protein-strip", "urine-protein-creatinine", "alt", "tsh", "tpo-antibodies"}:
            assert not threshold.source.confidence.is_settled, threshold.text["en"]


# The other files ----------------------------------------------------------------------------------------------


def test_vitamin_d_says_that_it_is_investigational_and_names_both_units() -> None:
    overlay = READ["vitamin-d"]
    assert "investigational" in overlay.title["en"]
    assert "investigational" in overlay.summary["en"]
    assert "experimentell" in overlay.title["de"]
    for threshold in overlay.thresholds:
        if threshold.test == "vitamin-d-25oh":
            assert all("ng/m" in text and "nmol/" in text for text in threshold.text.values())
    every = [rule for rule in overlay.rules if rule.id == "vitamin-d"]
    assert [recurring(rule).every for rule in every] == [Interval.parse("6 months")]


@pytest.mark.parametrize(
    ("name", "rule_id", "every", "place"),
    [
        ("skin-autoimmunity", "hair-nails-pigment", YEAR, Place.CLINIC),
        ("self-check", "self-check", MONTH, Place.HOME),
        ("vitamin-d", "calcium", Interval.parse("6 months"), Place.LABORATORY),
    ],
)
def test_overlays_count_from_the_same_day_as_the_protocol_below(
    name: str, rule_id: str, every: Interval, place: Place
) -> None:
    rule = next(rule for rule in READ[name].rules if rule.id == rule_id)
    schedule = recurring(rule)
    assert (schedule.every, schedule.anchor, rule.place) == (every, Anchor.FIRST_COURSE_END, place)


def test_cladribine_asks_at_months_2_and_6_of_each_course() -> None:
    schedule = protocol("cladribine").get_rule("lymphocytes").schedule
    assert isinstance(schedule, Listed)
    assert [str(distance) for distance in schedule.at] == ["2 months", "6 months"]
    assert (schedule.anchor, schedule.course) == (Anchor.COURSE_START, Which.EACH)


def test_clozapine_is_weekly_then_two_weekly_then_monthly_for_good() -> None:
    schedule = recurring(protocol("clozapine-us").get_rule("neutrophils"))
    assert [(str(phase.every), str(phase.until)) for phase in schedule.phases] == [
        ("1 week", "6 months"),
        ("2 weeks", "12 months"),
        ("1 month", "None"),
    ]
    assert (schedule.anchor, schedule.until) == (Anchor.FIRST_INFUSION, "for-good")
