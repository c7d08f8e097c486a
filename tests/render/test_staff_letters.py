"""Mails to staff: what they say in English and German, word for word, and what they never say."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor.render import confirmation_letter, escalation_letter
from monitor.render.confirmation_letter import write_confirmation
from monitor.render.escalation_letter import EscalationTold, Why, write_escalation
from monitor.render.site import recipient_page
from monitor.render.site.recipient_page import Asked, RecipientPage, render_recipient
from schedules.escalating import Raised
from schedules.protocol import Role
from schedules.worklists import Booked, Kind, Line, Pressing
from tests.escalated import TITLES
from tests.render.conftest import Golden

LINK = "https://monitor.hospital.example/r/12.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ/confirm"


def told(
    why: Why,
    role: Role = Role.CLINICIAN,
    reader_role: str = "clinician",
    *,
    family: str = "blood-count",
    booked_on: date | None = date(2026, 11, 12),
    late: int = 0,
    unseen_days: int = 4,
    **more: object,
) -> EscalationTold:
    """#9 was due on 16 October and closed on the 23rd, or so many days later; #10 has opened."""
    later = timedelta(days=late)
    checks = (
        Pressing(family, 9, family, date(2026, 10, 9), date(2026, 10, 16) + later, date(2026, 10, 23) + later),
        Pressing(family, 10, family, date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)),
    )
    line = Line(
        kind=Kind.CHECK, patient="N 1'7", clinic="north", treatment_id=1, today=date(2026, 11, 10), checks=checks,
        family=family, title=TITLES[family], booked=Booked(booked_on, None, False, False) if booked_on else None,
    )  # fmt: skip
    raised = Raised(role, date(2026, 11, 10) - timedelta(days=unseen_days), date(2026, 11, 6))
    return EscalationTold(line, raised, why, "North Clinic (invented)", reader_role, unseen_days, **more)  # type: ignore[arg-type]


def one_visit(why: Why, role: Role = Role.CLINICIAN, **more: object) -> list[EscalationTold]:
    """Four families of one visit."""
    return [told(why, role, family=family, **more) for family in TITLES]  # type: ignore[arg-type]


def unlike(reader_role: str = "clinician") -> list[EscalationTold]:
    """Two families that ask different roles since different days."""
    return [
        told(Why.PHYSICIAN, Role.CLINICIAN, reader_role),
        told(Why.PHYSICIAN, Role.NURSE, reader_role, family="creatinine", booked_on=None, late=3, unseen_days=3),
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_letters_look_as_agreed(golden: Golden, language: str):
    letters = [
        write_confirmation(login="ada", code="K7MP-2QXT-9WDE", until=date(2026, 11, 16), link=link, language=language)
        for link in (LINK, None)
    ]
    letters += [
        write_escalation([told(Why.ASKED)], language),
        write_escalation([told(Why.PHYSICIAN, Role.NURSE, deputy_for="dora")], language),
        write_escalation([told(Why.STANDS_IN, Role.NURSE)], language),
        write_escalation([told(Why.NO_PHYSICIAN, reader_role="admin")], language),
        write_escalation(one_visit(Why.PHYSICIAN), language),
        write_escalation(unlike(), language),
    ]
    golden(f"staff-letters-{language}.txt", "\n".join(f"## {subject}\n\n{text}" for subject, text in letters))


def test_a_line_of_a_letter_fits_a_window_unless_it_is_to_be_copied():
    for language in ("en", "de"):
        for why in Why:
            for every in ([told(why, deputy_for="dora")], one_visit(why, deputy_for="dora"), unlike()):
                lines = write_escalation(every, language)[1].splitlines()
                assert [one for one in lines if len(one) > 72 and not one.startswith("  monitor")] == []


def test_the_subject_stays_short_and_on_one_line_whatever_a_test_is_called():
    long = replace(told(Why.ASKED), line=replace(told(Why.ASKED).line, title={"en": "Blood\n" + "count " * 99}))
    subject, _ = write_escalation([long, *one_visit(Why.ASKED)], "en")
    assert subject.startswith("Follow-up: N 1'7 is 18 days overdue, Blood count count")
    assert subject.endswith("… and 4 other tests (for the clinician)")
    assert "\n" not in subject
    assert len(subject) <= 130


def test_an_administrator_names_who_has_seen_it_for_each_role_that_is_asked():
    text = write_escalation([*unlike("admin"), told(Why.ASKED, Role.ADMIN, "admin", family="liver")], "en")[1]
    assert [one.split("seen ", 1)[1] for one in text.splitlines() if "escalation seen" in one] == [
        """'N 1'"'"'7' creatinine --role nurse --by-name NAME""",
        """'N 1'"'"'7' blood-count --role clinician --by-name NAME""",
        """'N 1'"'"'7' liver --role admin""",
    ]


def test_what_stands_in_a_shell_is_quoted():
    assert """monitor escalation seen 'N 1'"'"'7' blood-count""" in write_escalation([told(Why.ASKED)], "en")[1]


@pytest.mark.parametrize("words", [confirmation_letter.WORDS, escalation_letter.WORDS, recipient_page.WORDS])
def test_both_languages_say_the_same_things_differently(words):
    assert words["en"].keys() == words["de"].keys()
    assert {key for key in words["en"] if words["en"][key] == words["de"][key]} <= {"code", "placeholder-name"}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("asked", Asked)
def test_a_page_is_whole_and_escapes_what_people_wrote(asked: Asked, language: str):
    page = render_recipient(RecipientPage(asked, "ada", ["<North> & Co"]), language)
    assert f'<html lang="{language}">' in page
    assert page.count("<form") == page.count("<button") == (asked in {Asked.CONFIRM, Asked.LEAVE})
    assert "&lt;North&gt; &amp; Co" in page
    assert "ada" in page
    assert "script" not in page
