"""A file that comes again changes nothing; one that knows more adds just that, and nothing comes back from the past."""

from datetime import date, timedelta

import pytest

from monitor.services import enrolling
from monitor.services.verifying import list_treatment_ids, verify
from schedules.errors import FileRefused
from schedules.model import Infusion

LIST = """reference,infusion,birth_date,sex,contact
INV-1,2024-01-08..2024-01-12,1988-03-02,f,0123 invented
INV-1,2025-01-13..2025-01-15,,,
INV-2,2026-12-07..2026-12-11,,,
"""


def test_the_same_file_twice_changes_nothing(take_in, dump):
    first = take_in(LIST)
    assert (first.counts.patients_added, first.counts.infusions_added) == (2, 13)
    before = dump()
    second = take_in(LIST)
    assert (second.counts.patients_unchanged, second.counts.is_change) == (2, False)
    assert dump() == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_dry_run_says_the_same_and_keeps_nothing(take_in, dump):
    before = dump()
    tried = take_in(LIST, dry_run=True)
    assert dump() == before
    done = take_in(LIST)
    assert (tried.counts, tried.saved, done.saved) == (done.counts, False, True)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_import_stands_in_the_history_and_among_the_imports(take_in, dump):
    take_in(LIST, reason="start of the invented clinic")
    take_in("reference,infusion\nINV-1,2026-02-02\n", name="more.csv")
    rows = dump()
    assert sorted(row[1] for row in rows["import_run"]) == ["list.csv", "more.csv"]
    deeds = [row[6:9] for row in rows["history"] if row[6] == "import"]
    assert ("import", "INV-1: alemtuzumab-eu", "start of the invented clinic") in deeds
    assert ("import", "infusions added: 2026-02-02", "import of more.csv") in deeds


def test_what_was_imported_can_be_rebuilt(take_in, desk_of):
    take_in(LIST)
    take_in("reference,infusion\nINV-1,2026-02-02..2026-02-04\n")
    with desk_of("root-admin") as desk:
        assert not list(verify(desk, list_treatment_ids(desk)))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_planned_infusion_that_was_given_is_confirmed(take_in, holding, clock):
    take_in(LIST)
    clock.advance(timedelta(days=60))
    report = take_in(LIST)
    assert (report.counts.infusions_confirmed, report.counts.infusions_added) == (5, 0)
    assert [fact[1:3] for fact in holding()["INV-2"] if fact[0] == "infusion"] == [
        (date(2026, 12, day), False) for day in range(7, 12)
    ]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_day_that_the_file_lacks_is_left_alone(take_in, holding):
    take_in(LIST)
    before = holding()
    take_in("reference,infusion\nINV-1,2024-01-08..2024-01-12\n")
    assert holding() == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_changed_details_are_entered_and_flagged_without_their_content(take_in, holding):
    take_in(LIST)
    changed = "reference,infusion,birth_date,sex\nINV-1,2024-01-08,1988-03-20,m\n"
    with pytest.raises(FileRefused) as refused:  # the rules for women go, and one of their checks is due
        take_in(changed)
    assert "hpv-takeover/1" in refused.value.problems[0].message
    report = take_in(changed, confirm_losses=True)
    assert report.changed == [("INV-1", "changed: birth_date, sex")]
    assert [str(one).partition(" warning: ")[2] for one in report.flags] == [
        "birth_date: The record of 'INV-1' said otherwise; the file's word holds now.",
        "sex: The record of 'INV-1' said otherwise; the file's word holds now.",
    ]
    detail = next(fact for fact in holding()["INV-1"] if fact[0] == "detail")
    assert detail == ("detail", None, date(1988, 3, 20), "male", None, "0123 invented")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_infusion_that_a_nurse_corrected_does_not_come_back(take_in, desk_of, holding):
    take_in(LIST)
    with desk_of("ada") as desk:
        treatment_id = enrolling.get_treatment_id(desk, "INV-1")
        enrolling.correct_infusion(
            desk, treatment_id, date(2025, 1, 15), becomes=Infusion(date(2025, 1, 16)), reason="typing error"
        )
    before = holding()
    with pytest.raises(FileRefused) as refused:
        take_in(LIST)
    (problem,) = refused.value.problems
    assert problem.message == "infusion: 2025-01-15 was corrected or withdrawn in the record."
    assert holding() == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_day_in_the_record_as_given_is_not_made_planned(take_in):
    take_in(LIST)
    with pytest.raises(FileRefused) as refused:
        take_in("reference,infusion,status\nINV-1,2025-01-15,planned\n")
    assert [one.message for one in refused.value.problems] == ["status: The record has 2025-01-15 as given."]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_check_that_would_be_lost_needs_a_confirmation_of_its_own(take_in, holding):
    """The closing visit of 2026-10-20 is overdue; an infusion on 2026-10-15 would make of it the check of November."""
    take_in("reference,infusion,followed_here_from\nINV-1,2021-10-01,2021-10-01\nINV-1,2022-10-20,\n")
    before = holding()
    more = "reference,infusion\nINV-1,2026-10-15\n"
    with pytest.raises(FileRefused) as refused:
        take_in(more)
    (problem,) = refused.value.problems
    assert "would withdraw or postpone" in problem.message
    assert "--confirm-losses" in problem.hint
    assert holding() == before
    report = take_in(more, confirm_losses=True)
    assert report.losses
    assert report.counts.infusions_added == 1


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_patient_of_another_clinic_is_refused_and_the_clinic_is_not_named(take_in, holding):
    take_in(LIST)
    before = holding()
    with pytest.raises(FileRefused) as refused:
        take_in(LIST, by="cy", clinic="west")
    messages = [one.message for one in refused.value.problems]
    assert messages == ["The record has 'INV-1' in another clinic.", "The record has 'INV-2' in another clinic."]
    assert holding() == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_good_rows_alone_leave_out_a_patient_with_a_problem_whole(take_in, holding):
    report = take_in(
        "reference,infusion\nINV-1,2024-01-08\nINV-1,2024-01-32\nINV-2,2024-01-08\n", accept_good_rows=True
    )
    assert list(holding()) == ["INV-2"]
    assert report.left_out == ["INV-1"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_takes_over_answers_from_today_on_and_who_begins_from_the_beginning(take_in, holding):
    take_in("reference,infusion\nINV-1,2024-01-08\nINV-2,2026-11-02\nINV-3,2026-12-01\n")
    since = {name: fact[2] for name, facts in holding().items() for fact in facts if fact[0] == "assignment"}
    assert since == {"INV-1": date(2026, 11, 2), "INV-2": None, "INV-3": None}
