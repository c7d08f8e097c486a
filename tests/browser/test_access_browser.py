"""Getting in, in a real browser: signing in, a link, a lapse while somebody types; with and without JavaScript."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from db import people
from db.engine import writing
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.services.inviting import invite
from monitor.services.passwords import set_password
from monitor.services.staffing import disable
from tests.browser.conftest import AsPerson, Ward, go_back

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]
GOOD, OTHER = "vier gelbe Tassen im Regen", "drei alte Boote am Ufer"
Stranger = Callable[..., Any]


@pytest.fixture
def stranger(browser: Any, address: str) -> Iterator[Stranger]:
    """A page in which nobody is signed in."""
    with ExitStack() as stack:

        def make(*, script: bool = True, scheme: str = "light", width: int = 1280, language: str = "en-GB") -> Any:
            context = browser.new_context(
                base_url=address, java_script_enabled=script, color_scheme=scheme, locale=language,
                viewport={"width": width, "height": 900},
            )  # fmt: skip
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            return context.new_page()

        yield make


@pytest.fixture
def known(program: Program) -> Program:
    with writing(program.engine) as connection:
        for login in ("ada", "bea"):
            person = people.find_person(connection, login)
            assert person is not None
            set_password(connection, person.id, GOOD, program.clock.now())
    return program


def sign_in(page: Any, login: str, password: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("script", [True, False])
def test_ada_signs_in_slips_once_and_signs_out(known: Program, ward: Ward, stranger: Stranger, script: bool) -> None:
    page = stranger(script=script)
    page.goto("/account")
    sign_in(page, "ada", "mistyped by a finger")
    alert = page.get_by_role("alert")
    assert "is not right" in alert.inner_text()
    assert page.get_by_label("Login").input_value() == "ada"
    if script:
        assert page.evaluate("document.activeElement.id") == "refused"
    sign_in(page, "ada", GOOD)
    assert urlsplit(page.url).path == "/account"
    expect(page.get_by_text("this one")).to_be_visible()
    page.get_by_role("button", name="Sign out").first.click()
    assert urlsplit(page.url).path == "/sign-in"
    go_back(page)
    page.reload()
    assert urlsplit(page.url).path == "/sign-in", "nothing of it was kept by the browser"


@pytest.mark.parametrize("script", [True, False])
def test_a_link_lets_somebody_choose_a_password(known: Program, stranger: Stranger, script: bool) -> None:
    with known.writing("root-admin") as desk:
        link = urlsplit(invite(desk, known.config, "cy").link).path
    page = stranger(script=script)
    page.goto(link)
    page.get_by_label("New password").fill("cy-example-cy-1")
    page.get_by_label("The same again").fill("cy-example-cy-1")
    page.get_by_role("button", name="Choose it and sign in").click()
    assert "among the first" in page.get_by_role("alert").inner_text()
    page.get_by_label("New password").fill(GOOD)
    page.get_by_label("The same again").fill(GOOD)
    page.get_by_role("button", name="Choose it and sign in").click()
    assert urlsplit(page.url).path == "/worklist"
    expect(page.get_by_text("Cy Example")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_what_was_typed_while_the_session_lapsed_is_sent_after_signing_in(
    known: Program, as_person: AsPerson, clock: FixedClock, script: bool
) -> None:
    page = as_person("root-admin", script=script)
    with writing(known.engine) as connection:
        root = people.find_person(connection, "root-admin")
        assert root is not None
        set_password(connection, root.id, GOOD, clock.now())
    page.goto("/clinic/people/new")
    page.get_by_label("Login").fill("eli")
    page.get_by_label("Name").fill("Eli „Ex“ Example & <Söhne>")
    page.get_by_label("clinician").check()
    page.get_by_label("West Clinic").check()
    clock.advance(timedelta(minutes=31))
    page.get_by_role("button", name="Let them in and make a link").click()
    expect(page.get_by_text("nothing is lost")).to_be_visible()
    assert page.get_by_label("Login").input_value() == "root-admin"
    sign_in(page, "root-admin", "wrong at first")
    expect(page.get_by_text("nothing is lost")).to_be_visible()
    sign_in(page, "root-admin", GOOD)
    expect(page.get_by_text("Eli „Ex“ Example & <Söhne>")).to_be_visible()
    page.get_by_role("button", name="Send it now").click()
    assert "/invitation/" in page.locator("p.code").inner_text()
    with known.reading("root-admin") as desk:
        eli = people.find_person(desk.connection, "eli")
    assert eli is not None
    assert (eli.name, eli.role, eli.clinic_ids) == (
        "Eli „Ex“ Example & <Söhne>",
        "clinician",
        frozenset({"west"}),
    )


@pytest.mark.parametrize("script", [True, False])
def test_an_administrator_changes_somebody_and_shuts_them_out(
    known: Program, as_person: AsPerson, script: bool
) -> None:
    ada, page = as_person("ada", script=script), as_person("root-admin", script=script)
    page.goto("/clinic/people")
    page.get_by_role("link", name="Ada Example").click()
    page.get_by_label("South Clinic").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Role and clinics changed")).to_be_visible()
    page.get_by_label("Why").fill("moved away")
    page.get_by_role("button", name="Shut out").click()
    expect(page.get_by_text("1 may not any more")).to_be_visible()
    ada.goto("/worklist")
    assert urlsplit(ada.url).path == "/sign-in"


PAGES = ("/sign-in", "/nowhere", "invitation", "/account", "/clinic/people", "/clinic/people/new", "person",
         "/clinic/readings?readings-login=ada")  # fmt: skip


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_reads_well(
    known: Program, ward: Ward, as_person: AsPerson, stranger: Stranger, find_faults: Any, scheme: str, width: int,
    language: str,
) -> None:  # fmt: skip
    with known.writing("root-admin") as desk:
        link = urlsplit(invite(desk, known.config, "cy").link).path
        ada = people.find_person(desk.connection, "ada")
        disable(desk, "bea")
    assert ada is not None
    as_person("ada").goto("/worklist")
    inside = as_person("root-admin", scheme=scheme, width=width, language=language)
    outside = stranger(scheme=scheme, width=width, language=language)
    for path in PAGES:
        page = inside if path.startswith(("/account", "/clinic")) or path == "person" else outside
        page.goto({"invitation": link, "person": f"/clinic/people/{ada.id}"}.get(path, path))
        assert find_faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_shown_after_a_lapse_reads_well(
    known: Program, as_person: AsPerson, find_faults: Any, clock: FixedClock, scheme: str, width: int
) -> None:
    page = as_person("ada", scheme=scheme, width=width)
    page.goto("/account")
    page.get_by_label("Language of your pages").select_option("de")
    clock.advance(timedelta(minutes=31))
    page.get_by_role("button", name="Save").click()
    for password in (None, "a wrong one", GOOD):
        if password:
            sign_in(page, "ada" if password != GOOD else "bea", password)
        assert find_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "typed this, not you" in page.get_by_role("alert").inner_text()
