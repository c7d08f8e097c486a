"""Calendars: secret addresses and who fetched from them, what patients say on their page, and periods.

Frozen: it makes the tables as they were in this release, whatever `db.tables` says by now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ONLY_ADDED_TO = ("report", "away", "wish", "feed", "feed_end")
ROLE = "role IN ('viewer', 'nurse', 'clinician', 'admin', 'patient')"


def upgrade() -> None:
    _let_patients_act()
    _visits_know_what_was_agreed()
    _periods()
    _what_patients_say()
    _feeds()
    guard = _guard_sqlite if op.get_bind().dialect.name == "sqlite" else _guard_postgresql
    for table in ONLY_ADDED_TO:
        guard(table)


def _let_patients_act() -> None:
    """One person stands for whoever acts on a patient's page; the login is none that a person could choose."""
    if op.get_bind().dialect.name == "sqlite":
        _remake(
            "person",
            "id INTEGER NOT NULL, login VARCHAR(80) NOT NULL, name VARCHAR(200) NOT NULL, role VARCHAR(20) NOT NULL, "
            f"CONSTRAINT pk_person PRIMARY KEY (id), CONSTRAINT ck_person_role CHECK ({ROLE}), "
            "CONSTRAINT uq_person_login UNIQUE (login)",
            "id, login, name, role",
        )
    else:
        op.execute("ALTER TABLE person DROP CONSTRAINT ck_person_role")
        op.execute(f"ALTER TABLE person ADD CONSTRAINT ck_person_role CHECK ({ROLE})")
    op.execute("INSERT INTO person (login, name, role) VALUES ('(patient)', 'the patient', 'patient')")


def _visits_know_what_was_agreed() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _remake(
            "visit",
            "id VARCHAR(32) NOT NULL, treatment_id INTEGER NOT NULL, due_on DATE NOT NULL, place VARCHAR(20) NOT NULL, "
            "opens_on DATE NOT NULL, closes_on DATE NOT NULL, visit_on DATE NOT NULL, sequence INTEGER NOT NULL, "
            "is_withdrawn BOOLEAN NOT NULL, created_at DATETIME NOT NULL, changed_at DATETIME NOT NULL, "
            "booked_on DATE, booked_at TIME, reported_on DATE, CONSTRAINT pk_visit PRIMARY KEY (id), "
            "CONSTRAINT fk_visit_treatment_id FOREIGN KEY(treatment_id) REFERENCES treatment (id)",
            "id, treatment_id, due_on, place, opens_on, closes_on, visit_on, sequence, is_withdrawn, created_at, "
            "changed_at",
        )
        op.create_index("ix_visit_treatment_id", "visit", ["treatment_id"])
    else:
        op.add_column("visit", sa.Column("booked_on", sa.Date))
        op.add_column("visit", sa.Column("booked_at", sa.Time))
        op.add_column("visit", sa.Column("reported_on", sa.Date))


def _remake(table: str, definition: str, columns: str) -> None:
    """A table with another definition and the same rows; SQLite changes no constraint, and adds columns last.

    Foreign keys are off during a migration, so that no row that points at this table goes with the old one.
    """
    op.execute(f"CREATE TABLE new_{table} ({definition})")
    op.execute(f"INSERT INTO new_{table} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE new_{table} RENAME TO {table}")


def _periods() -> None:
    op.create_table(
        "period",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("treatment_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_period"),
        sa.ForeignKeyConstraint(["treatment_id"], ["treatment.id"], name="fk_period_treatment_id"),
        sa.UniqueConstraint("treatment_id", "name", "number", name="uq_period_treatment_id_name_number"),
    )
    op.create_index("ix_period_treatment_id", "period", ["treatment_id"])


def _what_patients_say() -> None:
    _fact(
        "report",
        "treatment",
        sa.Column("family", sa.String(60), nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("place", sa.String(200)),
    )
    _fact(
        "away",
        "patient",
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.CheckConstraint("from_on <= until_on", name="ck_away_days"),
    )
    _fact(
        "wish",
        "patient",
        sa.Column("language", sa.String(2)),
        sa.Column("names_tests", sa.Boolean, nullable=False),
        sa.Column("names_drug", sa.Boolean, nullable=False),
        sa.Column("shows_advice", sa.Boolean, nullable=False),
        sa.Column("day_before_at", sa.Time),
        sa.Column("same_day_at", sa.Time),
        sa.Column("is_locked", sa.Boolean, nullable=False),
    )


def _fact(name: str, owner: str, *columns: sa.Column[object] | sa.CheckConstraint) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column(f"{owner}_id", sa.Integer, nullable=False),
        *columns,
        sa.Column("replaces_id", sa.Integer),
        sa.Column("is_void", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("entered_by", sa.Integer, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint([f"{owner}_id"], [f"{owner}.id"], name=f"fk_{name}_{owner}_id"),
        sa.ForeignKeyConstraint(["replaces_id"], [f"{name}.id"], name=f"fk_{name}_replaces_id"),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=f"fk_{name}_entered_by"),
        sa.UniqueConstraint("replaces_id", name=f"uq_{name}_replaces_id"),
    )
    op.create_index(f"ix_{name}_{owner}_id", name, [f"{owner}_id"])


def _feeds() -> None:
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("patient_id", sa.Integer),
        sa.Column("clinic_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.Integer),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("page_id", sa.Integer),
        sa.Column("salt", sa.String(64)),
        sa.Column("consented_on", sa.Date),
        sa.Column("entered_by", sa.Integer, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_feed_patient_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_feed_clinic_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_feed_person_id"),
        sa.ForeignKeyConstraint(["page_id"], ["feed.id"], name="fk_feed_page_id"),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name="fk_feed_entered_by"),
        sa.UniqueConstraint("token_sha256", name="uq_feed_token_sha256"),
        sa.CheckConstraint("purpose IN ('appointments', 'page', 'worklist')", name="ck_feed_purpose"),
        sa.CheckConstraint("(purpose = 'worklist') = (patient_id IS NULL)", name="ck_feed_whose"),
        sa.CheckConstraint("purpose <> 'appointments' OR consented_on IS NOT NULL", name="ck_feed_consent"),
    )
    op.create_index("ix_feed_patient_id", "feed", ["patient_id"])
    op.create_index("ix_feed_clinic_id", "feed", ["clinic_id"])
    op.create_table(
        "feed_end",
        sa.Column("feed_id", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("entered_by", sa.Integer, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("feed_id", name="pk_feed_end"),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_feed_end_feed_id"),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name="fk_feed_end_entered_by"),
    )
    op.create_table(
        "feed_fetch",
        sa.Column("feed_id", sa.Integer, nullable=False),
        sa.Column("client", sa.String(40), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "client", name="pk_feed_fetch"),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_feed_fetch_feed_id"),
    )


def _guard_sqlite(table: str) -> None:
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{act} BEFORE {act.upper()} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, '{table} is only ever added to: correct an entry by a new one'); END"
        )


def _guard_postgresql(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_refuses_rewriting BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
