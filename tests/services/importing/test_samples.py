"""Past samples let a clinic start in the middle of a follow-up: no false alarm, and no false calm."""

from datetime import date

import pytest

from db import checks, worklists
from schedules.errors import FileRefused
from schedules.model import Settlement
from schedules.status import State, state_of

TODAY = date(2026, 11, 2)
# Monthly checks fall on the 12th; those of October 2026 and earlier closed before today.
INFUSIONS = "reference,infusion,sex\nINV-1,2024-01-08..2024-01-12,male\n"
FAMILIES = ("blood-count", "creatinine", "urinalysis", "liver", "thyroid", "skin")

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def pressing(look_as) -> dict[str, list[State]]:
    """What is due or overdue, by rule."""
    found: dict[str, list[State]] = {}
    with look_as("ada") as desk:
        for rows in worklists.list_pressing(desk.connection, TODAY, clinic_ids=["north"]).values():
            for check, _ in rows:
                if (state := state_of(check, TODAY)) in {State.DUE, State.OVERDUE}:
                    found.setdefault(check.rule, []).append(state)
    return found


def samples(*rows: str) -> str:
    return "\n".join(["Patient;Untersuchung;Datum", *rows, ""])


def test_without_samples_every_family_asks_for_one_today_and_nothing_is_overdue(take_in, look_as):
    take_in(INFUSIONS)
    found = pressing(look_as)
    assert {"blood-count-takeover", "thyroid-takeover"} <= found.keys()
    assert all(rule.endswith("-takeover") and states == [State.DUE] for rule, states in found.items())


def test_a_recent_sample_of_every_family_leaves_nothing_to_do(take_in, look_as):
    take_in(INFUSIONS)
    recent = [f"INV-1;{family};13.10.2026" for family in FAMILIES]
    report = take_in(samples(*recent))
    assert report.counts.samples_added == len(FAMILIES)
    assert pressing(look_as) == {}


def test_an_old_sample_is_no_false_calm(take_in, look_as):
    take_in(INFUSIONS)
    take_in(samples(*(f"INV-1;{family};13.10.2026" for family in FAMILIES if family != "blood-count")))
    take_in(samples("INV-1;blood-count;12.05.2026"))
    assert pressing(look_as) == {"blood-count-takeover": [State.DUE]}


def test_the_sample_of_a_month_settles_the_check_of_that_month(take_in, look_as):
    take_in(INFUSIONS)
    take_in(samples("INV-1;blood-count;13.10.2026"))
    with look_as("ada") as desk:
        rows = {row.key: row for row in checks.list_checks(desk.connection, [1])[1]}
    done = [row for row in rows.values() if row.settlement is Settlement.DONE]
    assert [(row.rule, row.due_on, row.settled_on) for row in done] == [
        ("blood-count", date(2026, 10, 12), date(2026, 10, 13))
    ]


@pytest.mark.parametrize("word", ["blood-count", "Blood Count", "BLOOD_COUNT", "blood-count-baseline"])
def test_a_test_by_the_id_of_its_rule_or_family(take_in, holding, word):
    take_in(INFUSIONS)
    take_in(samples(f"INV-1;{word};2026-10-13"))
    assert ("sample", "blood-count", date(2026, 10, 13), None) in holding()["INV-1"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_test_by_its_title(take_in, holding, candidates, language):
    title = next(rule.title[language] for rule in candidates[0].protocol.rules if rule.id == "thyroid")
    take_in(INFUSIONS)
    take_in(samples(f'INV-1;"{title}";2026-10-13'))
    assert ("sample", "thyroid", date(2026, 10, 13), None) in holding()["INV-1"]


def test_the_same_samples_twice_change_nothing(take_in, dump):
    take_in(INFUSIONS)
    rows = samples("INV-1;blood-count;13.10.2026", "INV-1;blood-count;13.10.2026", "INV-1;thyroid;13.10.2026")
    assert take_in(rows).counts.samples_added == 2
    before = dump()
    assert take_in(rows).counts.patients_unchanged == 1
    assert dump() == before


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        ("INV-1;blood-count;03.11.2026", "Datum: 2026-11-03 lies in the future", "booking"),
        ("INV-1;blod-count;13.10.2026", "Untersuchung: 'blod-count' is no test", "Did you mean 'blood-count'?"),
        ("INV1;blood-count;13.10.2026", "Patient: There is no patient 'INV1'", "Did you mean 'INV-1'?"),
        ("INV-1;;13.10.2026", "Untersuchung: This cell is empty.", "Every row needs it."),
        ("INV-1;blood-count;", "Datum: This cell is empty.", "Every row needs it."),
    ],
)
def test_what_is_refused(take_in, holding, row, message, hint):
    take_in(INFUSIONS)
    before = holding()
    with pytest.raises(FileRefused) as refused:
        take_in(samples(row))
    (problem,) = refused.value.problems
    assert problem.message.startswith(message)
    assert hint in problem.hint
    assert holding() == before


def test_a_sample_before_birth_is_refused(take_in):
    take_in("reference,infusion,birth_date\nINV-1,2024-01-08,2000-01-01\n")
    with pytest.raises(FileRefused) as refused:
        take_in(samples("INV-1;blood-count;1999-12-31"))
    assert [one.message for one in refused.value.problems] == [
        "Datum: 1999-12-31 lies before the birth date of the record."
    ]


def test_cy_sees_and_changes_nobody_of_another_clinic(take_in, holding):
    take_in(INFUSIONS)
    before = holding()
    with pytest.raises(FileRefused) as refused:
        take_in(samples("INV-1;blood-count;13.10.2026"), by="cy")
    (problem,) = refused.value.problems
    assert (problem.message, problem.hint) == (
        "Patient: There is no patient 'INV-1' in your clinics.",
        "Import the infusions first.",
    )
    assert holding() == before
