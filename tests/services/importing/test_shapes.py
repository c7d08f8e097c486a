"""Every shape in which hospitals export a list gives the same record."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from schedules.errors import FileRefused

ROWS = (
    ("INV-1", date(2024, 1, 8), date(2024, 1, 12), date(1988, 3, 2), "female", "Müller-Beispiel, Ädne"),
    ("INV-1", date(2025, 1, 13), date(2025, 1, 15), None, "", ""),
    ("INV-2", date(2026, 11, 30), date(2026, 12, 4), date(1990, 12, 31), "male", "Straße, Olaf"),
)
HEADINGS = {
    "en": ("Reference", "First day", "LAST_DAY", "Birth date", "Sex", "Name"),
    "de": ("Patienten-Nr.", "erster Tag", "letzter Tag", "Geburtsdatum", "Geschlecht", "Name"),
}
SEXES = {"en": {"female": "f", "male": "male", "": ""}, "de": {"female": "weiblich", "male": "Mann", "": ""}}
FORMS = {"iso": "%Y-%m-%d", "dotted": "%d.%m.%Y", "slashed": "%d/%m/%Y", "timed": "%Y-%m-%d 00:00:00"}


def in_order(fact: tuple[object, ...]) -> list[str]:
    """As the fixture `holding` sorts."""
    return [str(value) for value in fact]


EXPECTED: dict[str, list[tuple[object, ...]]] = {
    "INV-1": sorted(
        [
            *(("infusion", date(2024, 1, day), False, None) for day in range(8, 13)),
            *(("infusion", date(2025, 1, day), False, None) for day in range(13, 16)),
            ("assignment", [], date(2026, 11, 2)),
            ("detail", "Müller-Beispiel, Ädne", date(1988, 3, 2), "female", None, None),
        ],
        key=in_order,
    ),
    "INV-2": sorted(
        [
            ("infusion", date(2026, 11, 30), True, None),
            *(("infusion", date(2026, 12, day), True, None) for day in range(1, 5)),
            ("assignment", [], None),
            ("detail", "Straße, Olaf", date(1990, 12, 31), "male", None, None),
        ],
        key=in_order,
    ),
}


def text(form: str, delimiter: str, language: str) -> str:
    lines = [delimiter.join(HEADINGS[language])]
    for reference, first, last, born, sex, name in ROWS:
        days = [day.strftime(FORMS[form]) if day else "" for day in (first, last, born)]
        cells = [reference, *days, SEXES[language][sex], f'"{name}"' if name else ""]
        lines.append(delimiter.join(cells))
    return "\r\n".join([*lines, ""])


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_delimiter_encoding_and_form_of_date(take_in, holding, form, delimiter, encoding):
    language = "de" if delimiter == ";" else "en"
    content = text(form, delimiter, language).encode(encoding)
    take_in(content, date_format="dd/mm/yyyy" if form == "slashed" else None)
    assert holding() == EXPECTED


def test_the_same_on_both_databases(take_in, holding):
    take_in(text("iso", ",", "en"))
    assert holding() == EXPECTED


def workbook(*, as_days: bool) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS["de"])
    for reference, *days, sex, name in ROWS:
        cells = [day if as_days or day is None else day.isoformat() for day in days]
        sheet.append([reference, *cells, sex, name])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("as_days", [True, False])
def test_a_workbook(take_in, holding, as_days):
    take_in(workbook(as_days=as_days), name="list.xlsx")
    assert holding() == EXPECTED


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "cells",
    [
        "2024-01-08..2024-01-12",
        "08.01.2024 - 12.01.2024",
        "08.01.2024-12.01.2024",
        "8.1.2024 bis 12.1.2024",
        "2024-01-08 to 2024-01-12",
        "2024-01-08 – 2024-01-12",
    ],
)
def test_a_range_in_one_cell(take_in, holding, cells):
    take_in(f"reference;Infusion\nINV-1;{cells}\n")
    days = [fact[1] for fact in holding()["INV-1"] if fact[0] == "infusion"]
    assert days == [date(2024, 1, day) for day in range(8, 13)]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_row_a_day_scattered_over_the_file_is_the_same_as_a_range(take_in, holding):
    days = [f"INV-{patient},2024-01-{day:02}" for day in range(8, 13) for patient in (1, 2)]
    take_in("\n".join(["reference,infusion", *days]))
    assert [fact for fact in holding()["INV-1"] if fact[0] == "infusion"] == [
        ("infusion", date(2024, 1, day), False, None) for day in range(8, 13)
    ]
    assert len(holding()) == 2


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_line_that_names_the_delimiter_and_empty_lines_are_passed_over(take_in, holding):
    take_in("sep=;\nreference;infusion\n;\n\nINV-1;2024-01-08\n")
    assert list(holding()) == ["INV-1"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\xff\xfer\x00e\x00f\x00", "cannot be read"),
        (b"PK\x03\x04 cut off", "cannot be read"),
        (b"reference,infusion\nINV-1,\x8124\n", "cannot be read"),
        (b"colour,size\nred,3\n", "headings"),
        (b'reference,infusion\nINV-1,"2024-01-08\nINV-2,2024-01-09\n', "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_whole(take_in, holding, content, sentence):
    with pytest.raises(FileRefused, match=sentence):
        take_in(content, accept_good_rows=True)
    assert holding() == {}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_slashes_where_only_one_reading_is_possible(take_in, holding):
    take_in("reference,infusion\nINV-1,25/03/2024\nINV-2,03/25/2024\nINV-3,05/05/2024\n")
    days = {reference: fact[1] for reference, facts in holding().items() for fact in facts if fact[0] == "infusion"}
    assert days == {"INV-1": date(2024, 3, 25), "INV-2": date(2024, 3, 25), "INV-3": date(2024, 5, 5)}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("date_format", "expected"), [("dd/mm/yyyy", date(2024, 4, 3)), ("mm/dd/yyyy", date(2024, 3, 4))]
)
def test_a_date_format_settles_what_slashes_mean(take_in, holding, date_format, expected):
    take_in("reference,infusion\nINV-1,03/04/2024\n", date_format=date_format)
    assert [fact[1] for fact in holding()["INV-1"] if fact[0] == "infusion"] == [expected]
