"""F11: released schemas come up to date whole, and a killed migration leaves the old database or the new one."""

from faults import migrations
from faults.place import Place


def test_the_figures_are_met(place: Place) -> None:
    figures = migrations.run(place, size="fast")
    assert [one for one in figures if not one.is_met] == []
    assert {one.database for one in figures} == set(place.kinds)
