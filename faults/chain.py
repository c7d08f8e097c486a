"""F13: lines of the history flipped, deleted, put in, swapped and cut off by hand, and whether the chain shows it."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from db import chain, patients, people, tables
from db.chain import Anchor, Keyring, Walked, walk
from db.engine import open_engine, writing
from db.history import NewDeed, add_deed, add_deeds
from db.sealing import SEALED, UNKEYED, Seal
from faults.figures import Figure, Size, exactly, told
from faults.place import SQLITE, Place
from monitor.services.chaining import list_doubts

FAULT = "F13 chain"
SIZES: dict[Size, int] = {"fast": 120, "full": 1_000}
LINES = 18
AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
OURS, THEIRS = Seal(b"k" * 40), Seal(b"f" * 40)
"""The key of the installation, and one that a forger made up."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A database whose history a forger may write, and what an honest reader has."""

    engine: Engine
    keyring: Keyring
    end: Anchor
    """The head of the chain as the latest digest mail printed it."""


@dataclass(slots=True)
class Forger:
    """Somebody with the database in their hands. `seal` is what they chain anew with, None if they do not bother."""

    connection: Connection
    chance: random.Random
    seal: Seal | None
    mark: str = ""
    """The key's mark as they write it down."""
    touched: int = field(default=1)
    """The first position that is not as it was."""

    def execute(self, statement: str, **values: Any) -> None:
        self.connection.execute(text(statement), values)

    def positions(self) -> list[int]:
        return list(self.connection.execute(text("SELECT position FROM chain_link ORDER BY position")).scalars())

    def line_at(self, position: int) -> int:
        found = text("SELECT history_id FROM chain_link WHERE position = :position")
        return int(self.connection.execute(found, {"position": position}).scalar_one())

    def chain_anew(self) -> None:
        """Every link from the first that was touched, as the program would make it with the forger's key."""
        if self.seal is None:
            return
        link, mac = tables.chain_link, ""
        query = (
            select(link.c.position, *(tables.history.c[name] for name in SEALED))
            .join(tables.history, tables.history.c.id == link.c.history_id)
            .order_by(link.c.position)
        )
        stored = {
            row.position: row.mac for row in self.connection.execute(text("SELECT position, mac FROM chain_link"))
        }
        last = 0
        for line in self.connection.execute(query).all():
            last = line.position
            if last < self.touched:
                mac = stored[last]
                continue
            mac = self.seal.mac(mac, last, line)
            self.execute("UPDATE chain_link SET mac = :mac, key_mark = :mark WHERE position = :position",
                         mac=mac, mark=self.mark, position=last)  # fmt: skip
        self.execute("UPDATE chain_head SET position = :position, mac = :mac", position=last, mac=mac)


def flip(forger: Forger) -> None:
    """One column of one line says something else."""
    forger.touched = forger.chance.choice(forger.positions())
    own, column = forger.line_at(forger.touched), forger.chance.choice(SEALED[1:])
    old = forger.connection.execute(select(tables.history.c[column]).where(tables.history.c.id == own)).scalar_one()
    match column:
        case "at":
            new: Any = old + timedelta(microseconds=forger.chance.choice([-1, 1, 60_000_000]))
        case "person_id" | "treatment_id" | "revision":
            new = (old or 0) + forger.chance.choice([1, 7, 1000])
        case "details":
            new = forger.chance.choice([{"due_on": "2026-11-03"}, {}, ["x"]]) if old != {} else None
        case _:
            new = forger.chance.choice([f"{old or ''}x", f" {old or ''}", "ä"])
    forger.connection.execute(tables.history.update().where(tables.history.c.id == own).values({column: new}))


def delete(forger: Forger) -> None:
    """A line is gone: alone, with its link, or with its link and all later ones moved up."""
    forger.touched = forger.chance.choice(forger.positions())
    own, way = forger.line_at(forger.touched), forger.chance.randrange(3)
    if way > 0:
        forger.execute("DELETE FROM chain_link WHERE position = :position", position=forger.touched)
    forger.execute("DELETE FROM history WHERE id = :own", own=own)
    if way > 1:
        move(forger, forger.touched, -1)


def put_in(forger: Forger) -> None:
    """A line that nobody entered: without a link, or with one between two others."""
    own = _new_line(forger)
    if forger.chance.random() < 0.5:
        _link_at(forger, forger.chance.choice(forger.positions()), own)


def put_at_end(forger: Forger) -> None:
    """A line that nobody entered, after all others, as if it had been entered just now."""
    _link_at(forger, forger.positions()[-1] + 1, _new_line(forger))


def _new_line(forger: Forger) -> int:
    own = int(forger.connection.execute(text("SELECT max(id) + 1 FROM history")).scalar_one())
    row = {"id": own, "at": AT, "person_id": 1, "act": "waive", "subject": "liver/4"}
    forger.connection.execute(insert(tables.history), row)
    return own


def _link_at(forger: Forger, position: int, own: int) -> None:
    forger.touched = position
    move(forger, position - 1, 1)
    link = {"position": position, "history_id": own, "key_mark": OURS.mark, "mac": "0" * 64}
    forger.connection.execute(insert(tables.chain_link), link)


def swap(forger: Forger) -> None:
    """Two lines change places: what they say, or which link stands for which."""
    first, second = sorted(forger.chance.sample(forger.positions(), 2))
    forger.touched = first
    one, other = forger.line_at(first), forger.line_at(second)
    if forger.chance.random() < 0.5:
        forger.execute("UPDATE history SET id = -1 WHERE id = :one", one=one)
        forger.execute("UPDATE history SET id = :one WHERE id = :other", one=one, other=other)
        forger.execute("UPDATE history SET id = :other WHERE id = -1", other=other)
        return
    forger.execute("UPDATE chain_link SET history_id = -1 WHERE position = :first", first=first)
    forger.execute("UPDATE chain_link SET history_id = :one WHERE position = :second", one=one, second=second)
    forger.execute("UPDATE chain_link SET history_id = :other WHERE position = :first", other=other, first=first)


def cut_off(forger: Forger) -> None:
    """The latest lines are gone with their links; the head stays, or is set back to what it was then."""
    every = forger.positions()
    keep = forger.chance.randrange(0, len(every))
    forger.touched = keep + 1
    forger.execute("DELETE FROM chain_link WHERE position > :keep", keep=keep)
    forger.execute("DELETE FROM history WHERE NOT EXISTS (SELECT 1 FROM chain_link WHERE history_id = history.id)")
    if forger.seal is None and forger.chance.random() < 0.5:
        set_head_back(forger, keep)


def set_head_back(forger: Forger, keep: int) -> None:
    query = text("SELECT mac FROM chain_link WHERE position = :keep")
    mac = forger.connection.execute(query, {"keep": keep}).scalar_one_or_none() or ""
    forger.execute("UPDATE chain_head SET position = :keep, mac = :mac", keep=keep, mac=mac)


def spoil_chain(forger: Forger) -> None:
    """The chain itself is written into: a link's mac, its key's mark, its place, or the head."""
    forger.seal = None
    position = forger.chance.choice(forger.positions())
    match forger.chance.randrange(5):
        case 0:
            forger.execute("UPDATE chain_link SET mac = :mac WHERE position = :p", mac="0" * 64, p=position)
        case 1:
            forger.execute("UPDATE chain_link SET key_mark = :mark WHERE position = :p", mark="0" * 16, p=position)
        case 2:
            forger.execute("UPDATE chain_link SET position = :new WHERE position = :p", new=-position, p=position)
        case 3:
            forger.execute("UPDATE chain_head SET mac = :mac", mac="0" * 64)
        case _:
            forger.execute("DELETE FROM chain_head")


def move(forger: Forger, after: int, by: int) -> None:
    """Renumber all later links; over numbers that nobody has, since a position is taken only once."""
    forger.execute("UPDATE chain_link SET position = position + 100000 WHERE position > :after", after=after)
    forger.execute("UPDATE chain_link SET position = position - 100000 + :by WHERE position > 100000", by=by)


Mutation = Callable[[Forger], None]
MUTATIONS: Sequence[Mutation] = (flip, delete, put_in, put_at_end, swap, cut_off, spoil_chain)
FORGERIES: Sequence[tuple[Seal | None, str]] = (
    (None, ""), (THEIRS, OURS.mark), (THEIRS, THEIRS.mark), (UNKEYED, UNKEYED.mark), (UNKEYED, OURS.mark),
)  # fmt: skip
"""With which key a forger who lacks ours chains anew, and which key they claim it was."""


def run(place: Place, *, size: Size) -> list[Figure]:
    """With a key every change is found; without one, every change but that of a forger who chains anew."""
    figures: list[Figure] = []
    for kind in place.kinds:
        url, times = place.new_database(kind), SIZES[size]
        with scene(url, OURS) as keyed:
            chance = random.Random(13)
            found = sum(
                is_found(keyed, chance, chance.choice(MUTATIONS), *chance.choice(FORGERIES)) for _ in range(times)
            )
            figures.append(exactly(FAULT, kind, "changes by hand, found (with a key)", found=found, demanded=times))
        with scene(place.new_database(kind), UNKEYED) as open_to_all:
            figures += _without_key(open_to_all, kind, times // 4)
    return figures


def _without_key(here: Scene, kind: str, times: int) -> Iterator[Figure]:
    chance = random.Random(13)
    damaged = sum(is_found(here, chance, chance.choice(MUTATIONS), None, "") for _ in range(times))
    yield exactly(FAULT, kind, "changes by hand, found (without a key)", found=damaged, demanded=times)
    # What is added after that mail was written looks like any other act of the day.
    anew = [one for one in MUTATIONS if one not in {spoil_chain, put_at_end}]
    chance = random.Random(14)
    without = sum(
        is_found(here, chance, chance.choice(anew), UNKEYED, UNKEYED.mark, with_anchor=False) for _ in range(times)
    )
    yield told(FAULT, kind, "of a forger who chains anew, found (without a key)", f"{without:,} of {times:,}")
    chance = random.Random(14)
    by_mail = sum(is_found(here, chance, chance.choice(anew), UNKEYED, UNKEYED.mark) for _ in range(times))
    yield exactly(FAULT, kind, "the same beside a digest mail's head, found", found=by_mail, demanded=times)


@contextmanager
def scene(url: str, seal: Seal) -> Iterator[Scene]:
    """A history of eighteen invented lines, and triggers and foreign keys out of the forger's way."""
    engine = open_engine(url, seal=seal)
    try:
        _enter_lines(engine)
        with writing(engine) as connection:
            head = chain.get_head(connection)
            _open_to_forgers(connection)
        yield Scene(engine, Keyring(seal), Anchor(head.position, head.mac[:16], "the last digest mail"))
    finally:
        engine.dispose()


def _enter_lines(engine: Engine) -> None:
    with writing(engine) as connection:
        people.add_clinic(connection, people.Clinic("north", "North (invented)", "Europe/Berlin", "DE"))
        ada = people.add_person(connection, login="ada", name="Ada Example", role="nurse", clinic_ids=["north"])
        treatments = []
        for number in (1, 2):
            own = patients.add_patient(connection, clinic_id="north", reference=f"N-{number}", at=AT)
            treatments.append(patients.add_treatment(connection, patient_id=own, clinic_id="north", at=AT))
    for number in range(LINES // 3):
        with writing(engine) as connection:
            at = AT + timedelta(hours=number)
            details = {"due_on": str(date(2026, 11, 2) + timedelta(days=number)), "ä": [1, None, {"b": 1, "a": 2}]}
            for act in ("done", "seen"):
                add_deed(connection, at=at, person_id=ada.id, act=act, subject=f"liver/{number}", details=details)
            deed = NewDeed(at, ada.id, "north", treatments[number % 2], number, "import", "N-1", "a “list”", None)
            add_deeds(connection, [deed])


def _open_to_forgers(connection: Connection) -> None:
    if connection.dialect.name == SQLITE:
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for name in list(connection.execute(query).scalars()):
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        for table in ("history", "chain_link"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))


def is_found(
    here: Scene, chance: random.Random, mutation: Mutation, seal: Seal | None, mark: str, *,
    with_anchor: bool = True,
) -> bool:  # fmt: skip
    """Whether the reader notices; the forger's work is rolled back afterwards."""
    with here.engine.connect() as connection:
        if connection.dialect.name == SQLITE:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin() as transaction:
            before = _content(connection)
            forger = Forger(connection, chance, seal, mark)
            mutation(forger)
            forger.chain_anew()
            changed = _content(connection) != before
            walked = walk(connection, here.keyring, anchors=[here.end] if with_anchor else [])
            transaction.rollback()
    assert changed, mutation.__name__
    return is_noticed(walked, here.keyring)


def is_noticed(walked: Walked, keyring: Keyring) -> bool:
    """Whether `monitor verify` would fail."""
    return bool(walked.breaks) or any(list_doubts(walked, keyring))


def _content(connection: Connection) -> str:
    some = (tables.history, tables.chain_link, tables.chain_head)
    ordered = [select(table).order_by(*table.primary_key.columns) for table in some]
    return json.dumps([[tuple(row) for row in connection.execute(query)] for query in ordered], default=str)
