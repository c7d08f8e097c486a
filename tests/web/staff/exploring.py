"""Exploring: three clinics with something of everything, every address of the staff pages, and the forms on them.

Addresses come from the routes and forms from the pages, so that whatever somebody adds is tried without being asked.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile, is_zipfile

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.sql import FromClause
from starlette.testclient import TestClient

from db import people, tables
from db.dossiers import Detail
from db.engine import reading, writing
from db.people import find_person
from monitor.bootstrap import Program
from monitor.services.addresses import issue_to_patient
from monitor.services.booking import book, note_contact
from monitor.services.enrolling import Enrolment, enrol
from monitor.services.recording import record_samples
from monitor.web.staff import routes
from monitor.web.staff.endpoints import Page
from schedules.model import Infusion

CLINICS = ("north", "south", "west")
SEES: Mapping[str, frozenset[str]] = {
    "ada": frozenset({"north"}), "cy": frozenset({"west"}), "dora": frozenset({"north", "south"}),
    "vera": frozenset({"south"}), "norman": frozenset({"north", "south"}), "root-admin": frozenset(CLINICS),
}  # fmt: skip
"""By login the clinics whose patients a person may see: two nurses, a clinician, a viewer, an administrator of some
clinics and one of all."""
PARAMETER = re.compile(r"\{(\w+)(:int)?\}")
COURSE = tuple(Infusion(date(2026, 1, 12) + timedelta(days=offset)) for offset in range(5))
PLANNED = (Infusion(date(2026, 10, 26), planned=True), Infusion(date(2027, 1, 18), planned=True))


# --- The house ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class House:
    """Of each clinic: its treatments, and the references and names of its patients, which stand nowhere else."""

    treatments: Mapping[str, Sequence[int]]
    secrets: Mapping[str, Sequence[str]]

    def foreign(self, login: str) -> list[str]:
        """What that person must never see."""
        return [one for clinic in CLINICS if clinic not in SEES[login] for one in self.secrets[clinic]]

    @property
    def everything(self) -> list[str]:
        return [one for some in self.secrets.values() for one in some]


def make_house(program: Program) -> House:
    """Two patients in each clinic, one of them with samples, bookings, notes and addresses."""
    with writing(program.engine) as connection:
        people.add_person(connection, login="vera", name="Vera Example", role="viewer", clinic_ids=["south"])
        people.add_person(
            connection, login="norman", name="Norman Example", role="admin", clinic_ids=["north", "south"]
        )
    treatments: dict[str, list[int]] = {}
    secrets: dict[str, list[str]] = {}
    with program.writing("root-admin") as desk:
        for clinic in CLINICS:
            treatments[clinic], secrets[clinic] = [], []
            for mark, infusions in (("7", (*COURSE, *PLANNED)), ("8", COURSE)):
                reference, name = f"REF-{clinic.upper()}-{mark}", f"Hidden{mark} {clinic.title()}son"
                detail = Detail(name, date(1986, 3, 2), contact=f"call {clinic}-{mark} in secret")
                treatment_id, _ = enrol(
                    desk, Enrolment(clinic, reference, "alemtuzumab-eu", detail=detail, infusions=infusions)
                )
                treatments[clinic].append(treatment_id)
                secrets[clinic] += [reference, name, f"call {clinic}-{mark} in secret"]
            busy, reference = treatments[clinic][0], secrets[clinic][0]
            record_samples(desk, busy, ["blood-count"], taken_on=date(2026, 10, 12))
            book(desk, busy, ["thyroid"], on=date(2026, 11, 9))
            note_contact(desk, busy, kind="reached", text=f"noted of {clinic} in secret")
            secrets[clinic].append(f"noted of {clinic} in secret")
            issue_to_patient(desk, reference, label=f"telephone of {clinic} in secret", consented=True)
            secrets[clinic].append(f"telephone of {clinic} in secret")
    return House(treatments, secrets)


def deeds_of(program: Program) -> list[int]:
    with reading(program.engine) as connection:
        return list(connection.execute(select(tables.history.c.id)).scalars())


def people_of(program: Program) -> dict[str, int]:
    with reading(program.engine) as connection:
        found = {login: find_person(connection, login) for login in SEES}
    return {login: person.id for login, person in found.items() if person}


# --- Addresses ----------------------------------------------------------------------------------------


def list_pages() -> Sequence[Page]:
    """Every address, as the program has it at this moment."""
    return routes.PAGES


def values_of(house: House, program: Program) -> Mapping[str, Sequence[str]]:
    """What stands in a path, by the name of its part: the true things of all clinics, and nonsense."""
    treatments = [str(one) for some in house.treatments.values() for one in some]
    with reading(program.engine) as connection:
        prints = list(connection.execute(select(tables.protocol_version.c.fingerprint)).scalars())
    return {
        "treatment_id": [*treatments, "0", "99999"],
        "clinic_id": [*CLINICS, "nowhere"],
        "rule": ["blood-count", "thyroid", "blood-count-baseline", "nothing"],
        "number": ["1", "9", "0"],
        "protocol_id": ["alemtuzumab-eu", "alemtuzumab-us", "nothing", *prints],
        "person_id": [str(one) for one in people_of(program).values()],
    }


ANYTHING = ("1", "2", "3", "9", "99999", "alemtuzumab-eu", "nothing")


def fill(page: Page, pick: Callable[[str], str]) -> str:
    """The page's address with its parts put in; a word where a number belongs would be no address of ours at all."""

    def put(found: re.Match[str]) -> str:
        picked = pick(found[1])
        return picked if not found[2] or picked.isdigit() else "99999"

    return PARAMETER.sub(put, page.path)


def first_of(house: House, program: Program) -> Callable[[str], str]:
    """For each part of a path something that there is: the first patient of `north` among them."""
    known = values_of(house, program)
    return lambda name: known.get(name, ANYTHING)[0]


# --- Forms --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form, with what it would send: what stands in it, or one of its options."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenForm:
    """A form as a page shows it."""

    action: str
    method: str
    fields: tuple[Field, ...]


class Reader(HTMLParser):
    """Finds links and forms."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.forms: list[SeenForm] = []
        self._form: tuple[str, str] | None = None
        self._fields: dict[str, list[str]] = {}
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        match tag:
            case "a" if "href" in own:
                self.links.append(own["href"])
            case "form":
                self._form, self._fields = (own.get("action", ""), own.get("method", "get").lower()), {}
            case "input" | "button" | "textarea" if own.get("name"):
                self._fields.setdefault(own["name"], []).append(own.get("value", ""))
            case "select" if own.get("name"):
                self._select = own["name"]
                self._fields.setdefault(own["name"], [])
            case "option" if self._select:
                self._fields[self._select].append(own.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "form" and self._form:
            fields = tuple(Field(name, tuple(dict.fromkeys(values)) or ("",)) for name, values in self._fields.items())
            self.forms.append(SeenForm(*self._form, fields))
            self._form = None


def read_page(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def collect_forms(browser: TestClient, addresses: Sequence[str]) -> list[SeenForm]:
    """Every form that these pages show, one of each shape; its action is the page's own address if it names none."""
    found: dict[tuple[str, tuple[str, ...]], SeenForm] = {}
    for address in addresses:
        answer = browser.get(address)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        for form in read_page(answer.text).forms:
            whole = SeenForm(urlsplit(form.action or address).path, form.method, form.fields)
            found.setdefault((whole.action, tuple(field.name for field in form.fields)), whole)
    return list(found.values())


def pattern_of(page: Page) -> re.Pattern[str]:
    """What the addresses of a page look like."""
    parts = [r"\d+" if ":int" in part else r"[^/]+" if part.startswith("{") else re.escape(part)
             for part in re.split(r"(\{[^}]*\})", page.path)]  # fmt: skip
    return re.compile("".join(parts))


def forms_of(page: Page, forms: Sequence[SeenForm]) -> list[SeenForm]:
    """The forms that are sent to a page."""
    pattern = pattern_of(page)
    return [one for one in forms if one.method == "post" and pattern.fullmatch(one.action)]


# --- What is shown and what is there -------------------------------------------------------------------


def shown_by(answer: Any) -> str:
    """All that an answer says, the headers and the inside of a workbook among it."""
    content: bytes = answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    if is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    return f"{headers}\n{content.decode('utf-8', 'replace')}"


def count_rows(program: Program, *, without: Sequence[str] = ()) -> dict[str, int]:
    """The rows of every table, by name."""
    with reading(program.engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
            if name not in without
        }


def count_readings(program: Program) -> int:
    with reading(program.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(tables.read_log)).scalar_one())


State = Mapping[tuple[str, str], tuple[int, int]]


def state_of(program: Program) -> State:
    """By table and clinic how many rows belong to that clinic's patients and addresses, and the sum of revisions."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    with reading(program.engine) as connection:
        for name, source, clinic, revision in PATHS:
            counted = select(clinic, func.count(), revision).select_from(source).group_by(clinic)
            for row in connection.execute(counted):
                found[name, str(row[0])] = (int(row[1]), int(row[2] or 0))
    return found


def of_clinics(state: State, clinics: frozenset[str]) -> State:
    return {key: value for key, value in state.items() if key[1] in clinics}


def _paths() -> Iterator[tuple[str, FromClause, ColumnElement[Any], ColumnElement[Any]]]:
    """From each table to the clinic whose it is, as its foreign keys lead there."""
    # Of whom something was read, and where a person works, is not the clinic's own.
    aside = {"read_log", "person_clinic"}
    for name, table in tables.metadata.tables.items():
        if name in aside or (found := _way(table, table, seen=(table,))) is None:
            continue
        source, clinic = found
        revision = func.sum(table.c.revision) if "revision" in table.c else func.count()
        yield name, source, clinic, revision


def _way(table: Table, source: FromClause, seen: tuple[Table, ...]) -> tuple[FromClause, ColumnElement[Any]] | None:
    if table.name == "clinic":
        return source, table.c.id
    if "clinic_id" in table.c:
        return source, table.c.clinic_id
    for column in table.c:
        for key in column.foreign_keys:
            other = key.column.table
            if other in seen or other.name == "person":
                continue
            found = _way(other, source.join(other, column == key.column), (*seen, other))
            if found is not None:
                return found
    return None


PATHS = list(_paths())
