"""Whatever people do in whatever order: a patient's calendar shows each open check once, and never goes back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.checks import list_checks, list_visits
from db.dossiers import get_dossier
from db.feeds import get_wishes
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.render.calendar import CalendarEntry, Status, render_event
from monitor.services.desk import Desk
from monitor.services.feeds import Drawn, Feed, get_patient_feed
from monitor.services.telling import set_wishes
from monitor.services.telling_away import tell_away
from monitor.services.telling_done import tell_done
from schedules.errors import Refusal
from schedules.model import Settlement
from schedules.protocol import Place
from tests.schedules.invented_patients import examples
from tests.services.test_record_properties import START, Act, acts, enrol_somebody

TO_BE_DONE = {Status.PLANNED, Status.BOOKED, Status.OVERDUE, Status.REPORTED}


@dataclass(frozen=True)
class Telling:
    """What the patient tells on their page, by the wish's name, "away" or "done"."""

    what: str
    nth: int
    days: int

    def perform(self, desk: Desk, treatment: int) -> None:
        patient_id = get_dossier(desk.connection, treatment).patient_id
        today = desk.today["north"]
        known = get_wishes(desk.connection, patient_id)
        match self.what:
            case "language":
                set_wishes(desk, patient_id, replace(known, language=("en", "de")[self.nth % 2]))
            case "detail":
                set_wishes(desk, patient_id, replace(known, names_tests=self.nth % 2 == 0))
            case "advice":
                set_wishes(desk, patient_id, replace(known, shows_advice=self.nth % 2 == 0))
            case "away":
                tell_away(desk, patient_id, today, today + timedelta(days=self.days))
            case "done":
                visits = list_visits(desk.connection, [treatment])[treatment]
                near = [one for one in visits if abs(one.visit_on - today) < timedelta(days=40)] or visits
                tell_done(desk, patient_id, near[self.nth % len(near)].id, done_on=today)


tellings = st.builds(
    Telling,
    st.sampled_from(("language", "detail", "advice", "away", "done", "done")),
    st.integers(0, 9),
    st.integers(0, 30),
)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_after_any_sequence_of_acts_a_calendar_is_whole_and_never_goes_back(
    program: Program, clock: FixedClock
) -> None:
    @examples(10)
    @given(
        sequence=st.lists(st.tuples(acts | tellings, st.integers(0, 40)), min_size=4, max_size=9),
        followed_here_from=st.none() | st.dates(date(2026, 6, 1), date(2026, 11, 2)),
    )
    def people_do(sequence: list[tuple[Act | Telling, int]], followed_here_from: date | None) -> None:
        clock.advance(START - clock.now())
        treatment = enrol_somebody(program, followed_here_from)
        shown: dict[str, CalendarEntry] = {}
        drawn: Mapping[int, Drawn] = {}
        for act, pause in sequence:
            # Seen before the act, after it, and once more when days have passed without any.
            for later in (timedelta(minutes=1), timedelta(days=pause)):
                feed = look(program, treatment, drawn)
                shown, drawn = assert_it_goes_on(shown, feed), feed.drawn
                clock.advance(later)
            perform(program, treatment, act)
            feed = look(program, treatment, drawn)
            shown, drawn = assert_it_goes_on(shown, feed), feed.drawn

    people_do()


def perform(program: Program, treatment: int, act: Act | Telling) -> None:
    try:
        if isinstance(act, Telling):
            with program.writing_for_patient("north") as desk:
                act.perform(desk, treatment)
        else:
            with program.writing("dora") as desk:
                act.perform(desk, treatment)
    except Refusal:
        pass


def look(program: Program, treatment: int, drawn: Mapping[int, Drawn]) -> Feed:
    """The calendar, after asserting that it is whole and the same, drawn from nothing or from what was there."""
    with program.reading_for_patient("north") as desk:
        patient_id = get_dossier(desk.connection, treatment).patient_id
        feed = get_patient_feed(desk, Config(), patient_id, since=START)
        again = get_patient_feed(desk, Config(), patient_id, since=START, drawn=drawn)
        today = desk.today["north"]
        checks = list_checks(desk.connection, [treatment])[treatment]
        office = {one.id for one in list_visits(desk.connection, [treatment])[treatment] if one.place is Place.OFFICE}
    assert feed.render() == again.render()
    assert feed == again
    assert feed.entries
    uids = [one.uid for one in feed.entries]
    assert len(uids) == len(set(uids))
    of_open = {one.visit_id for one in checks if one.settlement is Settlement.OPEN} - office
    assert {one.uid for one in feed.entries if one.status in TO_BE_DONE} == of_open
    assert not office & set(uids)
    overdue = [one for one in feed.entries if one.status is Status.OVERDUE]
    assert all(one.visit_on >= today > one.closes_on for one in overdue)
    return feed


def assert_it_goes_on(before: dict[str, CalendarEntry], feed: Feed) -> dict[str, CalendarEntry]:
    """Each entry that was shown earlier: never a lower sequence or an earlier change; both higher where it differs."""
    now = {one.uid: one for one in feed.entries}
    for uid, new in now.items():
        old = before.get(uid)
        if old is None:
            continue
        assert new.sequence >= old.sequence
        assert new.changed_at >= old.changed_at
        undated = replace(new, sequence=old.sequence, changed_at=old.changed_at)
        if render_event(undated, feed.style) != render_event(old, feed.style):
            assert new.sequence > old.sequence, (old, new)
            assert new.changed_at.replace(microsecond=0) > old.changed_at.replace(microsecond=0), (old, new)
    return before | now
