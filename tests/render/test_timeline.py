"""The timeline as it is drawn: read again by an XML parser, it holds every check once, in its lane and in order."""

from collections.abc import Sequence
from datetime import date, timedelta
from xml.etree import ElementTree as Xml

import pytest

from monitor.render.staff.speaking import speaker
from monitor.render.staff.template import environment, render_part
from monitor.render.staff.timeline import Beside, Timeline, draw, state_word
from schedules.following import Outcome, follow
from schedules.intervals import Interval
from schedules.model import Booking, Extra, Facts, Infusion, Key, Person, Report, Sample, Waiver
from schedules.working_days import working_days
from tests.schedules.strategies import shipped

TODAY = date(2026, 11, 6)


def course(first: date, days: int, *, planned: bool = False) -> list[Infusion]:
    return [Infusion(first + timedelta(days=offset), planned) for offset in range(days)]


INFUSIONS = [*course(date(2024, 1, 8), 5), *course(date(2025, 1, 13), 3), *course(date(2027, 2, 1), 3, planned=True)]
SAMPLES = tuple(Sample(n, "blood-count", date(2024, 2, 12) + timedelta(days=61 * n)) for n in range(16))


def followed(name: str) -> Outcome:
    ordered = "creatinine" if shipped(name).find_rule("creatinine") else shipped(name).rules[-1].id
    return follow(
        shipped(name),
        Person(),
        infusions=INFUSIONS,
        extras=[Extra(ordered, 1, date(2026, 11, 5), Interval.parse("2 weeks"), 4)],
        facts=Facts(
            samples=SAMPLES,
            waivers=(Waiver(1, "thyroid", date(2026, 4, 12)),),
            bookings=(Booking(1, "blood-count", date(2026, 11, 10)),),
            reports=(Report(1, "urinalysis", date(2026, 10, 28)),),
        ),
        is_working_day=working_days("DE"),
    )


def drawn(name: str, language: str = "en") -> tuple[Outcome, Timeline, Xml.Element]:
    outcome, say = followed(name), speaker(language)
    beside = Beside(TODAY, outcome.booked, outcome.reported)
    line = draw(say, shipped(name), outcome.plan, outcome.settled, beside)
    assert line is not None
    template = environment().from_string(
        '{% import "timeline.html" as parts with context %}{{ parts.drawing(line, "/treatments/7") }}'
    )
    return outcome, line, Xml.fromstring(template.render(line=line, say=say))


def keys_of(lane: Xml.Element) -> list[Key]:
    found = []
    for link in lane.iter("a"):
        *_, rule, number = link.attrib["href"].split("/")
        found.append(Key(rule, int(number)))
    return found


@pytest.mark.parametrize("name", ["alemtuzumab-eu", "alemtuzumab-us", "cladribine", "clozapine-us"])
def test_every_check_is_drawn_once_in_the_lane_of_its_family_and_in_order(name: str) -> None:
    outcome, _, picture = drawn(name)
    lanes = {lane.attrib["data-family"]: keys_of(lane) for lane in picture.iter("g") if "data-family" in lane.attrib}
    wanted: dict[str, list[Key]] = {}
    for one in sorted(outcome.settled, key=lambda one: (one.check.due_on, one.check.key)):
        wanted.setdefault(one.check.family, []).append(one.check.key)
    assert lanes == wanted
    assert sum(map(len, lanes.values())) == len(outcome.settled)


def test_each_shape_stands_at_its_day_with_its_state_and_a_title() -> None:
    outcome, line, picture = drawn("alemtuzumab-eu")
    by_key = {one.check.key: one for one in outcome.settled}
    days_to_x = sorted((by_key[mark.key].check.due_on, mark.x) for lane in line.lanes for mark in lane.marks)
    assert [x for _, x in days_to_x] == sorted(x for _, x in days_to_x)
    for link in picture.iter("a"):
        *_, rule, number = link.attrib["href"].split("/")
        assert link.attrib["class"] == f"mark {state_word(by_key[Key(rule, int(number))], TODAY)}"
        assert link.findtext("title")
        assert link.attrib["tabindex"] == "-1"  # 300 stops are no help: the table below has the same links
    assert {mark.state for lane in line.lanes for mark in lane.marks} >= {
        "done", "superseded", "overdue", "due", "open", "upcoming", "waived",
    }  # fmt: skip


def test_gaps_bookings_reports_and_extras_are_told_apart() -> None:
    _, line, _ = drawn("alemtuzumab-eu")
    marks = [mark for lane in line.lanes for mark in lane.marks]
    assert [str(mark.key) for mark in marks if mark.is_extra] == [f"creatinine-extra/{n}" for n in (1, 2, 3, 4)]
    assert [mark.key.rule for mark in marks if mark.is_booked] == ["blood-count"]
    assert [mark.key.rule for mark in marks if mark.is_reported] == ["urinalysis"]
    booked = next(mark for mark in marks if mark.is_booked)
    assert "booked Tue 10 Nov 2026" in booked.title
    assert {"extra", "booked", "reported"} <= set(line.used)


def test_courses_today_and_the_end_stand_across_all_lanes() -> None:
    outcome, line, picture = drawn("alemtuzumab-eu")
    assert [band.is_planned for band in line.bands] == [False, False, True]
    assert outcome.plan.ends_on == date(2029, 1, 15)
    assert line.today
    assert line.end
    assert 0 < line.today.x < line.end.x < line.width
    assert (line.today.side, line.end.side) == ("", "")
    lowest = max(lane.y for lane in line.lanes)
    bands = [one for one in picture.iter("rect") if one.attrib["class"].startswith("band")]
    assert all(float(one.attrib["y"]) + float(one.attrib["height"]) > lowest for one in bands)


@pytest.mark.parametrize(
    ("days", "sides"), [(-90, ("", "")), (-5, ("left", "right")), (0, ("right", "left")), (9, ("right", "left"))]
)
def test_the_names_of_today_and_the_end_never_run_into_each_other(days: int, sides: tuple[str, str]) -> None:
    outcome, own = followed("alemtuzumab-eu"), shipped("alemtuzumab-eu")
    assert outcome.plan.ends_on
    today = outcome.plan.ends_on + timedelta(days=days)
    line = draw(speaker("de"), own, outcome.plan, outcome.settled, Beside(today, {}, {}))
    assert line
    assert line.today
    assert line.end
    assert (line.today.side, line.end.side) == sides
    assert line.width - max(line.today.x, line.end.x) > 40  # room for the name


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", ["alemtuzumab-eu", "alemtuzumab-us", "clozapine-us"])
def test_no_name_of_a_lane_is_cut_and_none_runs_into_the_next(name: str, language: str) -> None:
    _, line, picture = drawn(name, language)
    names = ["".join(one.itertext()) for one in next(picture.iter("svg")).iter("text")]
    assert names == ["".join(lane.name) for lane in line.lanes]
    assert all(len(lane.name) <= 3 for lane in line.lanes)
    assert all(len(part) <= 27 for lane in line.lanes for part in lane.name)


def test_nothing_is_drawn_of_nothing() -> None:
    own = shipped("alemtuzumab-eu")
    nothing: Sequence[Infusion] = []
    outcome = follow(own, Person(), infusions=nothing, extras=[], facts=Facts(), is_working_day=working_days("DE"))
    assert draw(speaker("en"), own, outcome.plan, outcome.settled, Beside(TODAY, {}, {})) is None


def test_a_title_that_somebody_wrote_stays_text_in_drawing_and_table() -> None:
    outcome, say = followed("alemtuzumab-eu"), speaker("en")
    protocol = shipped("alemtuzumab-eu")
    rules = [rule.model_copy(update={"title": {"en": '<b id="x">&'}}) for rule in protocol.rules]
    protocol = type(protocol).model_construct(**{**dict(protocol), "rules": tuple(rules)})
    beside = Beside(TODAY, outcome.booked, outcome.reported)
    line = draw(say, protocol, outcome.plan, outcome.settled, beside)
    page = str(render_part("patient_timeline.html", say, own="/treatments/7", line=line, withdrawn=0))
    assert "<b " not in page
    assert line is not None
    assert page.count("&lt;b id=&#34;x&#34;&gt;&amp;") == 2 * len(line.checks) + sum(
        "<b" in lane.name[0] for lane in line.lanes
    )
