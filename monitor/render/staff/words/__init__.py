"""Words: every sentence of the staff pages, a module for each part, English and German side by side."""

from collections.abc import Mapping

from monitor.render.staff.words import (
    account,
    clinic,
    course,
    deeds,
    enrol,
    frame,
    patient,
    protocol,
    shared,
    sign_in,
    states,
    worklist,
)

Words = Mapping[str, Mapping[str, str]]
"""By language, then by key."""


def merge(*parts: Words) -> dict[str, dict[str, str]]:
    """All parts together. A key belongs to one part alone, and stands in both languages."""
    merged: dict[str, dict[str, str]] = {"en": {}, "de": {}}
    for part in parts:
        if part["en"].keys() != part["de"].keys():
            raise AssertionError(f"only in one language: {sorted(part['en'].keys() ^ part['de'].keys())}")
        for language, own in merged.items():
            if twice := own.keys() & part[language].keys():
                raise AssertionError(f"said twice: {sorted(twice)}")
            own.update(part[language])
    return merged


PARTS = (frame, states, shared, deeds, sign_in, account, worklist, patient, course, enrol, protocol, clinic)
WORDS = merge(*(part.WORDS for part in PARTS))
