"""The record: places, people, protocols, facts that are only ever added, and the outcome computed from them.

Frozen: it makes the tables as they were in the first release, whatever `db.tables` says by now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
INSTANT = sa.DateTime(timezone=True)

ONLY_ADDED_TO = (
    "protocol_version", "approval", "detail", "assignment", "infusion", "sample", "seen", "waiver", "booking",
    "extra", "contact_note", "discharge", "history",
)  # fmt: skip


def upgrade() -> None:
    _places_people_and_protocols()
    _patients_and_treatments()
    _facts()
    _history()
    _outcome()
    metadata.create_all(op.get_bind(), checkfirst=False)
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _places_people_and_protocols() -> None:
    sa.Table(
        "clinic",
        metadata,
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("time_zone", sa.String(60), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("subdivision", sa.String(10)),
    )
    sa.Table(
        "person",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.String(80), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'nurse', 'clinician', 'admin')", name="role"),
    )
    sa.Table(
        "person_clinic",
        metadata,
        sa.Column("person_id", sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("clinic_id", sa.ForeignKey("clinic.id"), primary_key=True),
    )
    sa.Table(
        "protocol_version",
        metadata,
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("protocol_id", sa.String(60), nullable=False, index=True),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
    )
    sa.Table(
        "approval",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.ForeignKey("protocol_version.fingerprint"), nullable=False, index=True),
        sa.Column("approved_by", sa.String(200), nullable=False),
        sa.Column("is_invented", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("unverified", sa.JSON, nullable=False),
        sa.Column("entered_by", sa.ForeignKey("person.id"), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
    )
    sa.Table(
        "import_run",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("file", sa.String(300), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("entered_by", sa.ForeignKey("person.id"), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
    )


def _patients_and_treatments() -> None:
    sa.Table(
        "patient",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("clinic_id", sa.ForeignKey("clinic.id"), nullable=False, index=True),
        sa.Column("reference", sa.String(80), nullable=False, unique=True),
        sa.Column("entered_at", INSTANT, nullable=False),
    )
    sa.Table(
        "treatment",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("patient_id", sa.ForeignKey("patient.id"), nullable=False, index=True),
        sa.Column("clinic_id", sa.ForeignKey("clinic.id"), nullable=False, index=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
    )


def _fact(name: str, owner: str, *columns: sa.Column[object] | sa.CheckConstraint) -> None:
    sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(f"{owner}_id", sa.ForeignKey(f"{owner}.id"), nullable=False, index=True),
        *columns,
        sa.Column("replaces_id", sa.ForeignKey(f"{name}.id"), unique=True),
        sa.Column("is_void", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("entered_by", sa.ForeignKey("person.id"), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
    )


def _facts() -> None:
    _fact(
        "detail",
        "patient",
        sa.Column("name", sa.String(200)),
        sa.Column("born_on", sa.Date),
        sa.Column("sex", sa.String(10)),
        sa.Column("language", sa.String(2)),
        sa.Column("contact", sa.Text),
    )
    _fact(
        "assignment",
        "treatment",
        sa.Column("fingerprint", sa.ForeignKey("protocol_version.fingerprint"), nullable=False),
        sa.Column("overlays", sa.JSON, nullable=False),
        sa.Column("followed_here_from", sa.Date),
    )
    _fact(
        "infusion",
        "treatment",
        sa.Column("infused_on", sa.Date, nullable=False),
        sa.Column("is_planned", sa.Boolean, nullable=False),
        sa.Column("course", sa.Integer),
    )
    _fact(
        "sample",
        "treatment",
        sa.Column("family", sa.String(60), nullable=False),
        sa.Column("taken_on", sa.Date, nullable=False),
        sa.Column("said_rule", sa.String(80)),
        sa.Column("said_number", sa.Integer),
        sa.Column("performed_by", sa.String(200)),
    )
    _fact("seen", "sample", sa.Column("seen_by", sa.String(200), nullable=False), sa.Column("result", sa.Text))
    _fact(
        "waiver",
        "treatment",
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
    )
    _fact(
        "booking",
        "treatment",
        sa.Column("family", sa.String(60), nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("booked_at", sa.Time),
    )
    _fact(
        "extra",
        "treatment",
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("first_number", sa.Integer, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("every", sa.String(20)),
        sa.Column("times", sa.Integer, nullable=False),
    )
    _fact(
        "contact_note",
        "treatment",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text),
        sa.CheckConstraint("kind IN ('note', 'reached', 'unreachable', 'declines')", name="kind"),
    )
    _fact(
        "discharge",
        "treatment",
        sa.Column("discharged_on", sa.Date, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("transferred_to", sa.String(200)),
        sa.CheckConstraint("kind IN ('moved', 'died', 'transferred', 'other')", name="kind"),
    )


def _history() -> None:
    sa.Table(
        "history",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", sa.ForeignKey("person.id"), nullable=False),
        sa.Column("clinic_id", sa.ForeignKey("clinic.id")),
        sa.Column("treatment_id", sa.ForeignKey("treatment.id"), index=True),
        sa.Column("revision", sa.Integer),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200)),
        sa.Column("reason", sa.Text),
        sa.Column("details", sa.JSON),
        sa.UniqueConstraint("treatment_id", "revision"),
    )


def _outcome() -> None:
    sa.Table(
        "visit",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("treatment_id", sa.ForeignKey("treatment.id"), nullable=False, index=True),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("opens_on", sa.Date, nullable=False),
        sa.Column("closes_on", sa.Date, nullable=False),
        sa.Column("visit_on", sa.Date, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    check = sa.Table(
        "check",
        metadata,
        sa.Column("treatment_id", sa.ForeignKey("treatment.id"), primary_key=True, autoincrement=False),
        sa.Column("rule", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("clinic_id", sa.ForeignKey("clinic.id"), nullable=False),
        sa.Column("family", sa.String(60), nullable=False),
        sa.Column("opens_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("closes_on", sa.Date, nullable=False),
        sa.Column("confirm", sa.Boolean, nullable=False),
        sa.Column("settlement", sa.String(20), nullable=False),
        sa.Column("settled_on", sa.Date),
        sa.Column("visit_id", sa.ForeignKey("visit.id"), nullable=False),
        sa.CheckConstraint(
            "settlement IN ('open', 'done', 'waived', 'superseded', 'before-record', 'discharged', 'withdrawn')",
            name="settlement",
        ),
        sa.CheckConstraint("opens_on <= due_on AND due_on <= closes_on", name="window"),
        sqlite_with_rowid=False,
    )
    is_open = check.c.settlement == "open"
    sa.Index(
        "ix_check_open",
        check.c.clinic_id,
        check.c.opens_on,
        check.c.treatment_id,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def _guard_sqlite() -> None:
    """Nobody rewrites history, not even by hand with the sqlite3 program."""
    for table in ONLY_ADDED_TO:
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{act} BEFORE {act.upper()} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, '{table} is only ever added to: correct an entry by a new one'); END"
            )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is only ever added to: correct an entry by a new one', TG_TABLE_NAME; END $$"
    )
    for table in ONLY_ADDED_TO:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_rewriting BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
