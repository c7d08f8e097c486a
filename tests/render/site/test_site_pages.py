"""The patient's pages as text: what must stand there, what must not, and HTML that needs no exception from the CSP."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from monitor.protocols import load_files
from monitor.render.site import pages
from monitor.render.site.assets import NAMES, load_asset
from monitor.render.site.qr import draw_qr
from monitor.render.site.values import (
    CalendarPage,
    CalendarShown,
    DonePage,
    Field,
    HomePage,
    PrintPage,
    Reported,
    ReportPage,
    SettingsPage,
    VisitState,
    WishesShown,
)
from schedules.protocol import Place, Protocol

MakeSample = Callable[..., Any]
VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect"}
PROTOCOLS = [entry.id for entry in load_files().protocols]
BETRAYS = re.compile(
    r"lemtrada|campath|multiple sclerosis|multipler? sklerose|\bms\b|leponex|schizophreni", re.IGNORECASE
)
HOSTILE = """"><script>alert('x')</script>{{ 7*7 }}<img src=x onerror=y>&lt;"""


class Reader(HTMLParser):
    """Reads a page strictly: every element closed in order, every reference with its target."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}: {attrs}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert [tag] == self.open[-1:], f"</{tag}> at {self.getpos()}"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"script", "style", "title"}:
            self.words.append(data)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    @property
    def text(self) -> str:
        return re.sub(r"\s+(?=[,.:;)])|(?<=\()\s+", "", re.sub(r"\s+", " ", " ".join(self.words))).strip()

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def check(html: str) -> Reader:
    """What holds for every page."""
    page = read(html)
    assert html.startswith("<!doctype html>")
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids)), sorted(one for one in ids if one and ids.count(one) > 1)
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], (tag, attributes)
        for name in ("for", "aria-labelledby", "aria-describedby", "data-copies"):
            for target in (attributes.get(name) or "").split():
                assert target in ids, (tag, name, target)
        address = attributes.get("href") or attributes.get("src") or attributes.get("action") or "/"
        assert re.match(r"/|#|tel:\+?[0-9]+$|webcal://follow-up\.example/|data:,$", address), address
        if address.startswith("#"):
            assert address[1:] in ids, address
    assert not [one for one in page.of("script") if "src" not in one]
    assert page.of("style") == []
    assert len(page.of("h1")) == 1
    assert len(page.of("main")) == 1
    assert page.of("html")[0]["lang"] in {"en", "de"}
    names = {attributes.get("id") for tag in ("input", "select") for attributes in page.of(tag)}
    labelled = {attributes["for"] for attributes in page.of("label")}
    assert names <= labelled
    return page


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_well_formed_and_needs_no_inline_anything(sample: MakeSample, language: str):
    for html in sample(language=language).all().values():
        page = check(html)
        assert page.of("html")[0]["lang"] == language
        assert {one["name"] for one in page.of("input") if "name" in one} <= {*Field}


def test_pages_that_stand_alone_say_nothing_of_anybody(notice: str):
    page = check(notice)
    assert "call your clinic" in page.text
    assert "rufen Sie Ihre Klinik an" in page.text
    assert page.of("a") == page.of("form") == []


def test_the_same_values_give_the_same_text(sample: MakeSample):
    assert sample().all() == sample().all()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_clinic_and_the_signs_are_one_tap_away_everywhere(sample: MakeSample, language: str):
    one = sample(language=language)
    for name, html in one.all().items():
        links = [link["href"] for link in read(html).of("a")]
        assert "tel:+49301234567" in links, name
        assert f"{one.chrome.links.home}#report-at-once" in links, name
    assert 'id="report-at-once"' in one.home()


def test_without_a_number_the_words_of_the_clinic_stand_in_its_place(sample: MakeSample):
    for name, html in sample().with_chrome(telephone="").all().items():
        bar = html[html.index('<aside class="bar"') :]
        assert "Day ward 3" in bar, name
        assert "tel:" not in html, name
    silent = sample().with_chrome(telephone="", contact="").home()
    assert "Keep the telephone number of your clinic at hand." in silent
    assert "ask next door" in sample().with_chrome(telephone="ask next door").home()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("protocol_id", PROTOCOLS)
def test_no_drug_and_no_diagnosis_unless_names_are_switched_on(sample: MakeSample, protocol_id: str, language: str):
    one = sample(protocol_id, language)
    protocol: Protocol = one.protocol
    for name, html in one.all().items():
        assert protocol.drug not in html.lower(), name
        assert not BETRAYS.search(read(html).text), name
        assert one.chrome.clinic not in html, name
        for period in one.advice:
            assert period.text not in html.replace("&#39;", "'"), name
    for name, html in one.with_chrome(shows_names=True).all().items():
        assert protocol.text(protocol.title, language) in html, name
        assert one.chrome.clinic in html, name


@pytest.mark.parametrize("shows_names", [False, True])
@pytest.mark.parametrize("protocol_id", PROTOCOLS)
def test_every_sign_is_always_shown_with_all_its_words(sample: MakeSample, protocol_id: str, shows_names: bool):
    one = sample(protocol_id).with_chrome(shows_names=shows_names)
    text = read(one.home()).text
    for sign in one.symptoms:
        assert sign.title in text
        assert re.sub(r"\s+", " ", sign.text).strip() in text
    assert "call" in text[text.index("Report at once") :]


def test_advice_is_hidden_and_the_patient_is_told_so(sample: MakeSample):
    one = sample()
    assert len(one.advice) > 1
    hidden = read(one.home()).text
    assert f"{len(one.advice)} pieces of advice hold for you now. They are hidden" in hidden
    assert "Your clinic can show them here" in read(one.home(wishes_locked=True)).text
    shown = read(one.with_chrome(shows_names=True).home()).text
    assert "hidden" not in shown
    for period in one.advice:
        assert period.title in shown
        assert period.text in shown


def test_what_stays_true_afterwards_is_always_shown(sample: MakeSample):
    one = sample()
    assert one.afterwards
    assert one.afterwards[0].text in read(one.home()).text


def test_the_plan_holds_every_visit_and_its_state_in_words(sample: MakeSample):
    one = sample()
    page = read(one.home())
    assert len([li for li in page.of("li") if (li.get("class") or "").startswith("visit ")]) == len(one.visits)
    for said in ("Done", "Overdue", "Missed", "Not needed", "Planned", "Agreed", "Awaiting confirmation", "Due now"):
        assert said in page.text
    folded = [one.get("open", "no") for one in page.of("details") if one.get("class") == "year"]
    assert folded == ["no", "no", None, None, None, None]


def test_the_next_check_its_window_and_how_far_it_is(sample: MakeSample):
    one = sample(smooth=True)
    text = read(one.home()).text
    assert (
        "Next check Monday 11 May 2026 3 days ago, our suggestion; still on time until the last day below Due now"
        in text
    )
    assert "Any day from Mon 4 May 2026 to Mon 18 May 2026 is on time. Please arrange a day with your clinic." in text
    assert one.progress.done == 20  # September 2024 to April 2026
    assert f"20 of {one.progress.total} months done" in text
    assert "overdue" not in text.lower()


def test_overdue_comes_first_kindly_and_with_a_number(sample: MakeSample):
    text = read(sample().home()).text
    assert text.index("One check is overdue") < text.index("Next check") < text.index("Report at once If you notice")
    assert "This happens." in text
    assert "The last day on time was Sat 18 Apr 2026, 26 days ago." in text
    assert "Already done: Creatinine, Urinalysis, Liver tests, Thyroid test." in text


def test_nothing_planned_and_everything_over(sample: MakeSample):
    one = sample()
    assert "Nothing is planned at the moment." in read(one.home(visits=())).text
    ended = read(one.home(visits=(), has_ended=True)).text
    assert "Your regular checks have ended" in ended
    assert one.afterwards[0].text in ended


def test_whoever_has_left_is_not_told_that_nothing_is_to_be_done(sample: MakeSample):
    one = sample()
    gone = [replace(visit, state=VisitState.LEFT) for visit in one.visits if visit.opens_on <= one.chrome.today]
    page = HomePage(
        chrome=one.chrome, visits=gone, progress=None, symptoms=one.symptoms, advice=(), has_left=True
    )  # fmt: skip
    home = read(pages.render_home(page, "en")).text
    assert "Your regular checks are no longer arranged by this clinic." in home
    assert "If you do not know who arranges them now, please call." in home
    assert not re.search(r"\d planned", home)
    report = read(pages.render_report(ReportPage(chrome=one.chrome, visits=gone, progress=None, has_left=True), "en"))
    sheet = read(
        pages.render_print(
            PrintPage(chrome=one.chrome, visits=gone, progress=None, symptoms=one.symptoms, has_left=True), "en"
        )
    )
    assert "Not done when this clinic stopped" in report.text
    for text in (home, report.text, sheet.text):
        assert "no longer arranged by this clinic" in text
        assert not re.search("Not needed|Nothing is|have ended |nothing more", text)


def test_many_overdue_checks_are_spoken_of_as_one_thing(sample: MakeSample):
    one = sample(language="de")
    late = [visit for visit in one.visits if visit.state is VisitState.DONE][-3:]
    text = read(one.home(visits=[replace(visit, state=VisitState.OVERDUE, done_on=None) for visit in late])).text
    assert "3 Kontrollen sind überfällig" in text
    assert "Wichtig ist, dass es bald nachgeholt wird: Bitte rufen Sie heute an. Es bleibt hier stehen" in text


@pytest.mark.parametrize("place", [Place.HOME, Place.CLINIC])
def test_what_is_overdue_is_never_said_to_need_no_call(sample: MakeSample, place: Place):
    one = sample()
    late = [visit for visit in one.visits if visit.state is VisitState.OVERDUE]
    text = read(one.home(visits=[replace(visit, place=place, to_arrange=False) for visit in late])).text
    assert "please call today" in text
    assert "No call is needed" not in text
    assert "Your clinic arranges this" not in text


def test_what_was_reported_is_not_asked_for_again(sample: MakeSample):
    one = sample()
    late = [visit for visit in one.visits if visit.state is VisitState.DONE][-2:]
    told = Reported(id=1, visit_id=late[0].id, titles=late[0].titles, done_on=date(2026, 5, 1))
    first, last = (replace(visit, state=VisitState.OVERDUE, done_on=None) for visit in late)
    links = read(one.home(visits=[replace(first, reported=told), last])).of("a")
    asked = [str(link["href"]) for link in links if "visit=" in str(link["href"])]
    assert one.chrome.links.done_for(last.id) in asked
    assert one.chrome.links.done_for(first.id) not in asked


def test_nothing_is_left_unescaped(sample: MakeSample):
    one = sample().with_chrome(contact=HOSTILE, telephone=HOSTILE, clinic=HOSTILE, treatment=HOSTILE, shows_names=True)
    report = Reported(id=1, visit_id=HOSTILE, titles=(HOSTILE,), done_on=date(2026, 5, 1), place=HOSTILE)
    visits = [
        replace(
            visit, id=f"{HOSTILE}{place}", titles=(HOSTILE,), specimens=(), instructions=(HOSTILE,), reported=report
        )
        for place, visit in enumerate(one.visits)
    ]
    calendars = [CalendarShown(id=1, label=HOSTILE, consent_on=date(2026, 5, 1), address="https://follow-up.example/c")]
    chrome, entered = one.chrome, {"label": HOSTILE, "place": HOSTILE, "done_on": HOSTILE, "visit": HOSTILE}
    made = [
        pages.render_home(HomePage(chrome=chrome, visits=visits, progress=None, symptoms=()), "en"),
        pages.render_done(DonePage(chrome=chrome, visits=visits, reports=[report], entered=entered), "en"),
        pages.render_calendar_page(CalendarPage(chrome=chrome, calendars=calendars, entered=entered), "en"),
        pages.render_print(PrintPage(chrome=chrome, visits=visits, progress=None, symptoms=()), "en"),
    ]
    for html in made:
        page = check(html)
        assert {"<script>", "<img"}.isdisjoint(html)
        assert "{{ 7*7 }}" in page.text
        assert [script["src"] for script in page.of("script")] in (
            [],
            [f"/static/site.js?v={load_asset('site.js').fingerprint}"],
        )


def test_i_had_this_done_says_that_it_closes_nothing(sample: MakeSample):
    one = sample()
    text = read(one.all()["done"]).text
    assert "Your clinic will confirm it. Until then the check stays open, and the calendar says that it waits." in text
    assert "Awaiting confirmation Full blood count, Creatinine, Urinalysis, Liver tests Done on Mon 11 May 2026" in text
    forms = read(one.all()["done"]).of("form")
    assert [form["action"] for form in forms] == [
        f"{one.chrome.links.home}done",
        f"{one.chrome.links.home}done/9/remove",
    ]
    assert {form["method"] for form in forms} == {"post"}


def test_what_was_typed_is_not_typed_twice(sample: MakeSample):
    html = sample().all()["done-trouble"]
    page = read(html)
    day = next(one for one in page.of("input") if one.get("id") == "done_on")
    assert (day["value"], day["aria-invalid"], day["aria-describedby"]) == ("2026-05-20", "true", "done_on-trouble")
    assert page.text.count("This day has not come yet.") == 2
    assert next(one for one in page.of("input") if one.get("id") == "place")["value"] == "Laboratory"


def test_away_moves_only_the_suggested_day_and_says_so(sample: MakeSample):
    text = read(sample().all()["away"]).text
    assert "Only the suggested day moves. The last day on time never moves" in text
    assert "20 Jul – 2 Aug 2026" in text
    assert "28 Dec 2026 – 3 Jan 2027" in text


def test_locked_settings_are_shown_and_cannot_be_sent(sample: MakeSample):
    one = sample()
    locked = read(one.all()["settings-locked"])
    assert "Your clinic has fixed these settings." in locked.text
    assert {"disabled" in fieldset for fieldset in locked.of("fieldset")} == {True}
    assert locked.of("button") == []
    free = read(one.all()["settings"])
    assert {"disabled" in fieldset for fieldset in free.of("fieldset")} == {False}
    assert "Careful: they show which treatment you had" in free.text


def test_settings_show_what_was_chosen(sample: MakeSample):
    wishes = WishesShown(language="de", shows_names=True, same_day=False, same_day_hour=4, day_before_hour=18)
    page = read(pages.render_settings(SettingsPage(chrome=sample().chrome, wishes=wishes), "de"))
    ticked = {one["id"] for one in page.of("input") if "checked" in one}
    assert ticked == {"language-de", "titles-discreet", "show_names", "day_before"}
    assert [one["value"] for one in page.of("option") if "selected" in one] == ["18", "4"]


def test_consent_comes_before_any_address(sample: MakeSample):
    html = sample().all()["calendar-empty"]
    page = read(html)
    assert "that company keeps a copy of these days" in page.text
    consent = next(one for one in page.of("input") if one.get("id") == "consent")
    assert "required" in consent
    assert "checked" not in consent
    assert "webcal" not in html
    assert "/c/" not in html
    assert page.of("svg") != []
    assert not [one for one in page.of("svg") if one.get("class") == "qr"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_calendar_with_its_address_code_and_steps(sample: MakeSample, language: str):
    page = check(sample(language=language).all()["calendar"])
    address = next(one for one in page.of("input") if one.get("class") == "address")["value"]
    assert address is not None
    assert address.startswith("https://follow-up.example/c/")
    assert [one["href"] for one in page.of("a") if (one["href"] or "").startswith("webcal:")] == [
        address.replace("https", "webcal")
    ]
    assert len([one for one in page.of("svg") if one.get("class") == "qr"]) == 1
    for said in {
        "en": (
            "Last fetched by Apple Calendar on Thu 14 May 2026, 07:12.",
            "does not mean that anybody has seen it",
            "Google gives no alarms",
            "in a browser on a computer",
            "replaces no call",
            "does not move",
            "Remove Alerts",
        ),
        "de": (
            "Zuletzt abgerufen von Apple Calendar am Do 14.05.2026, 07:12 Uhr.",
            "heißt nicht, dass jemand es gesehen",
            "Google erinnert",
            "im Browser eines Computers",
            "ersetzt keinen Anruf",
            "ändert sich nicht",
        ),
    }[language]:
        assert said in page.text


def test_a_calendar_of_the_clinic_shows_no_address(sample: MakeSample):
    page = CalendarPage(
        chrome=sample().chrome, calendars=[CalendarShown(id=5, label="practice", consent_on=date(2026, 5, 1))]
    )
    html = pages.render_calendar_page(page, "en")
    assert "Your clinic made this calendar" in html
    assert "webcal" not in html


def test_no_more_calendars(sample: MakeSample):
    html = pages.render_calendar_page(CalendarPage(chrome=sample().chrome, may_make=False), "en")
    assert "No more calendars can be made here." in html
    assert "consent" not in html


def test_a_code_is_black_on_white_with_a_name_and_nothing_else():
    svg = draw_qr("webcal://follow-up.example/c/x/appointments.ics", 'the "own" phone')
    assert 'aria-label="the &#34;own&#34; phone"' in svg
    assert "style" not in svg
    assert {"#fff", "#000"} == set(re.findall('"(#[0-9a-f]+)"', svg))


def test_the_printed_plan_names_no_tests_and_holds_twelve_months(sample: MakeSample):
    one = sample()
    page = read(one.all()["print"])
    main = page.text[page.text.index("My next twelve months") :]
    assert "Full blood count" not in main
    assert "Overdue: please call Last day on time: Sat 18 Apr 2026 Blood, urine" in main
    assert "Tue 11 May 2027" in main
    assert "Jun 2027" not in main
    assert "+49 30 1234 567" in main


def test_the_report_for_the_doctor(sample: MakeSample):
    one = sample()
    text = read(one.all()["report"]).text
    for state, heading in ((VisitState.DONE, "Done Day Check"), (VisitState.MISSED, "Missed Day Check")):
        assert heading in text
        for visit in one.visits:
            assert visit.state is not state or ", ".join(visit.titles) in text
    assert "please write your name on it by hand" in text
    assert "Results are not shown here." in text
    assert "is the patient’s own word" in text


def test_assets_are_served_as_what_they_are():
    for name in NAMES:
        asset = load_asset(name)
        assert asset.content_type.startswith("text/")
        assert len(asset.fingerprint) == 12
    css = load_asset("site.css").content.decode()
    assert not re.search(r"url\(|@import|https?:", css)
    for wanted in ("prefers-color-scheme: dark", "prefers-reduced-motion", "@media print", ":focus-visible"):
        assert wanted in css
