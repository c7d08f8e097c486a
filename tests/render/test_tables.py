"""CSV and XLSX: no cell acts as a formula, and the same rows give the same bytes."""

import csv
from datetime import date, datetime
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from monitor.render.tables import FIRST_DAY, Cell, safe_cell, write_csv, write_xlsx

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "=cmd|' /C calc'!A0", "\x00=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_be_a_formula_gets_an_apostrophe(text: str):
    assert str(safe_cell(text)).startswith("'")


@pytest.mark.parametrize("value", ["Blood", "a=b", "", "2024-01-08", -3, 1.5, date(2024, 1, 8), None])
def test_everything_else_stays_as_it_is(value: Cell):
    assert safe_cell(value) == value


@given(st.text())
def test_no_text_ever_begins_a_formula(text: str):
    assert not str(safe_cell(text)).lstrip().startswith(("=", "+", "-", "@"))


@given(st.lists(st.lists(st.one_of(st.none(), st.text(), st.integers(), st.dates()), min_size=2, max_size=4)))
def test_csv_reads_back(rows: list[list[Cell]]):
    out = StringIO(newline="")
    write_csv(rows, out)
    found = list(csv.reader(StringIO(out.getvalue(), newline="")))
    assert found == [["" if cell is None else str(safe_cell(cell)) for cell in row] for row in rows]


def _book(rows: list[list[Cell]]) -> bytes:
    out = BytesIO()
    write_xlsx(rows, out)
    return out.getvalue()


def test_xlsx_reads_back_with_its_types_and_without_formulas():
    rows: list[list[Cell]] = [["What", "When", "How many"], ["Blood", date(2024, 1, 8), 3]]
    formulas: list[list[Cell]] = [[text, None, 1] for text in FORMULAS]
    sheet = load_workbook(BytesIO(_book([*rows, *formulas]))).active
    assert sheet is not None
    found = list(sheet.iter_rows())
    assert [cell.value for cell in found[0]] == rows[0]
    assert found[0][0].font.bold
    assert found[1][1].value == datetime(2024, 1, 8)  # noqa: DTZ001
    assert {cell.data_type for row in found for cell in row} <= {"s", "n", "d"}


def test_xlsx_is_the_same_twice():
    rows: list[list[Cell]] = [["a", "b"], ["ä😀", date(2024, 1, 8)]]
    assert _book(rows) == _book(rows)


WRITABLE = st.one_of(
    st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.integers(-(10**9), 10**9), st.dates()
)


@given(st.lists(st.lists(WRITABLE, min_size=2, max_size=4), min_size=1, max_size=8))
def test_xlsx_reads_back_what_was_written(rows: list[list[Cell]]):
    sheet = load_workbook(BytesIO(_book(rows))).active
    assert sheet is not None
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            assert cell.data_type != "f"
            found = cell.value.date() if isinstance(cell.value, datetime) else cell.value
            wanted = safe_cell(value)
            if isinstance(wanted, date) and wanted < FIRST_DAY:
                wanted = wanted.isoformat()
            assert (found or None) == (wanted or None)
