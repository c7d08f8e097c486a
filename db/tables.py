"""The record's tables: facts that are only ever added, and the outcome that is computed from them."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    false,
)

from db.access_tables import attempt, credential, identity, invitation, oidc_request, read_log, session
from db.metadata import fact, metadata
from db.types import Instant

__all__ = [
    "attempt", "credential", "identity", "invitation", "metadata", "oidc_request", "read_log", "session",
]  # fmt: skip

# --- Places, people and protocols -------------------------------------------------------------------

clinic = Table(
    "clinic",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("time_zone", String(60), nullable=False),
    Column("country", String(2), nullable=False),
    Column("subdivision", String(10)),
    # Monday is 0. NULL: Monday to Friday.
    Column("working_weekdays", JSON(none_as_null=True)),
)

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(80), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    # Of the pages; NULL: what the browser asks for.
    Column("language", String(2)),
    # From then on the person may not sign in; what they did stays theirs.
    Column("disabled_at", Instant),
    # Two stand for nobody of the staff: whoever acts on a patient's page, and the program itself.
    CheckConstraint("role IN ('viewer', 'nurse', 'clinician', 'admin', 'patient', 'program')", name="role"),
)

person_clinic = Table(
    "person_clinic",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("clinic_id", ForeignKey("clinic.id"), primary_key=True),
)

days_change = Table(
    "days_change",
    metadata,
    Column("clinic_id", ForeignKey("clinic.id"), primary_key=True),
    # How often, and when last: later than the time before, even if a clock was set back.
    Column("changes", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", ForeignKey("person.id"), nullable=False),
    Column("reason", Text, nullable=False),
    # The suggested days of treatments up to this id have followed. NULL: all have.
    Column("followed_to", Integer),
)
"""The time zone or the working days of a clinic changed, and how far the suggested days have followed."""

protocol_version = Table(
    "protocol_version",
    metadata,
    # SHA-256 of the content: the record keeps the text, so that a plan outlives the file it came from.
    Column("fingerprint", String(64), primary_key=True),
    Column("protocol_id", String(60), nullable=False),
    Column("version", String(20), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("stored_at", Instant, nullable=False),
    Index("ix_protocol_version_protocol_id", "protocol_id"),
)

approval = Table(
    "approval",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", ForeignKey("protocol_version.fingerprint"), nullable=False, index=True),
    Column("approved_by", String(200), nullable=False),
    Column("is_invented", Boolean, nullable=False, server_default=false()),
    # Ids of the rules that were needs-check or local-policy when it was approved.
    Column("unverified", JSON, nullable=False),
    Column("entered_by", ForeignKey("person.id"), nullable=False),
    Column("entered_at", Instant, nullable=False),
)

# --- Patients and treatments ------------------------------------------------------------------------

patient = Table(
    "patient",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("clinic_id", ForeignKey("clinic.id"), nullable=False, index=True),
    Column("reference", String(80), nullable=False, unique=True),
    Column("entered_at", Instant, nullable=False),
)

treatment = Table(
    "treatment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("clinic_id", ForeignKey("clinic.id"), nullable=False, index=True),
    # Counts the acts on this treatment. Two people who act on the same revision cannot both win.
    Column("revision", Integer, nullable=False),
    Column("entered_at", Instant, nullable=False),
)


# --- Facts -------------------------------------------------------------------------------------------

detail = fact(
    "detail",
    "patient",
    Column("name", String(200)),
    Column("born_on", Date),
    Column("sex", String(10)),
    Column("language", String(2)),
    Column("contact", Text),
)
"""What is known about a patient; the latest row holds."""

assignment = fact(
    "assignment",
    "treatment",
    Column("fingerprint", ForeignKey("protocol_version.fingerprint"), nullable=False),
    Column("overlays", JSON, nullable=False),
    Column("followed_here_from", Date),
)
"""Which protocol version a treatment follows and since when it is followed here; the latest row holds."""

infusion = fact(
    "infusion",
    "treatment",
    Column("infused_on", Date, nullable=False),
    Column("is_planned", Boolean, nullable=False),
    Column("course", Integer),
)

sample = fact(
    "sample",
    "treatment",
    Column("family", String(60), nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("said_rule", String(80)),
    Column("said_number", Integer),
    Column("performed_by", String(200)),
)

Index("ix_sample_treatment_id_taken_on", sample.c.treatment_id, sample.c.taken_on)
"""What nobody has seen lies among the latest samples: years of earlier ones are not looked at."""

seen = fact(
    "seen",
    "sample",
    Column("seen_by", String(200), nullable=False),
    Column("result", Text),
)

waiver = fact(
    "waiver",
    "treatment",
    Column("rule", String(80), nullable=False),
    Column("due_on", Date, nullable=False),
)

booking = fact(
    "booking",
    "treatment",
    Column("family", String(60), nullable=False),
    Column("booked_on", Date, nullable=False),
    Column("booked_at", Time),
)

extra = fact(
    "extra",
    "treatment",
    Column("rule", String(80), nullable=False),
    Column("first_number", Integer, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("every", String(20)),
    Column("times", Integer, nullable=False),
)

contact_note = fact(
    "contact_note",
    "treatment",
    Column("kind", String(20), nullable=False),
    Column("text", Text),
    CheckConstraint("kind IN ('note', 'reached', 'unreachable', 'declines')", name="kind"),
)

named_nurse = fact("named_nurse", "patient", Column("nurse_id", ForeignKey("person.id"), nullable=False))
"""Whose patient it is; the latest row holds, a void one says that it is nobody's."""

preference = fact(
    "preference",
    "patient",
    # Where blood is taken, and the weekdays that suit the patient, Monday being 0.
    Column("sampling_place", String(200)),
    Column("weekdays", JSON, nullable=False),
    # Name and address of the general practitioner, as they shall stand on a letter.
    Column("practitioner", Text),
)
"""What a nurse knows that helps to find a day; the latest row holds."""

answer = fact(
    "answer",
    "treatment",
    Column("checklist", String(60), nullable=False),
    Column("question", String(60), nullable=False),
    # The course that the list was gone through for.
    Column("course", Integer, nullable=False),
    Column("said", String(10), nullable=False),
    Column("note", Text),
    CheckConstraint("said IN ('yes', 'no', 'unknown')", name="said"),
)
"""An answer to one question of a checklist; the latest row of a question and course holds."""

closure = fact(
    "closure",
    "clinic",
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("name", String(200), nullable=False),
    CheckConstraint("from_on <= until_on", name="days"),
)
"""Days on which a clinic is closed beside its public holidays; they shift a suggested day and never a window."""

discharge = fact(
    "discharge",
    "treatment",
    Column("discharged_on", Date, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("transferred_to", String(200)),
    CheckConstraint("kind IN ('moved', 'died', 'transferred', 'other')", name="kind"),
)
"""Monitoring here ended; a void row that replaces it is the re-admission."""

report = fact(
    "report",
    "treatment",
    Column("family", String(60), nullable=False),
    Column("done_on", Date, nullable=False),
    Column("place", String(200)),
)
"""The patient says that it was done; it closes nothing, and a sample answers it."""

away = fact(
    "away",
    "patient",
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    CheckConstraint("from_on <= until_on", name="days"),
)
"""Days on which the patient cannot come; they shift a suggested day and never a window."""

wish = fact(
    "wish",
    "patient",
    Column("language", String(2)),
    Column("names_tests", Boolean, nullable=False),
    Column("names_drug", Boolean, nullable=False),
    Column("shows_advice", Boolean, nullable=False),
    Column("day_before_at", Time),
    Column("same_day_at", Time),
    Column("is_locked", Boolean, nullable=False),
)
"""How a patient wants calendars and page to speak; the latest row holds."""

# --- The digest: who gets it, who stands in for whom, and who has seen an escalation ---------------------

recipient = fact(
    "recipient",
    "person",
    # The home clinic: its day and its hour are those of the digest.
    Column("clinic_id", ForeignKey("clinic.id"), nullable=False),
    # The clinics that the person is responsible for, by id.
    Column("clinic_ids", JSON, nullable=False),
    Column("address", String(254), nullable=False),
    Column("language", String(2), nullable=False),
    Column("is_weekly", Boolean, nullable=False),
    Column("attaches_worklist", Boolean, nullable=False),
    # The physician whom an escalation reaches last.
    Column("is_physician", Boolean, nullable=False),
    # SHA-256 of the code that was sent to the address; whoever says it has read that mail.
    Column("code_sha256", String(64), nullable=False),
)
"""How a person gets the digest; the latest row holds, a void one says that the person left."""

confirmation = fact("confirmation", "recipient")
"""Somebody read the mail that was sent to this recipient's address."""

cover = fact(
    "cover",
    "person",
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("deputy_id", ForeignKey("person.id")),
    CheckConstraint("from_on <= until_on", name="days"),
)
"""Days on which a member of staff is away, and whose digest then contains theirs."""

escalation_seen = fact(
    "escalation_seen",
    "treatment",
    # The oldest overdue check of the line, and the role that the step names.
    Column("rule", String(80), nullable=False),
    Column("number", Integer, nullable=False),
    Column("role", String(20), nullable=False),
    Column("seen_by", String(200), nullable=False),
)
"""A person in that role knows of the escalation; it closes nothing."""

# --- Letters: the outbox, and what the jobs remember ------------------------------------------------------

letter = Table(
    "letter",
    metadata,
    Column("id", Integer, primary_key=True),
    # What the letter is, and for whom: daily/2026-11-02/4. Two replicas that plan it at once make one row.
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("clinic_id", ForeignKey("clinic.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("address", String(254), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("message_id", String(200), nullable=False),
    # The whole message as it goes out, byte for byte; empty where none was made, or when it was pruned.
    Column("body", LargeBinary),
    Column("body_sha256", String(64)),
    Column("state", String(10), nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Who is sending it, and until when nobody else may.
    Column("claim", String(40)),
    Column("lease_until", Instant),
    Column("handed_off_at", Instant),
    Column("ended_at", Instant),
    # What the mail server said, or why the letter was skipped.
    Column("fault", String(300)),
    # An administrator said that it is dealt with; who and why stands in the history.
    Column("settled_at", Instant),
    CheckConstraint("kind IN ('daily', 'weekly', 'escalation', 'confirmation')", name="kind"),
    CheckConstraint("state IN ('planned', 'claimed', 'handoff', 'sent', 'unknown', 'dead', 'skipped')", name="state"),
    CheckConstraint("body IS NOT NULL OR state NOT IN ('planned', 'claimed', 'handoff')", name="body"),
)

IS_TO_SEND = letter.c.state.in_(["planned", "claimed", "handoff"])
Index(
    "ix_letter_to_send",
    letter.c.not_before,
    sqlite_where=IS_TO_SEND,
    postgresql_where=IS_TO_SEND,
)
Index("ix_letter_person_id_kind_day", letter.c.person_id, letter.c.kind, letter.c.day)

digest_look = Table(
    "digest_look",
    metadata,
    Column("clinic_id", ForeignKey("clinic.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("looked_at", Instant, nullable=False),
    Column("followed", Integer, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("overdue", Integer, nullable=False),
    # A word for each finding, so that the next digest can mark what is new.
    Column("findings", JSON, nullable=False),
    # The head of the history's chain as that day's digest printed it.
    Column("chain_position", Integer, nullable=False),
    Column("chain_mac", String(64), nullable=False),
)
"""What the digest saw of a clinic on a day."""

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("replica", String(80), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("ticked_at", Instant, nullable=False),
    Column("version", String(20), nullable=False),
    # The steps that failed when it last looked, and since when some step has failed at every look.
    Column("fault", String(300)),
    Column("failing_since", Instant),
)
"""When each process that runs jobs last looked."""

job_run = Table(
    "job_run",
    metadata,
    Column("job", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("state", String(10), nullable=False),
    Column("replica", String(80), nullable=False),
    # While it runs: until when nobody else may take it over. When it failed: until when nobody tries again.
    Column("lease_until", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ended_at", Instant),
    Column("fault", String(300)),
    CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
)
"""What is done once a day by whichever replica comes first."""

# --- Feeds: secret addresses, and who fetched from them -----------------------------------------------

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("patient_id", ForeignKey("patient.id"), index=True),
    Column("clinic_id", ForeignKey("clinic.id"), nullable=False, index=True),
    # The member of staff whose calendar it is; its clinic must stay one of theirs.
    Column("person_id", ForeignKey("person.id")),
    Column("label", String(100), nullable=False),
    # SHA-256 of the token, the one thing that is kept of it.
    Column("token_sha256", String(64), nullable=False, unique=True),
    # An address that the patient's page can show again: its token follows from the page's and this salt.
    Column("page_id", ForeignKey("feed.id")),
    Column("salt", String(64)),
    # On this day the patient agreed, after being told that calendar providers keep copies.
    Column("consented_on", Date),
    Column("entered_by", ForeignKey("person.id"), nullable=False),
    Column("entered_at", Instant, nullable=False),
    CheckConstraint("purpose IN ('appointments', 'page', 'worklist')", name="purpose"),
    CheckConstraint("(purpose = 'worklist') = (patient_id IS NULL)", name="whose"),
    CheckConstraint("purpose <> 'appointments' OR consented_on IS NOT NULL", name="consent"),
)

feed_end = Table(
    "feed_end",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("entered_by", ForeignKey("person.id"), nullable=False),
    Column("entered_at", Instant, nullable=False),
)
"""The address was withdrawn; nothing brings it back."""

feed_fetch = Table(
    "feed_fetch",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True, autoincrement=False),
    # The family of the program that asked, such as "Apple Calendar"; no address and no version.
    Column("client", String(40), primary_key=True),
    Column("fetched_at", Instant, nullable=False),
)
"""When each kind of program last fetched; the one thing about feeds that is written over."""

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("clinic_id", ForeignKey("clinic.id")),
    Column("treatment_id", ForeignKey("treatment.id"), index=True),
    Column("revision", Integer),
    Column("act", String(40), nullable=False),
    Column("subject", String(200)),
    Column("reason", Text),
    Column("details", JSON(none_as_null=True)),
    # One act a revision: whoever comes second is refused by the database itself.
    UniqueConstraint("treatment_id", "revision"),
)

chain_link = Table(
    "chain_link",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("history_id", ForeignKey("history.id"), nullable=False, unique=True),
    # Which key made it, so that keys can change.
    Column("key_mark", String(16), nullable=False),
    Column("mac", String(64), nullable=False),
)
"""One link for each line of the history, made from the line and the link before."""

chain_head = Table(
    "chain_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("mac", String(64), nullable=False),
    CheckConstraint("id = 1", name="one"),
)
"""The last link; whoever adds one locks this row first."""

import_run = Table(
    "import_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file", String(300), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("counts", JSON, nullable=False),
    Column("entered_by", ForeignKey("person.id"), nullable=False),
    Column("entered_at", Instant, nullable=False),
)

# --- The outcome: computed from the facts, stored by difference, rebuilt by `monitor verify` -----------

visit = Table(
    "visit",
    metadata,
    # Random, so that a calendar's UID says nothing about the patient or the day.
    Column("id", String(32), primary_key=True),
    Column("treatment_id", ForeignKey("treatment.id"), nullable=False, index=True),
    Column("due_on", Date, nullable=False),
    Column("place", String(20), nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    Column("visit_on", Date, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    # Of the checks that are still open: the day agreed, and the day on which the patient says it was done.
    Column("booked_on", Date),
    Column("booked_at", Time),
    Column("reported_on", Date),
)

period = Table(
    "period",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("treatment_id", ForeignKey("treatment.id"), nullable=False, index=True),
    # "follow-up", or the id of an advice; the number tells its periods apart.
    Column("name", String(80), nullable=False),
    Column("number", Integer, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("sequence", Integer, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("treatment_id", "name", "number"),
)
"""What holds from a day to a day: the follow-up itself, and each advice."""

check = Table(
    "check",
    metadata,
    Column("treatment_id", ForeignKey("treatment.id"), primary_key=True, autoincrement=False),
    Column("rule", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("clinic_id", ForeignKey("clinic.id"), nullable=False),
    Column("family", String(60), nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    Column("confirm", Boolean, nullable=False),
    Column("settlement", String(20), nullable=False),
    Column("settled_on", Date),
    Column("visit_id", ForeignKey("visit.id"), nullable=False),
    CheckConstraint(
        "settlement IN ('open', 'done', 'waived', 'superseded', 'before-record', 'discharged', 'withdrawn')",
        name="settlement",
    ),
    CheckConstraint("opens_on <= due_on AND due_on <= closes_on", name="window"),
    sqlite_with_rowid=False,
)

Index(
    "ix_check_open",
    check.c.clinic_id,
    check.c.opens_on,
    check.c.treatment_id,
    sqlite_where=check.c.settlement == "open",
    postgresql_where=check.c.settlement == "open",
)

FACTS = (
    detail, assignment, infusion, sample, seen, waiver, booking, extra, contact_note, discharge, report, away, wish,
    recipient, confirmation, cover, escalation_seen, named_nurse, preference, answer, closure,
)  # fmt: skip
"""In this order a fact only refers to earlier tables."""
