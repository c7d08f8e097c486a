"""Bootstrap: configuration, database, clock and rules put together, once, for whichever door opens them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from db import people
from db.engine import Connection, Engine, open_engine, reading, writing
from db.migrate import require_current
from db.people import Actor
from db.sealing import Seal
from monitor.clock import Clock, SystemClock, today_in
from monitor.config import Config, load_config
from monitor.mail.console import ConsoleMailer
from monitor.mail.delivering import Mailer
from monitor.mail.files import FileMailer
from monitor.mail.smtp import SmtpMailer
from monitor.services.desk import Desk
from monitor.services.memory import Memory
from monitor.services.rulebook import OwnSettings, Rulebook
from schedules.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Program:
    """Everything that outlives a transaction."""

    config: Config
    engine: Engine
    clock: Clock
    rulebook: Rulebook = field(default_factory=Rulebook)
    mailer: Mailer = field(default_factory=lambda: mailer_of(Config()))
    memory: Memory = field(default_factory=Memory)

    @contextmanager
    def writing(self, login: str | None) -> Iterator[Desk]:
        """A desk at which `login` may act; leaving the block commits, an exception leaves nothing behind."""
        with writing(self.engine) as connection:
            yield self.desk_for(connection, get_actor(connection, login))

    @contextmanager
    def reading(self, login: str | None) -> Iterator[Desk]:
        """A desk at which `login` may look."""
        with reading(self.engine) as connection:
            yield self.looking_desk_for(connection, get_actor(connection, login))

    @contextmanager
    def writing_for_patient(self, clinic_id: str) -> Iterator[Desk]:
        """A desk at which a patient of that clinic tells us something, through a page of their own."""
        with writing(self.engine) as connection:
            yield self.desk_for(connection, people.get_patient_actor(connection, clinic_id))

    @contextmanager
    def reading_for_patient(self, clinic_id: str) -> Iterator[Desk]:
        """A desk at which a patient's page is put together."""
        with reading(self.engine) as connection:
            yield self.desk_for(connection, people.get_patient_actor(connection, clinic_id))

    @contextmanager
    def writing_for_program(self) -> Iterator[Desk]:
        """A desk at which the program does its own work: it sees every clinic, and may not act on a patient."""
        with writing(self.engine) as connection:
            yield self.desk_for(connection, people.get_program_actor(connection))

    @contextmanager
    def reading_for_program(self) -> Iterator[Desk]:
        """A desk at which the program looks at every clinic."""
        with reading(self.engine) as connection:
            yield self.looking_desk_for(connection, people.get_program_actor(connection))

    def desk_for(self, connection: Connection, actor: Actor) -> Desk:
        """A desk in a transaction that is open already."""
        return Desk(connection, actor, self.clock.now(), self._todays(connection), self.rulebook)

    def looking_desk_for(self, connection: Connection, actor: Actor) -> Desk:
        """The same in a transaction that only reads: what was worked out before is remembered."""
        return replace(self.desk_for(connection, actor), memory=self.memory)

    def _todays(self, connection: Connection) -> Mapping[str, date]:
        return {clinic.id: today_in(clinic.time_zone, self.clock) for clinic in people.list_clinics(connection)}


def open_program(
    config_path: Path | None = None, *, environment: Mapping[str, str] | None = None, clock: Clock | None = None
) -> Program:
    """Read the configuration and open the database; refuses one that `monitor init` has not brought up to date."""
    config = load_config(config_path, os.environ if environment is None else environment)
    program = assemble(config, clock=clock)
    require_current(program.engine)
    return program


def assemble(config: Config, *, clock: Clock | None = None) -> Program:
    """As `open_program`, for the commands that make or repair the database."""
    engine = open_engine(
        config.db.url,
        statement_timeout_seconds=config.db.statement_timeout_seconds,
        pool_size=config.db.pool_size,
        seal=Seal(config.history.key.encode()),
    )
    return Program(config, engine, clock or SystemClock(), rulebook_of(config), mailer_of(config))


def open_other(program: Program, url: str) -> Program:
    """The same program on another database, such as the target of a copy."""
    database = program.config.db.model_copy(update={"url": url})
    return assemble(program.config.model_copy(update={"db": database}), clock=program.clock)


def rulebook_of(config: Config) -> Rulebook:
    """The rules as each clinic of the configuration runs them: its own windows and escalation steps."""
    overrides = {
        clinic_id: {
            rule_id: OwnSettings(
                before_days=own.window.before_days if own.window else None,
                after_days=own.window.after_days if own.window else None,
                escalation_days=own.escalation_days,
            )
            for rule_id, own in clinic.overrides.items()
        }
        for clinic_id, clinic in config.clinics.items()
    }
    steps = {name: clinic.escalation_days for name, clinic in config.clinics.items() if clinic.escalation_days}
    return Rulebook(overrides, steps)


def mailer_of(config: Config) -> Mailer:
    """How this installation's letters leave."""
    mail = config.mail
    match mail.kind:
        case "smtp":
            return SmtpMailer(mail.host, mail.port, mail.security, mail.user, mail.password, mail.timeout_seconds)
        case "console":
            return ConsoleMailer()
        case "file":
            return FileMailer(mail.folder)


def get_actor(connection: Connection, login: str | None) -> Actor:
    """The person who acts. Refuses when nobody is named or nobody of that login is in the record."""
    known = [one.login for one in people.list_people(connection)]
    if login is None and len(known) == 1:
        login = known[0]  # a record with one person leaves no doubt
    if login is None:
        raise NotAllowed("Nobody was named as the one who acts.", "Add --by LOGIN, or set MONITOR_BY.")
    actor = people.find_person(connection, login)
    if actor is None:
        raise NotAllowed(
            f"There is nobody with the login '{login}' in the record.",
            "Add the person with `monitor person add`, or name somebody else with --by.",
        )
    if actor.is_disabled:
        raise NotAllowed(f"'{login}' may not use the program any more.", "An administrator can let them in again.")
    return actor
