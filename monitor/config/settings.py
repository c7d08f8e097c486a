"""Settings: what an installation may choose, as frozen values that refuse what cannot be meant."""

import re
from datetime import time
from email.utils import parseaddr
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from schedules.problems import did_you_mean
from schedules.protocol import Slug
from schedules.working_days import is_known_country

PREFIX, NESTED = "MONITOR_", "__"
KEY_CHARACTERS = 32
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
MAIL_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/-]{1,38}")


def _refuse_switch(value: Any) -> Any:
    if isinstance(value, bool):
        # A ValueError is what pydantic turns into a complaint of its own kind.
        raise ValueError("must be a whole number, not true or false")  # noqa: TRY004
    return value


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError(f"must be a time zone such as Europe/Berlin. {did_you_mean(zone, available_timezones())}")
    return zone


def _known_country(country: str) -> str:
    if not is_known_country(country):
        raise ValueError("must be a country code of two capital letters whose public holidays are known, such as DE")
    return country


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if any(earlier >= later for earlier, later in pairwise(days)):
        raise ValueError("must ascend: each step comes later than the one before")
    return days


def _base_address(address: str) -> str:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises for what is no port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise ValueError("must be an address without a path, such as https://calendar.hospital.example")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("must hold no name, password or #, such as https://calendar.hospital.example")
    return address.rstrip("/")


def _telephone(number: str) -> str:
    if number and not TELEPHONE.fullmatch(number):
        raise ValueError("must be a telephone number of digits, blanks, ( ) / - and a leading +, such as +49 30 1234-0")
    return number


def _hour(text: object) -> time:
    if not isinstance(text, str) or not HOUR.fullmatch(text):
        raise ValueError('must be an hour of the day in quotes, such as "07:00"')
    return time.fromisoformat(text)


def _sender(text: str) -> str:
    if not MAIL_ADDRESS.fullmatch(parseaddr(text)[1]):
        raise ValueError("must be a mail address, such as Follow-up <monitor@hospital.example>")
    return text


def _web_address(address: str) -> str:
    if address and not (urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname):
        raise ValueError("must be an address such as https://watch.hospital.example/monitor, or empty")
    return address


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    for one in given:
        try:
            ip_network(one)
        except ValueError:
            raise ValueError("must hold addresses or networks such as 10.0.0.5 or 10.0.0.0/24") from None
    return given


def _history_key(key: str) -> str:
    if key and len(key) < KEY_CHARACTERS:
        raise ValueError(f"must be empty or have at least {KEY_CHARACTERS} characters, chosen by chance")
    return key


Hour = Annotated[time, BeforeValidator(lambda value: value if isinstance(value, time) else _hour(value))]
Whole = Annotated[int, BeforeValidator(_refuse_switch)]
Days = Annotated[Whole, Field(ge=0, le=366)]
Steps = Annotated[tuple[Annotated[Days, Field(ge=1)], ...], Field(min_length=1), AfterValidator(_ascending)]


class Section(BaseModel):
    """The base of every block of the file: frozen, and refusing keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Database(Section):
    url: Annotated[str, Field(min_length=1, repr=False)] = "sqlite:///monitor.sqlite3"
    statement_timeout_seconds: Annotated[Whole, Field(ge=1, le=3600)] = 30
    pool_size: Annotated[Whole, Field(ge=1, le=100)] = 10


class Protocols(Section):
    directories: tuple[Path, ...] = ()
    """Read beside the built-in protocols; relative to the working directory."""


class ClinicDefaults(Section):
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Berlin"
    country: Annotated[str, AfterValidator(_known_country)] = "DE"


class WindowOverride(Section):
    before_days: Days
    after_days: Days


class RuleOverride(Section):
    window: WindowOverride | None = None
    escalation_days: Steps | None = None


class LocalThreshold(Section):
    """A value to show beside the published ones; the program interprets no result."""

    value: float
    unit: str
    note: str = ""


class ClinicSettings(Section):
    contact: Annotated[str, Field(max_length=500)] | None = None
    telephone: Annotated[str, Field(max_length=40), AfterValidator(_telephone)] | None = None
    """Both for the calendars and pages of this clinic's patients, in place of those under `feed`."""
    digest_time: Hour | None = None
    """The hour of this clinic's digest, in place of `digest.time`."""
    names_in_digest: bool = False
    escalation_days: Steps | None = None
    """For every rule that has no steps of its own; None leaves those of the protocol."""
    overrides: dict[Slug, RuleOverride] = {}
    """By rule id, in whatever protocol the rule stands."""
    thresholds: dict[Slug, LocalThreshold] = {}
    """By test id of the protocols, such as `platelets`."""


class Importing(Section):
    max_cell_characters: Annotated[Whole, Field(ge=100, le=1_000_000)] = 10_000
    planned_horizon_years: Annotated[Whole, Field(ge=1, le=20)] = 2


class Web(Section):
    host: Annotated[str, Field(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[Whole, Field(ge=0, le=65_535)] = 8000
    public_url: Annotated[str, AfterValidator(_base_address)] = "http://127.0.0.1:8000"
    """As patients and their calendar providers reach the program; every address that is handed out begins with it."""


class OpenIdConnect(Section):
    issuer: Annotated[str, AfterValidator(_web_address)] = ""
    """The address of the hospital's sign-in service; empty: there is none."""
    client_id: str = ""
    client_secret: Annotated[str, Field(repr=False)] = ""
    name: Annotated[str, Field(max_length=60)] = "Hospital sign-in"


class SignIn(Section):
    idle_minutes: Annotated[Whole, Field(ge=5, le=720)] = 30
    """Without use for so long, a session is over."""
    absolute_hours: Annotated[Whole, Field(ge=1, le=72)] = 12
    """A session is over after so long, used or not."""
    invitation_hours: Annotated[Whole, Field(ge=1, le=720)] = 72
    passwords: bool = True
    """Off: only the hospital's own service lets anybody in."""
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(_networks)] = ()
    """Addresses (or networks) of reverse proxies whose X-Forwarded-For counts."""
    keep_readings_days: Annotated[Whole, Field(ge=30, le=20_000)] = 2190
    """Six years, a local policy: who has read what is forgotten after that."""
    oidc: OpenIdConnect = OpenIdConnect()


class Feed(Section):
    name: Annotated[str, Field(max_length=100)] = ""
    """Empty: the program's own, in the patient's language."""
    contact: Annotated[str, Field(max_length=500)] = ""
    telephone: Annotated[str, Field(max_length=40), AfterValidator(_telephone)] = ""
    settled: Literal["done", "cancelled"] = "done"
    requests_per_minute: Annotated[Whole, Field(ge=1, le=1_000_000)] = 120


class Digest(Section):
    time: Hour = time(7)
    """At each clinic by its own clock."""
    weekly_on: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    late_after_minutes: Annotated[Whole, Field(ge=5, le=1440)] = 60
    physician_after_days: Annotated[Whole, Field(ge=1, le=60)] = 3
    """An escalation that nobody has marked as seen for so many days reaches the responsible physician."""
    keep_letters_days: Annotated[Whole, Field(ge=30, le=10_000)] = 400


class Mail(Section):
    kind: Literal["file", "console", "smtp"] = "file"
    folder: Path = Path("outbox")
    sender: Annotated[str, Field(max_length=200), AfterValidator(_sender)] = "Follow-up <monitor@localhost>"
    host: Annotated[str, Field(min_length=1, max_length=255)] = "localhost"
    port: Annotated[Whole, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: Annotated[str, Field(repr=False)] = ""
    timeout_seconds: Annotated[Whole, Field(ge=1, le=120)] = 10
    when_unknown: Literal["resend", "hold"] = "resend"


class Jobs(Section):
    tick_seconds: Annotated[Whole, Field(ge=1, le=600)] = 60
    ping_url: Annotated[str, AfterValidator(_web_address), Field(repr=False)] = ""
    """Called after each look that found everything in order; whoever listens there notices silence."""


class Backups(Section):
    folder: Path | None = None
    """Where nightly copies go; none are made without it."""
    time: Hour = time(2)
    keep_daily: Annotated[Whole, Field(ge=1, le=1000)] = 7
    keep_weekly: Annotated[Whole, Field(ge=0, le=1000)] = 4
    keep_monthly: Annotated[Whole, Field(ge=0, le=1000)] = 12


class History(Section):
    key: Annotated[str, AfterValidator(_history_key), Field(repr=False)] = ""
    """The secret with which the history is chained; empty shows damage but no forgery."""
    old_keys: Annotated[tuple[Annotated[str, AfterValidator(_history_key)], ...], Field(repr=False)] = ()
    """Keys that were used before, oldest first, so that older links can still be checked."""


class Config(BaseSettings):
    """Everything that an installation may choose; `Config()` is what holds without a file."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_prefix_target="all",
        env_nested_delimiter=NESTED,
    )

    db: Database = Database()
    language: Literal["en", "de"] = "en"
    seen_within_working_days: Annotated[Whole, Field(ge=1, le=60)] = 5
    protocols: Protocols = Protocols()
    clinic_defaults: ClinicDefaults = ClinicDefaults()
    clinics: dict[str, ClinicSettings] = {}
    importing: Importing = Field(default=Importing(), alias="import")
    feed: Feed = Feed()
    web: Web = Web()
    sign_in: SignIn = SignIn()
    digest: Digest = Digest()
    mail: Mail = Mail()
    jobs: Jobs = Jobs()
    backup: Backups = Backups()
    history: History = History()

    def digest_time(self, clinic_id: str) -> time:
        """The hour at which a clinic's digest goes out, on that clinic's clock."""
        own = self.clinics.get(clinic_id, ClinicSettings()).digest_time
        return self.digest.time if own is None else own

    def reach(self, clinic_id: str) -> tuple[str, str]:
        """How a clinic's patients reach it: a sentence and a telephone number, either may be empty."""
        own = self.clinics.get(clinic_id, ClinicSettings())
        return (
            self.feed.contact if own.contact is None else own.contact,
            self.feed.telephone if own.telephone is None else own.telephone,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed over: who builds a `Config` in a test gets no surprise from the environment."""
        return (init_settings,)
