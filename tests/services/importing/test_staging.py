"""Staging: whatever the order of a file, each patient's rows come back together and in their order."""

from hypothesis import given
from hypothesis import strategies as st

from db.staging import Staging

rows = st.lists(st.tuples(st.text(min_size=1, max_size=3), st.integers(-5, 5)), max_size=30)


@given(rows, st.sets(st.text(min_size=1, max_size=3), max_size=3))
def test_every_row_comes_back_once_with_its_patient(rows, spoilt):
    with Staging() as staging:
        for line, (reference, value) in enumerate(rows, start=2):
            staging.add(reference, line, [line, reference, value])
        for reference in spoilt:
            staging.spoil(reference)
        staging.finish()
        groups = list(staging.list_groups())
        assert len(groups) == staging.count_patients() == len({reference for reference, _ in rows} | spoilt)
        assert all(staging.holds(group.reference) for group in groups)
        assert not staging.holds("nobody")
    expected: dict[str, list[list[object]]] = {reference: [] for reference in spoilt}
    for line, (reference, value) in enumerate(rows, start=2):
        expected.setdefault(reference, []).append([line, reference, value])
    assert {group.reference: list(group.rows) for group in groups} == expected
    assert {group.reference for group in groups if group.is_spoilt} == spoilt
