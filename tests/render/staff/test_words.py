"""Words: whatever a page says it can say in both languages, with the facts it has; nothing is written for nobody."""

import re

from monitor.render.staff.words import WORDS
from tests.render.staff import using_words
from tests.render.staff.using_words import (
    Said,
    any_of,
    complaints,
    facts_given,
    facts_in,
    fields_read,
    is_said,
    refusals,
    said_in_code,
    said_in_templates,
)

ENGLISH, GERMAN = WORDS["en"], WORDS["de"]
SAME_IN_BOTH: dict[str, str] = {}
"""Sentences of more than two words that are the same in both languages, each with the reason."""


def needed_by(said: Said) -> list[str]:
    """The keys that must be there for it to be said."""
    return [f"{said.key}-one", said.key] if said.is_count else [said.key]


def test_what_templates_and_code_say_can_be_said() -> None:
    every = [*said_in_templates(), *said_in_code()]
    assert every
    missing = {(one.where, key) for one in every if "*" not in one.key for key in needed_by(one) if key not in ENGLISH}
    assert not missing, any_of(sorted(missing))


def test_what_is_put_together_has_at_least_one_word_of_its_kind() -> None:
    missing = {
        (one.where, one.key)
        for one in (*said_in_templates(), *said_in_code())
        if "*" in one.key.strip("*")
        and not any(re.fullmatch(re.escape(one.key).replace(r"\*", ".+"), key) for key in ENGLISH)
    }
    assert not missing, any_of(sorted(missing))


def test_both_languages_know_the_same_facts() -> None:
    assert ENGLISH.keys() == GERMAN.keys()
    differing = {key for key in ENGLISH if facts_in(ENGLISH[key]) != facts_in(GERMAN[key])}
    assert not differing, any_of(sorted(differing))


def test_whoever_says_something_gives_all_the_facts() -> None:
    missing = {
        (one.where, key, *sorted(facts_in(ENGLISH[key]) - given))
        for one in (*said_in_templates(), *said_in_code())
        if "*" not in one.key and (given := facts_given(one)) is not None
        for key in needed_by(one)
        if key in ENGLISH and not facts_in(ENGLISH[key]) <= given
    }
    assert not missing, any_of(sorted(missing))


def test_no_word_is_written_for_nobody() -> None:
    dead = sorted(key for key in ENGLISH if not is_said(key))
    assert not dead, any_of(dead)


def test_a_word_for_nobody_would_be_found() -> None:
    assert not is_said("unheard-of-key")
    assert is_said("skip")


def test_no_english_is_left_over_in_german() -> None:
    """Two words alike are a coincidence, such as names and units; three are a sentence that somebody forgot."""
    same = {
        key
        for key in ENGLISH
        if ENGLISH[key] == GERMAN[key] and len(re.findall(r"[^\W\d_]{2,}", re.sub(r"\{[^}]*\}", "", ENGLISH[key]))) > 2
    }
    assert same <= set(SAME_IN_BOTH), any_of(sorted(same - set(SAME_IN_BOTH)))


def test_german_speaks_to_people_formally_and_without_stars() -> None:
    """„Sie“ in every sentence; no inner capitals, stars or colons for the sexes."""
    informal = {key for key, said in GERMAN.items() if re.search(r"\b(du|dich|dir|deine?[mnrs]?|euch|eure?)\b", said)}
    starred = {key for key, said in GERMAN.items() if re.search(r"\w[*:_]in(nen)?\b|[a-zäöü]In(nen)?\b", said)}
    assert not informal, any_of(sorted(informal))
    assert not starred, any_of(sorted(starred))


def test_every_trouble_of_a_field_has_words_and_facts() -> None:
    missing = {
        (where, code)
        for where, _, code, facts in complaints()
        if "*" not in code
        and (f"trouble-{code}" not in ENGLISH or not facts_in(ENGLISH[f"trouble-{code}"]) <= (facts or frozenset()))
    }
    assert not missing, any_of(sorted(missing))


HIDDEN = {"address", "course", "cover", "revision", "treatment"}
"""Fields that a page fills in itself: whoever changes one by hand is told its name."""


def test_every_field_that_may_be_complained_of_has_a_label() -> None:
    named = {(where, field) for where, field, _, _ in complaints() if "*" not in field} | set(fields_read())
    missing = {
        (where, field)
        for where, field in named
        if field not in HIDDEN and f"field-{re.sub('-[0-9]+$', '', field)}" not in ENGLISH
    }
    assert not missing, any_of(sorted(missing))


def test_every_refusal_that_a_page_can_meet_has_words_and_facts() -> None:
    """`refused-…` in the page of the form, or a notice of its own, which has a title."""
    assert using_words.reached_by_pages()
    missing = set()
    for where, code, facts in refusals():
        key = code if f"{code}-title" in ENGLISH else f"refused-{code}"
        if key not in ENGLISH or (facts is not None and not facts_in(ENGLISH[key]) <= facts):
            missing.add((where, code))
    assert not missing, any_of(sorted(missing))


def test_every_act_of_the_history_has_words() -> None:
    every = set(using_words.acts_kept())
    assert {"feed issue", "clinic close", "replan"} <= {act for _, act in every}
    missing = {(where, act) for where, act in every if f"act-{act}" not in ENGLISH}
    assert not missing, any_of(sorted(missing))


def test_every_reading_of_the_access_log_has_words() -> None:
    every = set(using_words.readings())
    assert {"feed", "patient"} <= {what for _, what in every}
    missing = {(where, what) for where, what in every if f"reading-{what}" not in ENGLISH}
    assert not missing, any_of(sorted(missing))
