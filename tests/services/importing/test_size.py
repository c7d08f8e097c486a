"""No file is too long: what is read waits on disk, and what is written leaves memory at once."""

import tracemalloc
from pathlib import Path

import pytest

from monitor.services.importing.spooling import spool
from schedules.errors import FileRefused

on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def write(file: Path, patients: int) -> Path:
    lines = (f"INV-{number:05},2024-01-{8 + number % 20:02}\n" for number in range(patients))
    with file.open("w", encoding="utf-8") as out:
        out.write("reference,infusion\n")
        out.writelines(lines)
    return file


def peak(act) -> float:
    """Megabytes."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@on_sqlite
def test_four_times_the_patients_take_no_more_memory(take_in, tmp_path):
    small, large = (write(tmp_path / f"{count}.csv", count) for count in (60, 240))
    take_in(write(tmp_path / "first.csv", 1))  # what is read once for good
    one = peak(lambda: take_in(small, dry_run=True))
    other = peak(lambda: take_in(large, dry_run=True))
    assert other < one + 3, (one, other)  # the plans of 180 patients take ten times that


def test_reading_alone_takes_no_more_memory_for_a_hundred_times_the_rows(tmp_path):
    def read(patients: int) -> None:
        with spool(write(tmp_path / "list.csv", patients), defaults={"clinic": "north", "protocol": "x"}) as read:
            assert sum(len(group.rows) for group in read.staging.list_groups()) == patients

    read(10)
    assert peak(lambda: read(4_000)) < peak(lambda: read(200)) + 2


@on_sqlite
def test_a_cell_of_a_novel_is_refused_with_its_place(take_in, holding):
    with pytest.raises(FileRefused) as refused:
        take_in(f"reference,infusion,contact\nINV-1,2024-01-08,{'x' * 10_001}\n")
    (problem,) = refused.value.problems
    assert (problem.line, problem.column) == (2, 3)
    assert "10001 characters" in problem.message
    assert "xxx" not in str(problem)
    assert holding() == {}
