"""Adherence: what counts as done in time, late and missed, by examples worked out by hand."""

from datetime import date

import pytest

from schedules.adherence import Month, Share, Standing, Tally, months_before, series_of, standing_of
from schedules.model import Settlement

OPENS, CLOSES, TODAY = date(2026, 5, 5), date(2026, 5, 19), date(2026, 11, 2)


@pytest.mark.parametrize(
    ("settlement", "settled_on", "counts_as"),
    [
        (Settlement.DONE, date(2026, 5, 5), Standing.IN_WINDOW),  # the first day of the window
        (Settlement.DONE, date(2026, 5, 12), Standing.IN_WINDOW),
        (Settlement.DONE, date(2026, 5, 19), Standing.IN_WINDOW),  # the last
        (Settlement.DONE, date(2026, 5, 20), Standing.LATE),
        (Settlement.DONE, date(2026, 9, 1), Standing.LATE),
        (Settlement.DONE, date(2026, 5, 4), Standing.LATE),  # a person said that the sample was for this check
        (Settlement.OPEN, None, Standing.MISSED),
        (Settlement.SUPERSEDED, date(2026, 6, 12), Standing.MISSED),
        (Settlement.WAIVED, None, None),
        (Settlement.BEFORE_RECORD, None, None),
        (Settlement.DISCHARGED, None, None),
        (Settlement.WITHDRAWN, None, None),
    ],
)
def test_what_a_check_counts_as(settlement: Settlement, settled_on: date | None, counts_as: Standing | None) -> None:
    assert standing_of(settlement, OPENS, CLOSES, settled_on, TODAY) is counts_as


@pytest.mark.parametrize(("today", "counts"), [(date(2026, 5, 19), False), (date(2026, 5, 20), True)])
def test_a_check_counts_once_its_window_has_closed(today: date, counts: bool) -> None:
    early = standing_of(Settlement.DONE, OPENS, CLOSES, date(2026, 5, 6), today)
    still_open = standing_of(Settlement.OPEN, OPENS, CLOSES, None, today)
    assert (early is not None, still_open is not None) == (counts, counts)


def test_the_last_months_are_the_present_one_and_those_before() -> None:
    assert months_before(date(2027, 2, 28), 4) == [Month(2026, 11), Month(2026, 12), Month(2027, 1), Month(2027, 2)]
    assert len(months_before(TODAY, 24)) == 24


def test_the_rules_add_up_to_the_whole() -> None:
    may, june = Month(2026, 5), Month(2026, 6)
    tallies = [
        Tally("liver", may, Standing.IN_WINDOW, 8),
        Tally("liver", may, Standing.LATE, 1),
        Tally("liver", june, Standing.MISSED, 1),
        Tally("thyroid", may, Standing.IN_WINDOW, 3),
    ]
    everything, (thyroid, liver) = series_of(tallies, [may, june], order=["thyroid", "liver"])
    assert (thyroid.rule, liver.rule) == ("thyroid", "liver")
    assert everything.months == ((may, Share(11, 1, 0)), (june, Share(0, 0, 1)))
    assert liver.whole == Share(8, 1, 1)
    assert liver.whole.of_all == 0.8
    assert everything.whole == liver.whole + thyroid.whole == Share(11, 1, 1)
    assert thyroid.months[1][1].of_all is None  # nothing was to be done in June
