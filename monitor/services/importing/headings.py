"""Headings: what people call a column or write into a cell, in English and German, and what we call it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from schedules.problems import Problem, Severity


class Kind(StrEnum):
    """What a file holds; one file holds one kind."""

    INFUSIONS = "infusions"
    SAMPLES = "samples"


WORDS: Mapping[str, str] = {
    "reference": "ref patient patient_id patient_reference patient_number referenz kennung patientenkennung "
    "patientennummer patienten_nr pat_nr",
    "clinic": "clinic_id site centre center klinik ambulanz standort zentrum",
    "protocol": "protocol_id protokoll schema plan treatment drug medikament wirkstoff",
    "infusion": "infusions infusion_day infusion_days infusion_date infused_on date day infusionstag infusionstage "
    "infusionsdatum datum tag gabe",
    "first_day": "first first_infusion start start_date starts_on erster_tag von beginn erste_infusion",
    "last_day": "last last_infusion end end_date ends_on letzter_tag bis ende letzte_infusion",
    "status": "state given_or_planned zustand",
    "course": "course_number cycle kurs zyklus behandlungsphase phase",
    "birth_date": "born born_on date_of_birth dob geburtsdatum geburtstag geboren geboren_am geb_datum",
    "sex": "gender geschlecht",
    "name": "patient_name full_name patientenname",
    "language": "lang sprache",
    "contact": "phone telephone email contact_details kontakt telefon kontaktdaten",
    "overlays": "overlay additions zusatz zusätze ergänzungen",
    "followed_here_from": "followed_from here_since in_betreuung_ab hier_seit übernommen_am betreut_ab",
    "test": "check rule family examination untersuchung kontrolle probe",
    "day": "date taken_on sample_day sample_date performed_on datum tag abnahme abnahmetag abnahmedatum "
    "untersuchungsdatum entnahmedatum",
    "performed_by": "by taken_by laboratory lab durchgeführt_von abgenommen_von labor",
}
COLUMNS: Mapping[Kind, Sequence[str]] = {
    Kind.INFUSIONS: (
        "clinic", "reference", "protocol", "infusion", "first_day", "last_day", "status", "course", "birth_date", "sex",
        "name", "language", "contact", "overlays", "followed_here_from",
    ),
    Kind.SAMPLES: ("reference", "test", "day", "performed_by"),
}  # fmt: skip


def plain(word: str) -> str:
    """A heading or a word without case, spaces, hyphens and the like: "Birth date " is "birthdate"."""
    return "".join(character for character in word.casefold() if character.isalnum())


def _names(kind: Kind) -> dict[str, str]:
    """Every known word of a kind of file and the column that it means."""
    return {plain(word): column for column in COLUMNS[kind] for word in (column, *WORDS[column].split())}


NAMES = {kind: _names(kind) for kind in Kind}
ANY_NAME = NAMES[Kind.INFUSIONS] | NAMES[Kind.SAMPLES]
SAMPLE_WORDS = {plain(word) for word in ("test", *WORDS["test"].split())}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each column stands in the file, and what the file calls it."""

    file: str
    kind: Kind
    places: Mapping[str, int]
    headings: Sequence[str]

    def error(self, line: int, column: str, message: str, hint: str = "") -> Problem:
        """A problem with a cell; the message begins with the heading as the file writes it."""
        return self._problem(line, column, message, hint, Severity.ERROR)

    def warning(self, line: int, column: str, message: str, hint: str = "") -> Problem:
        return self._problem(line, column, message, hint, Severity.WARNING)

    def _problem(self, line: int, column: str, message: str, hint: str, severity: Severity) -> Problem:
        place = self.places.get(column)
        if place is None:
            return Problem(self.file, line, 0, message, hint, severity)
        return Problem(self.file, line, place + 1, f"{self.headings[place]}: {message}", hint, severity)


def recognise(headings: Sequence[str]) -> int:
    """How many of these words are headings that we know."""
    return sum(plain(heading) in ANY_NAME for heading in headings)


def lay_out(
    file: str,
    line: int,
    headings: Sequence[str],
    *,
    defaults: Mapping[str, str | None],
    needed: Sequence[str] = ("clinic", "protocol"),
) -> tuple[Layout, list[Problem]]:
    """Which column is which, and what is wrong with the headings; a column with a default may be left out.

    `needed` are the columns that a list of infusions needs beside the reference and the days.
    """
    kind = Kind.SAMPLES if any(plain(heading) in SAMPLE_WORDS for heading in headings) else Kind.INFUSIONS
    names = NAMES[kind]
    places: dict[str, int] = {}
    problems = []
    for place, heading in enumerate(headings):
        column = names.get(plain(heading))
        if column is None:
            if heading:
                problems.append(_unknown(file, line, place, heading, names))
        elif column in places:
            message = f"{heading}: this column means the same as '{headings[places[column]]}'."
            problems.append(Problem(file, line, place + 1, message, "Leave one of them out."))
        else:
            places[column] = place
    wanted = ("reference", "day") if kind is Kind.SAMPLES else ("reference", *needed)
    if kind is Kind.INFUSIONS:
        problems += _check_days(file, line, places)
    for column in wanted:
        if column not in places and not defaults.get(column):
            hint = (
                f"Add the column, or say --{column} ID for the whole file." if column in defaults else "Add the column."
            )
            problems.append(Problem(file, line, 0, f"The column '{column}' is missing.", hint))
    return Layout(file, kind, places, headings), problems


def _unknown(file: str, line: int, place: int, heading: str, names: Mapping[str, str]) -> Problem:
    """A column that we do not read is no fault, but a mistyped heading must not vanish unseen."""
    # Nearer than a guess at an id has to be: most columns of an export are simply none of ours.
    meant = get_close_matches(plain(heading), names, n=1, cutoff=0.75)
    hint = f"Did you mean '{names[meant[0]]}'?" if meant else ""
    message = f"{_cut(heading)}: this column is not read."
    return Problem(file, line, place + 1, message, hint, Severity.WARNING)


def _check_days(file: str, line: int, places: Mapping[str, int]) -> list[Problem]:
    """A list of infusions says the days in one column or in two, not in both ways and not in none."""
    match "infusion" in places, "first_day" in places:
        case True, True:
            message = "There are both 'infusion' and 'first_day'."
            hint = "Give a day or a range in one column, or the first and the last day in two."
        case False, False:
            message = "No column says on which day the infusion was, or which test was done."
            hint = "Infusions have 'infusion', or 'first_day' and 'last_day'; samples have 'test' and 'day'."
        case _:
            return []
    return [Problem(file, line, 0, message, hint)]


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
