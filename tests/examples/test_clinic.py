"""The invented clinic is the same every time, and its patients stand where the README says."""

from collections import Counter
from datetime import date, timedelta
from functools import cache

import pytest

from examples.inventing import HOW_MANY, SITES, Phase
from examples.make_clinic import HERE, MADE_FOR, Group, invent_group, make, write
from examples.sampling import Story
from examples.setting_up import LISTS
from monitor.services.importing.spooling import spool
from schedules.model import Origin, Settlement
from schedules.status import State, state_of

DAYS = (MADE_FOR, date(2024, 2, 29), date(2027, 1, 2))


once = cache(invent_group)


@pytest.fixture(params=DAYS, ids=str)
def group(request) -> Group:
    return once(request.param)


def stories_of(group: Group, *phases: Phase) -> list[Story]:
    return [story for story in group.stories if story.patient.phase in phases]


def ends_on(story: Story) -> date:
    assert story.plan.ends_on
    return story.plan.ends_on


def test_committed_files_are_what_the_script_makes():
    """If a protocol or the script changed on purpose: run examples/make_clinic.py and commit the result."""
    made = make(once(MADE_FOR))
    assert sorted(made) == sorted(path.name for path in HERE.iterdir())
    assert [name for name, content in made.items() if (HERE / name).read_bytes() != content] == []


def test_same_files_twice(group):
    assert make(group) == make(invent_group(group.today))


def test_every_row_of_every_list_can_be_read(group, tmp_path):
    write(make(group), tmp_path)
    patients = 0
    for name in LISTS:
        with spool(
            tmp_path / name, defaults={}, date_format=None, max_cell_characters=10_000, needed=("clinic", "protocol")
        ) as read:
            assert list(read.problems) == [], name
            patients += read.staging.count_patients() if "infusions" in name else 0
    assert patients == 150


def test_everybody_has_an_invented_reference_and_no_real_name(group):
    references = [story.patient.reference for story in group.stories]
    assert len(set(references)) == 150
    assert Counter(story.patient.site.id for story in group.stories) == {site.id: site.patients for site in SITES}
    assert {story.patient.name for story in group.stories if story.patient.site.id != "south"} == {None}
    assert all(story.patient.name.startswith("Beispiel, ") for story in group.stories if story.patient.name)


class TestPhases:
    def test_so_many_in_each(self, group):
        assert Counter(story.patient.phase for story in group.stories) == HOW_MANY

    def test_before_and_in_course_1(self, group):
        for story in stories_of(group, Phase.BASELINE):
            assert story.patient.given == ()
            assert story.patient.infusions[0].infused_on > group.today
        for story in stories_of(group, Phase.IN_COURSE):
            assert (len(story.patient.given), len(story.patient.infusions), len(story.plan.courses)) == (2, 5, 1)

    def test_between_courses_and_a_planned_day_that_passed(self, group):
        for story in stories_of(group, Phase.BETWEEN):
            assert len(story.patient.given) == 5
        between = stories_of(group, Phase.BETWEEN)
        planned = [[one for one in story.patient.infusions if one.planned] for story in between]
        assert 0 < sum(bool(days) for days in planned) < len(planned)
        for story in stories_of(group, Phase.UNCONFIRMED):
            days = [one.infused_on for one in story.patient.infusions if one.planned]
            assert len(days) == 3
            assert max(days) < group.today

    @pytest.mark.parametrize(
        ("phase", "courses"), [(Phase.TWO_COURSES, 2), (Phase.THREE_COURSES, 3), (Phase.FOUR_COURSES, 4)]
    )
    def test_courses(self, group, phase, courses):
        assert {len(story.plan.courses) for story in stories_of(group, phase)} == {courses}

    def test_interrupted_courses(self, group):
        assert {len(story.patient.given) for story in stories_of(group, Phase.INTERRUPTED)} <= {3, 6}

    def test_late_closing_and_ended(self, group):
        today = group.today
        for story in stories_of(group, Phase.LATE):
            assert today + timedelta(days=30) < ends_on(story) < today + timedelta(days=320)
        for story in stories_of(group, Phase.CLOSING):
            closing = [one for one in story.settled() if one.check.origin is Origin.CLOSING]
            assert {one.settlement for one in closing} == {Settlement.OPEN}
            assert {state_of(one.check, today) for one in closing} <= {State.DUE, State.OVERDUE}
        for story in stories_of(group, Phase.ENDED):
            assert ends_on(story) < today
            unsettled = [one.check for one in story.settled() if one.settlement is Settlement.OPEN]
            assert all(check.confirm for check in unsettled)

    def test_begun_again_and_taken_over(self, group):
        assert {len(story.plan.episodes) for story in stories_of(group, Phase.BEGUN_AGAIN)} == {2}
        for story in stories_of(group, Phase.TAKEN_OVER, Phase.TAKEN_OVER_BLIND):
            from_on, knows = story.patient.followed_here_from, story.patient.phase is Phase.TAKEN_OVER
            assert from_on
            assert story.patient.given[-1] < from_on <= group.started_on
            assert any(sample.taken_on < from_on for sample in story.samples) is knows
            takeovers = [one for one in story.settled() if one.check.origin is Origin.TAKEOVER]
            assert bool(takeovers) is not knows


class TestFollowUp:
    def test_a_third_has_something_overdue_and_a_handful_badly(self, group):
        overdue = [found for story in group.stories if (found := story.overdue(group.today))]
        badly = [found for found in overdue if sum(check.family == "blood-count" for check in found) > 1]
        assert 0.25 <= len(overdue) / len(group.stories) <= 0.42
        assert 4 <= len(badly) <= 15

    def test_late_missed_overtaken_additional_and_blood_without_urine(self, group):
        settled = [one for story in group.stories for one in story.settled()]
        assert any(one.settled_on and one.settled_on > one.check.closes_on for one in settled)
        assert sum(one.settlement is Settlement.SUPERSEDED for one in settled) > 50
        assert any(len(one.samples) > 1 for one in settled)
        families = [{one.check.family for one in story.settled() if one.settlement is Settlement.SUPERSEDED}
                    for story in group.stories]  # fmt: skip
        assert {"urinalysis"} in families
        assert any({"blood-count", "urinalysis"} <= some for some in families)

    def test_unknown_people_and_overlays(self, group):
        patients = [story.patient for story in group.stories]
        assert 2 <= sum(patient.sex is None for patient in patients) <= 8
        assert 2 <= sum(patient.born_on is None for patient in patients) <= 8
        assert len({overlay for patient in patients for overlay in patient.overlays}) == 3

    def test_nothing_lies_in_the_future_and_acts_are_in_order(self, group):
        assert all(sample.taken_on < group.today for story in group.stories for sample in story.samples)
        days = [act.entered_on for act in group.acts]
        assert days == sorted(days)
        assert group.started_on <= days[0]
        assert days[-1] < group.today
        assert any(act.act == "done" and act.on < act.entered_on for act in group.acts)
        wanted = {"given", "done", "seen", "book", "note", "waive", "extra", "withdraw", "undo", "discharge", "readmit"}
        assert {act.act for act in group.acts} == wanted
