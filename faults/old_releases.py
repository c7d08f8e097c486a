"""Old releases: databases as earlier versions of this program left them, with invented rows and their foreign keys."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, inspect, text

from db.engine import reading, writing
from db.migrate import upgrade

RELEASED = ("0001", "0002")
ROWS_EACH = 20
"""Of one invented patient."""
AT, LATER = "2026-01-01 08:00:00.000000", "2026-01-02 08:00:00.000001"
FIRST = date(2024, 1, 8)

Rows = list[dict[str, object]]


def make(engine: Engine, revision: str, rows: int) -> None:
    """A database of that release with about so many rows."""
    upgrade(engine, to=revision)
    patients = max(rows // ROWS_EACH, 1)
    with writing(engine) as connection:
        for table, some in _rows(revision, patients):
            names = list(some[0])
            marks = ", ".join(f":{name}" for name in names)
            statement = f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})'
            connection.execute(text(statement), some)
        if connection.dialect.name == "postgresql":
            _set_sequences(connection)


def sums(engine: Engine, columns: Mapping[str, list[str]]) -> dict[str, tuple[int, str]]:
    """Rows and checksum of each table over these columns; people whom a migration adds are left aside."""
    found = {}
    with reading(engine) as connection:
        for table, names in columns.items():
            where = " WHERE login NOT LIKE '(%'" if table == "person" else ""
            total, count = 0, 0
            for row in connection.execute(text(f'SELECT {", ".join(names)} FROM "{table}"{where}')):
                total, count = total + int.from_bytes(sha256(repr(tuple(row)).encode()).digest(), "big"), count + 1
            found[table] = (count, f"{total % 2**256:064x}")
    return found


def columns_of(engine: Engine) -> dict[str, list[str]]:
    """The columns of each table as they are now."""
    looked = inspect(engine)
    names = [name for name in looked.get_table_names() if name != "alembic_version"]
    return {name: sorted(column["name"] for column in looked.get_columns(name)) for name in names}


def _rows(revision: str, patients: int) -> Iterator[tuple[str, Rows]]:
    numbers, stamp = range(1, patients + 1), {"entered_by": 3, "entered_at": AT}
    yield "clinic", [{"id": one, "name": f"{one} (invented)", "time_zone": "Europe/Berlin", "country": "DE"}
                     for one in ("north", "south")]  # fmt: skip
    # Number 1 may be taken by whoever stands for the patients, or will be by the next release.
    yield "person", [{"id": number, "login": f"nurse-{number}", "name": "Ä Example", "role": "nurse"}
                     for number in range(3, 9)]  # fmt: skip
    yield "person_clinic", [{"person_id": number, "clinic_id": "north"} for number in range(3, 9)]
    yield "protocol_version", [{"fingerprint": "f" * 64, "protocol_id": "invented", "version": "1", "kind": "protocol",
                                "text": "id: invented", "stored_at": AT}]  # fmt: skip
    yield (
        "approval",
        [{"id": 1, "fingerprint": "f" * 64, "approved_by": "Dr. X", "unverified": '["x"]', **stamp}],
    )
    yield "patient", [{"id": n, "clinic_id": _clinic(n), "reference": f"N-{n}", "entered_at": AT} for n in numbers]
    yield "treatment", [{"id": n, "patient_id": n, "clinic_id": _clinic(n), "revision": 3, "entered_at": AT}
                        for n in numbers]  # fmt: skip
    yield "detail", [{"id": n, "patient_id": n, "name": f"Invented Ö{n}", "born_on": "1980-02-29", **stamp}
                     for n in numbers]  # fmt: skip
    yield "assignment", [{"id": n, "treatment_id": n, "fingerprint": "f" * 64, "overlays": "[]", **stamp}
                         for n in numbers]  # fmt: skip
    yield "infusion", [{"id": 2 * n + k, "treatment_id": n, "infused_on": _day(n, k), "is_planned": False, **stamp}
                       for n in numbers for k in (0, 1)]  # fmt: skip
    yield "sample", [{"id": 2 * n + k, "treatment_id": n, "family": "liver", "taken_on": _day(n, 30 + k),
                      "replaces_id": 2 * n if k else None, **stamp} for n in numbers for k in (0, 1)]  # fmt: skip
    yield "seen", [{"id": n, "sample_id": 2 * n + 1, "seen_by": "Ä Example", "result": "within range", **stamp}
                   for n in numbers]  # fmt: skip
    yield "history", [{"id": 3 * n + k, "at": AT, "person_id": 3, "clinic_id": _clinic(n), "treatment_id": n,
                       "revision": k + 1, "act": "enrol", "subject": "ä", "details": '{"b": 1, "a": [2]}'}
                      for n in numbers for k in (0, 1, 2)]  # fmt: skip
    yield "visit", [{"id": f"{n:030}{k}", "treatment_id": n, "due_on": _day(n, 30 * k), "place": "laboratory",
                     "opens_on": _day(n, 30 * k - 7), "closes_on": _day(n, 30 * k + 7), "visit_on": _day(n, 30 * k),
                     "sequence": k, "is_withdrawn": k == 3, "created_at": AT, "changed_at": LATER}
                    for n in numbers for k in range(4)]  # fmt: skip
    yield "check", [{"treatment_id": n, "rule": "liver", "number": k, "clinic_id": _clinic(n), "family": "liver",
                     "opens_on": _day(n, 30 * k - 7), "due_on": _day(n, 30 * k), "closes_on": _day(n, 30 * k + 7),
                     "confirm": k == 1, "settlement": "open", "visit_id": f"{n:030}{k}"}
                    for n in numbers for k in range(4)]  # fmt: skip
    if revision >= "0002":
        yield from _rows_of_calendars(numbers, stamp)


def _rows_of_calendars(numbers: range, stamp: dict[str, object]) -> Iterator[tuple[str, Rows]]:
    yield "feed", [{"id": n, "purpose": "appointments", "patient_id": n, "clinic_id": _clinic(n), "label": "phone",
                    "token_sha256": f"{n:064}", "consented_on": "2026-01-01", **stamp} for n in numbers]  # fmt: skip
    yield "feed_end", [{"feed_id": n, "reason": "lost", **stamp} for n in numbers if n % 5 == 0 or n == 1]
    yield "feed_fetch", [{"feed_id": n, "client": "Apple Calendar", "fetched_at": LATER} for n in numbers]
    yield "report", [{"id": n, "treatment_id": n, "family": "liver", "done_on": _day(n, 30), **stamp} for n in numbers]
    yield "away", [{"id": n, "patient_id": n, "from_on": _day(n, 1), "until_on": _day(n, 2), **stamp} for n in numbers]
    yield "wish", [{"id": n, "patient_id": n, "names_tests": True, "names_drug": False, "shows_advice": True,
                    "is_locked": False, **stamp} for n in numbers]  # fmt: skip
    yield "period", [{"id": f"{n:032}", "treatment_id": n, "name": "follow-up", "number": 1, "starts_on": _day(n, 0),
                      "sequence": 1, "is_withdrawn": False, "created_at": AT, "changed_at": AT}
                     for n in numbers]  # fmt: skip


def _clinic(number: int) -> str:
    return "south" if number % 3 == 0 else "north"


def _day(number: int, offset: int) -> str:
    return (FIRST + timedelta(days=number % 700 + offset)).isoformat()


def _set_sequences(connection: Connection) -> None:
    query = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id'"
    for table in list(connection.execute(text(f"{query} AND column_default LIKE 'nextval%'")).scalars()):
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), coalesce(max(id), 1)) FROM \"{table}\"")
        )
