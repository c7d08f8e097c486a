"""F3: a mail server that refuses, falls silent or breaks off anywhere costs no letter and little time."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from time import monotonic
from typing import Literal

from sqlalchemy import Row, select

from db import tables
from db.engine import writing
from db.letters import LEASE, Letter, add_letter
from faults.clinic import ADMINISTRATOR, CLINIC, new_clinic
from faults.figures import Figure, Size, at_most, exactly
from faults.place import SQLITE, Place
from faults.scripted import STAGES, WAYS, Script, Scripted, new_scripted
from faults.working import SENDER, STEPS_OF
from monitor.bootstrap import Program, mailer_of
from monitor.clock import FixedClock
from monitor.config.settings import Mail
from monitor.jobs.ticking import tick
from monitor.render.mail_message import message_id_of, write_message
from monitor.services.health import list_ailments
from monitor.services.letters import list_letters
from monitor.services.letters import settle as settle_letter
from schedules.retrying import LONGEST

FAULT = "F3 mail server fails"
TIMEOUT_SECONDS = 1
SLACK_SECONDS = 1.0
"""For everything around the conversation, on a busy machine."""
CASES = tuple(Script(stage, way) for stage, way in product(STAGES, WAYS))
FAST = (*(one for one in CASES if one.way in {"451", "550", "reset"}), Script("RCPT", "drip"))
ATTEMPTS = 8
ABOUT_THE_LETTER = {"MAIL", "RCPT", "DATA", "after the dot"}

Fate = Literal["sent", "again", "dead", "unknown"]


def fate_of(case: Script) -> Fate:
    """What has to become of a letter. A 550 before it was named is about the server and us: that may pass."""
    match case:
        case Script("QUIT", _):
            return "sent"
        case Script(stage, "550") if stage in ABOUT_THE_LETTER:
            return "dead"
        case Script("after the dot", way) if not way.isdigit():
            return "unknown"
        case _:
            return "again"


def run(place: Place, *, size: Size) -> list[Figure]:
    if size == "fast":
        return try_all(place, SQLITE, FAST)
    return [figure for kind in place.kinds for figure in try_all(place, kind, CASES)]


def try_all(place: Place, kind: str, cases: Sequence[Script]) -> list[Figure]:
    found: dict[Fate, list[bool]] = {"sent": [], "again": [], "dead": [], "unknown": []}
    with new_scripted() as server:
        trial = Trial(place, kind, server)
        for number, case in enumerate(cases):
            fate = fate_of(case)
            found[fate].append(trial.has_fate(number, case, fate))
        waits = trial.waits(len(cases))
        trial.close()
    growing = sum(0.5 <= wait / min(timedelta(minutes=2**at), LONGEST) <= 1.5 for at, wait in enumerate(waits))
    words: dict[Fate, str] = {
        "again": "temporary: kept, tried again after its pause and not before, sent",
        "dead": "permanent: dead, named in doctor and among the letters",
        "unknown": "no answer: sent again with the same Message-ID and bytes",
        "sent": "taken, and QUIT fails: sent, not tried again",
    }
    return [
        *(exactly(FAULT, kind, words[fate], found=sum(good), demanded=len(good)) for fate, good in found.items()),
        exactly(FAULT, kind, "pauses that double up to 30 minutes, ±50 %", found=growing, demanded=ATTEMPTS),
        at_most(
            FAULT, kind, f"longest look, with {TIMEOUT_SECONDS} s for a conversation", found=trial.longest,
            demanded=TIMEOUT_SECONDS + SLACK_SECONDS, unit="s",
        ),
    ]  # fmt: skip


class Trial:
    """A clinic and a mail server, between which one letter after the other is tried."""

    def __init__(self, place: Place, kind: str, server: Scripted) -> None:
        base, _, _ = new_clinic(place.new_database(kind), patients=0)
        mail = Mail(
            kind="smtp", host="127.0.0.1", port=server.port, security="none", sender=SENDER,
            timeout_seconds=TIMEOUT_SECONDS,
        )  # fmt: skip
        config = base.config.model_copy(update={"mail": mail})
        self.clock = FixedClock(base.clock.now())
        self.program = Program(config, base.engine, self.clock, base.rulebook, mailer_of(config))
        self.server, self.longest = server, 0.0
        with self.program.reading(ADMINISTRATOR) as desk:
            self._person_id = desk.actor.id

    def close(self) -> None:
        self.program.engine.dispose()

    def has_fate(self, number: int, case: Script, fate: Fate) -> bool:
        """Send one letter to a server that fails like this and then to one that is in order."""
        self.clock.advance(timedelta(days=1))  # no letter of an earlier case is in the way
        letter = self._plan(number)
        self._look(case)
        row = self._row(letter)
        match fate:
            case "sent":
                return row.state == "sent" and self._is_left_alone(letter)
            case "dead":
                return row.state == "dead" and "550" in (row.fault or "") and self._is_named(letter, row.id)
            case "unknown":
                if row.state != "handoff" or not row.fault:
                    return False
                self.clock.advance(LEASE + timedelta(seconds=1))
            case "again":
                if row.state != "planned" or not row.fault or not self._is_left_alone(letter):
                    return False
                self.clock.advance(row.not_before - self.clock.now())
        self._look(None)
        copies = [one for one in self.server.copies if one.message_id == letter.message_id]
        expected = 2 if fate == "unknown" else 1
        return self._row(letter).state == "sent" and len(copies) == expected and len(set(copies)) == 1

    def waits(self, number: int) -> list[timedelta]:
        """The pauses after each attempt at a server that is busy for a long time."""
        self.clock.advance(timedelta(days=1))
        letter, waits = self._plan(number), []
        for _ in range(ATTEMPTS):
            self._look(Script("RCPT", "451"))
            not_before = self._row(letter).not_before
            waits.append(not_before - self.clock.now())
            self.clock.advance(waits[-1])
        return waits

    def _plan(self, number: int) -> Letter:
        at, key, to = self.clock.now(), f"escalation/invented/{number}", f"case-{number}@hospital.example"
        body = write_message(key=key, sender=SENDER, to=to, subject="Case", at=at, text=".a dot\n" * 20)
        letter = Letter(
            key, "escalation", self._person_id, CLINIC, at.date(), to, "Case", message_id_of(key, SENDER), body
        )
        with writing(self.program.engine) as connection:
            add_letter(connection, letter, at)
        return letter

    def _look(self, script: Script | None) -> None:
        self.server.script = script
        began = monotonic()
        tick(self.program, "replica", STEPS_OF["letters"])
        self.longest = max(self.longest, monotonic() - began)

    def _row(self, letter: Letter) -> Row[tuple[object, ...]]:
        with self.program.reading_for_program() as desk:
            table = tables.letter
            return desk.connection.execute(select(table).where(table.c.key == letter.key)).one()

    def _is_left_alone(self, letter: Letter) -> bool:
        """Whether another look, before its time has come, leaves a letter as it is."""
        before, knocked = self._row(letter), self.server.conversations
        self._look(None)
        return self._row(letter) == before and self.server.conversations == knocked

    def _is_named(self, letter: Letter, letter_id: int) -> bool:
        with self.program.writing(ADMINISTRATOR) as desk:
            ailments = [one.sentence for one in list_ailments(desk, self.program.config) if one.id == "letter-dead"]
            listed = [one.key for one in list_letters(desk, days=1) if one.state == "dead"]
            settle_letter(desk, letter_id, reason="seen")
        return len(ailments) == 1 and "550" in ailments[0] and letter.key in listed
