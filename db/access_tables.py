"""Who may come in: passwords, sessions, invitations and attempts, and who has read what."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, false

from db.metadata import metadata
from db.types import Instant

credential = Table(
    "credential",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True, autoincrement=False),
    # Argon2id, with its parameters and its salt.
    Column("password_hash", String(200), nullable=False),
    Column("changed_at", Instant, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    # SHA-256 of what the browser holds.
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("began_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=False),
    # The family of the browser, such as "Firefox"; no address and no version.
    Column("device", String(60), nullable=False),
    # Signed in by the hospital's own service rather than by a password.
    Column("is_external", Boolean, nullable=False, server_default=false()),
)
"""Who is signed in; a row that is gone lets nobody in."""

invitation = Table(
    "invitation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)
"""A link that lets a person choose a password, once."""

attempt = Table(
    "attempt",
    metadata,
    # "login/" (a login from one address) or "address/" and a SHA-256: what was typed is kept nowhere.
    Column("key", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Instant, nullable=False),
    Index("ix_attempt_failed_at", "failed_at"),
)
"""How often somebody failed to sign in of late, by login and by address."""

identity = Table(
    "identity",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
)
"""Who somebody is at the hospital's own sign-in service (OpenID Connect)."""

oidc_request = Table(
    "oidc_request",
    metadata,
    # SHA-256 of the state that the browser brings back.
    Column("state_sha256", String(64), primary_key=True),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("back", String(2000), nullable=False),
    Column("made_at", Instant, nullable=False),
    # Opened from an invitation, to tell who of our people this is: its hash, since an id may come to be another's.
    Column("invitation_sha256", String(64)),
)
"""Somebody was sent to that service and has not come back yet."""

read_log = Table(
    "read_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    # Which page, such as "patient" or "worklist".
    Column("what", String(40), nullable=False),
    Column("treatment_id", ForeignKey("treatment.id"), index=True),
    # Of a list: which clinic's (NULL: all of the person's), and how many patients stood in it.
    Column("clinic_id", ForeignKey("clinic.id")),
    Column("patients", Integer, nullable=False),
    Index("ix_read_log_at", "at"),
)
"""Who has read about whom and when; not chained, so that pages stay fast."""
