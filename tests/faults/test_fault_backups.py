"""F12: copies made while others write are sound and whole, and can be put back."""

from faults import backups
from faults.place import Place


def test_the_figures_are_met(place: Place) -> None:
    figures = backups.run(place, size="fast")
    assert [one for one in figures if not one.is_met] == []
    assert {one.database for one in figures} == set(place.kinds)
