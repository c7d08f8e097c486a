"""The state machine: replicas plan, claim, send and crash in any order, and clock and server do what they like."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row, select

from db import tables
from db.engine import open_engine, reading
from db.fault_points import FaultPoint, striking
from db.letters import Claimed
from faults.clinic import CLINIC, new_clinic
from faults.clocks import STARTS_AT
from faults.figures import Figure, Size, exactly, told
from faults.place import SQLITE, Place
from faults.sink import MESSAGE_ID
from faults.ward import add_recipients
from faults.working import SENDER
from monitor.bootstrap import Program
from monitor.clock import FixedClock
from monitor.config import Config
from monitor.config.settings import Database, Mail
from monitor.jobs import sending
from monitor.jobs.planning import plan_letters
from monitor.jobs.sending import send_letters
from monitor.mail.delivering import NotTaken, Uncertain
from monitor.services.rulebook import Rulebook
from schedules.letter_days import days_between

FAULT = "state machine of the outbox"
RECIPIENTS = ("ada", "bea")
ZONE = ZoneInfo("Europe/Berlin")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MOVES = (MINUTE, 3 * MINUTE, 31 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 9 * DAY, -HOUR, -DAY)
PAUSES = (DAY, MINUTE, HOUR, 3 * DAY)
WHILE_PLANNING = (FaultPoint.PLAN_ADDED, FaultPoint.PLANNED)
WHILE_SENDING = (
    FaultPoint.BEFORE_HANDOFF, FaultPoint.AFTER_HANDOFF, FaultPoint.AFTER_DATA, FaultPoint.BEFORE_END,
)  # fmt: skip
Mood = Literal["up", "down", "silent"]
MOST_HELD = 2


class Crash(BaseException):
    """Not an error that anybody could catch: the process is gone."""


class Sent(NamedTuple):
    """A letter as the mail server got it."""

    message_id: str
    body: bytes


class Server:
    """A mail server that takes letters, is away, or takes them and never says so."""

    def __init__(self) -> None:
        self.mood: Mood = "up"
        self.taken: list[Sent] = []

    def deliver(self, letter: bytes, sender: str, to: str, *, before_data: Any) -> None:
        if self.mood == "down":
            raise NotTaken("connecting: Connection refused", concerns_all=True)
        before_data()
        found = MESSAGE_ID.search(letter)
        assert found
        self.taken.append(Sent(found[1].decode(), letter))
        if self.mood == "silent":
            raise Uncertain("after the letter: no answer in time")


class Outbox(RuleBasedStateMachine):
    """The model is a list of all letters ever planned, with the bytes that each had when it was planned."""

    template: ClassVar[Path]
    rulebook: ClassVar[Rulebook]
    numbers: ClassVar[Iterator[int]]
    steps: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self._file = self.template.with_name(f"example-{next(self.numbers)}.sqlite3")
        shutil.copy(self.template, self._file)
        config = Config(db=Database(url=f"sqlite:///{self._file}"), mail=Mail(sender=SENDER))
        self.clock, self.server = FixedClock(STARTS_AT - HOUR), Server()
        self.program = Program(config, open_engine(config.db.url), self.clock, self.rulebook, self.server)
        self.planned: list[Row[Any]] = []
        self.held: list[Claimed] = []

    def teardown(self) -> None:
        self.calm_down()
        self.program.engine.dispose()
        self._file.unlink()

    # --- What may happen ------------------------------------------------------------------------------

    @initialize(mood=st.sampled_from(("up", "down", "silent")))
    def begin(self, mood: Mood) -> None:
        """Past the hour of the first digest."""
        self.steps["examples"] += 1
        self.clock.advance(HOUR + MINUTE)
        self.server.mood = mood
        plan_letters(self.program, "replica")

    @rule(after=st.sampled_from(PAUSES), crash=st.none() | st.sampled_from(WHILE_PLANNING))
    def plan(self, after: timedelta, crash: FaultPoint | None) -> None:
        self.steps["plan"] += 1
        self.clock.advance(after)
        before = self.letters()
        with self.dying_at(crash):
            plan_letters(self.program, "replica")
        self.check_gaps(before)

    @rule(crash=st.none() | st.sampled_from(WHILE_SENDING))
    def send(self, crash: FaultPoint | None) -> None:
        self.steps["send"] += 1
        with self.dying_at(crash):
            send_letters(self.program, "replica")

    @precondition(lambda self: len(self.held) < MOST_HELD)
    @rule()
    def claim_and_stall(self) -> None:
        """Another replica takes a letter, and its machine stops for a while."""
        mine = sending._claim(self.program)
        if mine is not None:
            self.steps["claim"] += 1
            self.held.append(mine)

    @precondition(lambda self: self.held)
    @rule(crash=st.none() | st.sampled_from(WHILE_SENDING))
    def go_on(self, crash: FaultPoint | None) -> None:
        """It wakes up and goes on where it was, whoever has the letter by now."""
        self.steps["go on"] += 1
        with self.dying_at(crash):
            sending._send(self.program, self.held.pop(0))

    @rule(by=st.sampled_from(MOVES))
    def move_clock(self, by: timedelta) -> None:
        self.steps["clock"] += 1
        self.clock.advance(by)

    @rule(mood=st.sampled_from(("up", "down", "silent")))
    def change_server(self, mood: Mood) -> None:
        self.steps["server"] += 1
        self.server.mood = mood

    # --- What must hold at any time -------------------------------------------------------------------

    @invariant()
    def all_rules_hold(self) -> None:
        rows, copies = self.letters(), Counter(copy.message_id for copy in self.server.taken)
        by_message = {row.message_id: row for row in rows}
        self.nothing_is_rewritten({row.key: row for row in rows})
        # One message for each person, kind and day.
        assert len(rows) == len(by_message) == len({(row.person_id, row.kind, row.day) for row in rows})
        # What the server has is a letter of the outbox, byte for byte.
        assert all(copy.body == by_message[copy.message_id].body for copy in self.server.taken)
        for row in rows:
            # A copy too many needs a second attempt; what was given up never went out; what is called sent did.
            assert copies[row.message_id] <= row.attempts
            assert row.state != "skipped" or not copies[row.message_id]
            assert row.state != "sent" or copies[row.message_id]

    def nothing_is_rewritten(self, now: dict[str, Row[Any]]) -> None:
        """A key has one body and one Message-ID for ever, and an end is an end."""
        for old in self.planned:
            new = now[old.key]
            assert new.state == old.state or old.state not in {"sent", "skipped"}
            assert (new.message_id, new.body, new.address) == (old.message_id, old.body, old.address)
        self.planned = list(now.values())

    def check_gaps(self, before: list[Row[Any]]) -> None:
        """A new letter counts the days since the last that was sent, unless a clock had run ahead of it."""
        old = {row.key for row in before}
        for row in self.letters():
            earlier = [one for one in before if one.person_id == row.person_id]
            sent = [one.day for one in earlier if one.state == "sent"]
            if row.key in old or row.body is None or not sent or max(one.day for one in earlier) > row.day:
                continue
            days = len(list(days_between(max(sent), row.day, ZONE)))
            wanted = f"Without a letter to you: {days} day" if days else "No day without a letter to you since"
            assert wanted in _text_of(row.body), (days, _text_of(row.body)[:600])
            self.steps["gaps told"] += bool(days)

    # --- And in the end -------------------------------------------------------------------------------

    def calm_down(self) -> None:
        """The server is there, nobody crashes, time goes on: then nothing may be lost or left lying."""
        self.server.mood = "up"
        newest = max((row.day for row in self.letters()), default=self.clock.now().date())
        for _ in range(4):
            self.look()
            self.clock.advance(31 * MINUTE)
        tomorrow = max(newest, self.clock.now().date()) + DAY
        self.clock.advance(_morning(tomorrow) - self.clock.now())
        self.look()
        rows = self.letters()
        assert {row.state for row in rows} <= {"sent", "skipped"}
        assert sorted(row.address for row in rows if row.day == tomorrow and row.state == "sent") == [
            f"{login}@hospital.example" for login in RECIPIENTS
        ]
        self.all_rules_hold()
        self.every_day_is_accounted_for(rows)

    def every_day_is_accounted_for(self, rows: list[Row[Any]]) -> None:
        """From a person's first letter to the last no day is without a row; who got none for a day was told so."""
        for login in RECIPIENTS:
            days = {row.day for row in rows if row.address == f"{login}@hospital.example"}
            assert set(days_between(min(days), max(days), ZONE)) <= days

    def look(self) -> None:
        plan_letters(self.program, "replica")
        send_letters(self.program, "replica")

    # --- What it is made of -----------------------------------------------------------------------------

    def letters(self) -> list[Row[Any]]:
        with reading(self.program.engine) as connection:
            return list(connection.execute(select(tables.letter).order_by(tables.letter.c.id)))

    @contextmanager
    def dying_at(self, point: FaultPoint | None) -> Iterator[None]:
        def strike(reached: FaultPoint) -> None:
            if reached is point:
                self.steps[f"crash {point}"] += 1
                raise Crash

        try:
            with striking(strike):
                yield
        except Crash:
            pass


def run(place: Place, *, size: Size) -> list[Figure]:
    examples, steps = (35, 40) if size == "full" else (6, 15)
    counted, fault = explore(place, examples=examples, steps=steps)
    crashes = sum(number for name, number in counted.items() if name.startswith("crash"))
    did = ", ".join(f"{counted[name]:,} {name}" for name in ("plan", "send", "claim", "go on", "clock", "server"))
    return [
        told(FAULT, SQLITE, "histories tried, with their steps", f"{counted['examples']:,}: {did}"),
        told(
            FAULT, SQLITE, "crashes at a fault point, gaps that a letter told", f"{crashes:,}, {counted['gaps told']:,}"
        ),
        exactly(FAULT, SQLITE, "histories that break a rule", found=int(bool(fault)), demanded=0),
    ]


def explore(place: Place, *, examples: int, steps: int) -> tuple[Counter[str], str]:
    """How often each step was taken, and the shortest history that breaks a rule; it is printed, too."""
    url = place.new_database(SQLITE)
    base, _, _ = new_clinic(url, patients=0, at=STARTS_AT - DAY)
    add_recipients(base.engine, STARTS_AT - DAY, [(login, CLINIC) for login in RECIPIENTS])
    base.engine.dispose()
    counted = Counter[str]()
    machine = type(
        "Machine", (Outbox,),
        {
            "template": Path(url.removeprefix("sqlite:///")), "rulebook": base.rulebook, "numbers": count(1),
            "steps": counted,
        },
    )  # fmt: skip
    wanted = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        run_state_machine_as_test(machine, settings=wanted)
    except Exception as broken:  # noqa: BLE001  (whatever it is, it is the finding)
        print(f"\n{type(broken).__name__}: {broken}", *getattr(broken, "__notes__", []), sep="\n", file=sys.stderr)
        return counted, str(broken) or type(broken).__name__
    return counted, ""


def _text_of(body: bytes) -> str:
    part = message_from_bytes(body, policy=policy.default).get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())


def _morning(day: date) -> datetime:
    return datetime.combine(day, STARTS_AT.timetz()) + HOUR
