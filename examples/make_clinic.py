"""Writes the files of an invented clinic group: the same ones for the same day, whenever it is run."""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from io import BytesIO, StringIO, TextIOWrapper
from itertools import groupby
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from examples.acting import COLUMNS, Act, list_acts
from examples.inventing import STARTED_DAYS_AGO, Patient, Phase, invent
from examples.sampling import Story, tell
from monitor.protocols import load_files
from monitor.render.tables import Cell, write_csv, write_xlsx
from schedules.model import Infusion

MADE_FOR = date(2026, 11, 2)
"""The day for which the files in examples/clinic are made."""

HERE = Path(__file__).resolve().parent / "clinic"
GERMAN = {"female": "w", "male": "m", "given": "gegeben", "planned": "geplant"}
Rows = Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Group:
    """The clinics as they stand on a day: what happened, and what was entered since the program is in use."""

    today: date
    stories: Sequence[Story]
    acts: Sequence[Act]

    @property
    def started_on(self) -> date:
        return self.today - timedelta(days=STARTED_DAYS_AGO)


def invent_group(today: date) -> Group:
    library = load_files()
    stories = [tell(patient, library, today) for patient in invent(today)]
    return Group(today, stories, list_acts(stories, today))


def make(group: Group) -> dict[str, bytes]:
    """Every file by its name."""
    stories, acts, started_on = group.stories, group.acts, group.started_on
    north, south, coast = (
        [story for story in stories if story.patient.site.id == site] for site in ("north", "south", "coast")
    )
    return {
        "infusions.csv": _csv(_infusions(north, started_on)),
        "coast-infusions.xlsx": _xlsx(_coast_infusions(coast, started_on)),
        "south-infusions.csv": _german_csv(_german_infusions(south, started_on)),
        "samples.csv": _csv(_samples([*north, *coast], started_on)),
        "south-samples.csv": _german_csv(_german_samples(south, started_on)),
        "acts.csv": _csv([COLUMNS, *map(_act_row, acts)]),
        "pharmacy.csv": _csv(_pharmacy(stories, acts, group.today)),
    }


# --- Lists of infusions -----------------------------------------------------------------------------


def _stretches(patient: Patient, started_on: date) -> Iterator[tuple[date, date, str]]:
    """First day, last day and status as the lists said on the day of the import: what came later was planned."""
    days = [(one.infused_on, one.planned or one.infused_on >= started_on) for one in patient.infusions]
    numbered = [(day - timedelta(days=place), planned, day) for place, (day, planned) in enumerate(days)]
    for (_, planned), some in groupby(numbered, key=lambda one: one[:2]):
        run = [day for *_, day in some]
        yield run[0], run[-1], "planned" if planned else "given"


def _infusions(stories: Iterable[Story], started_on: date) -> Iterator[Sequence[Cell]]:
    yield (
        "reference", "clinic", "protocol", "infusion", "status", "birth_date", "sex", "overlays", "followed_here_from",
    )  # fmt: skip
    for patient in (story.patient for story in stories):
        for first_on, last_on, status in _stretches(patient, started_on):
            yield (
                patient.reference, patient.site.id, patient.site.protocol, _range(first_on, last_on), status,
                patient.born_on, patient.sex, " ".join(patient.overlays), patient.followed_here_from,
            )  # fmt: skip


def _coast_infusions(stories: Iterable[Story], started_on: date) -> Iterator[Sequence[Cell]]:
    yield (
        "Patient ID", "Site", "Protocol", "First infusion", "Last infusion", "Status", "Date of birth", "Gender",
        "Overlays", "Followed here from",
    )  # fmt: skip
    for patient in (story.patient for story in stories):
        for first_on, last_on, status in _stretches(patient, started_on):
            yield (
                patient.reference, patient.site.id, patient.site.protocol, first_on, last_on, status.title(),
                patient.born_on, patient.sex.title() if patient.sex else None, " ".join(patient.overlays),
                patient.followed_here_from,
            )  # fmt: skip


def _german_infusions(stories: Iterable[Story], started_on: date) -> Iterator[Sequence[Cell]]:
    yield (
        "Patientennummer", "Klinik", "Protokoll", "Erste Infusion", "Letzte Infusion", "Zustand", "Patientenname",
        "Geburtsdatum", "Geschlecht", "Sprache", "Zusatz", "Betreut ab",
    )  # fmt: skip
    for patient in (story.patient for story in stories):
        for first_on, last_on, status in _stretches(patient, started_on):
            yield (
                patient.reference, patient.site.id, patient.site.protocol, first_on, last_on, GERMAN[status],
                patient.name, patient.born_on, GERMAN[patient.sex] if patient.sex else "unbekannt",
                "de", " ".join(patient.overlays), patient.followed_here_from,
            )  # fmt: skip


def _range(first_on: date, last_on: date) -> str:
    return str(first_on) if first_on == last_on else f"{first_on}..{last_on}"


# --- Lists of samples, acts and the pharmacy ----------------------------------------------------------


def _samples(stories: Iterable[Story], started_on: date) -> Iterator[Sequence[Cell]]:
    yield ("reference", "test", "day")
    for story in stories:
        for sample in story.samples:
            if sample.taken_on < started_on:
                yield (story.patient.reference, sample.family, sample.taken_on)


def _german_samples(stories: Iterable[Story], started_on: date) -> Iterator[Sequence[Cell]]:
    """With the names of the tests in German, as a laboratory writes them."""
    yield ("Patientennummer", "Untersuchung", "Abnahmedatum", "Labor")
    for story in stories:
        titles = {rule.id: rule.title["de"] for rule in story.protocol.rules}
        for sample in story.samples:
            if sample.taken_on < started_on:
                yield (story.patient.reference, titles[sample.rule], sample.taken_on, "Beispiellabor Süd")


def _act_row(act: Act) -> Sequence[Cell]:
    return astuple(act)


def _pharmacy(stories: Iterable[Story], acts: Iterable[Act], today: date) -> Iterator[Sequence[Cell]]:
    """What the pharmacy dispensed, with differences from the record for `import --reconcile` to find: two patients
    whom nobody follows, two who are missing in the list, and two with a later course."""
    yield ("reference", "clinic", "protocol", "infusion")
    gone = {act.reference for act in acts if act.act == "discharge"} - {
        act.reference for act in acts if act.act == "readmit"
    }
    treated = [story.patient for story in stories if story.patient.given and story.patient.reference not in gone]
    north = [patient for patient in treated if patient.site.id == "north"]
    missing = {patient.reference for patient in (north[7], north[31])}
    once = [patient for patient in north if len(patient.infusions) == 5 and patient.phase is Phase.FIRST_MONTHS]
    lately = Infusion(today - timedelta(days=3)), Infusion(today - timedelta(days=2))
    later = {patient.reference: lately for patient in once[-2:]}
    for patient in treated:
        days = (*(one for one in patient.infusions if not one.planned), *later.get(patient.reference, ()))
        if patient.reference not in missing:
            for day in days:
                yield (patient.reference, patient.site.id, patient.site.protocol, day.infused_on)
    for number in (901, 902):
        for back in (45, 44, 43, 42, 41):
            yield (f"N-{number:04}", "north", "alemtuzumab-eu", today - timedelta(days=back))


# --- Forms of files -----------------------------------------------------------------------------------


def _csv(rows: Rows) -> bytes:
    out = StringIO(newline="")
    write_csv(rows, out)
    return out.getvalue().encode()


def _german_csv(rows: Rows) -> bytes:
    """Semicolons, dd.mm.yyyy, Windows-1252 and its line ends, as Excel saves a CSV file in Germany."""
    raw = BytesIO()
    out = TextIOWrapper(raw, encoding="cp1252", newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([f"{cell:%d.%m.%Y}" if isinstance(cell, date) else cell for cell in row])
    out.flush()
    return raw.getvalue()


def _xlsx(rows: Rows) -> bytes:
    """Stored without compression, because other versions of zlib would give other bytes."""
    packed, stored = BytesIO(), BytesIO()
    write_xlsx(rows, packed)
    with ZipFile(packed) as old, ZipFile(stored, "w", ZIP_STORED) as new:
        for info in old.infolist():
            content = old.read(info)
            info.compress_type = ZIP_STORED
            new.writestr(info, content)
    return stored.getvalue()


def write(files: dict[str, bytes], to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (to / name).write_bytes(content)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--today", type=date.fromisoformat, default=MADE_FOR, metavar="DAY", help="2026-11-02 if left out"
    )
    parser.add_argument("--to", type=Path, default=HERE, metavar="DIR", help="examples/clinic if left out")
    asked = parser.parse_args(argv)
    files = make(invent_group(asked.today))
    write(files, asked.to)
    print(f"{len(files)} files for {asked.today} in {asked.to}: {', '.join(files)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
