"""The words of the patient's pages: both languages complete, every message has its sentence, none is left over."""

import re
import string
from pathlib import Path

import pytest

from monitor.render import site
from monitor.render.site.english import ENGLISH
from monitor.render.site.german import GERMAN
from monitor.render.site.speaking import speaker
from monitor.render.site.values import Notice, Titles, Told, Trouble, VisitState

FOLDER = Path(next(iter(site.__path__)))
BUILT = re.compile("(told|trouble|state|menu|notice|steps|settings)-")
"""Keys whose ending is the name of a message, a page, a step or a choice."""


def _facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_say_the_same_things():
    assert ENGLISH.keys() == GERMAN.keys()
    assert {key: _facts(said) for key, said in ENGLISH.items()} == {key: _facts(said) for key, said in GERMAN.items()}


def test_german_was_not_forgotten():
    same = {key for key in ENGLISH if ENGLISH[key] == GERMAN[key]}
    assert same == {"report-name", "steps-outlook", "steps-thunderbird"}


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=["en", "de"])
def test_every_message_has_its_sentence(words: dict[str, str]):
    wanted = {
        *(f"told-{one}" for one in Told),
        *(f"trouble-{one}" for one in Trouble),
        *(f"state-{one}" for one in VisitState),
        *(f"settings-{one}-help" for one in Titles),
        *(f"notice-{one}-do" for one in Notice),
    }
    assert not wanted - words.keys()


def test_no_word_is_left_over():
    text = "".join(file.read_text("utf-8") for file in [*FOLDER.glob("templates/*.html"), *FOLDER.glob("[!eg]*.py")])
    assert [key for key in ENGLISH if not re.search(f"[\"']{key}[\"']", text) and not BUILT.match(key)] == []


def test_the_patient_is_never_spoken_to_in_the_words_of_staff():
    staff = re.compile(r"superseded|waived|rule|protocol|settlement|Protokoll|Regel\b|\bdu\b|\bdein", re.IGNORECASE)
    assert [said for said in [*ENGLISH.values(), *GERMAN.values()] if staff.search(said)] == []


def test_a_language_that_we_do_not_speak_is_english():
    assert speaker("fr")("site") == ENGLISH["site"]
