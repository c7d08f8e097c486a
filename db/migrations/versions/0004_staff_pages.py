"""Staff pages: who may sign in, who has read what, and what a nurse notes about a patient and a clinic.

Frozen: it makes the tables as they were in this release, whatever `db.tables` says by now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ONLY_ADDED_TO = ("named_nurse", "preference", "answer", "closure")


def upgrade() -> None:
    op.add_column("clinic", sa.Column("working_weekdays", sa.JSON))
    op.add_column("person", sa.Column("language", sa.String(2)))
    op.add_column("person", sa.Column("disabled_at", INSTANT))
    op.create_index("ix_sample_treatment_id_taken_on", "sample", ["treatment_id", "taken_on"])
    _days_change()
    _facts()
    _sign_in()
    _read_log()
    guard = _guard_sqlite if op.get_bind().dialect.name == "sqlite" else _guard_postgresql
    for table in ONLY_ADDED_TO:
        guard(table)


def _days_change() -> None:
    op.create_table(
        "days_change",
        sa.Column("clinic_id", sa.String(40), nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("followed_to", sa.Integer),
        sa.PrimaryKeyConstraint("clinic_id", name="pk_days_change"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_days_change_clinic_id"),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name="fk_days_change_changed_by"),
    )


def _facts() -> None:
    _fact(
        "named_nurse",
        sa.Column("patient_id", sa.Integer, nullable=False),
        sa.Column("nurse_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["nurse_id"], ["person.id"], name="fk_named_nurse_nurse_id"),
    )
    _fact(
        "preference",
        sa.Column("patient_id", sa.Integer, nullable=False),
        sa.Column("sampling_place", sa.String(200)),
        sa.Column("weekdays", sa.JSON, nullable=False),
        sa.Column("practitioner", sa.Text),
    )
    _fact(
        "answer",
        sa.Column("treatment_id", sa.Integer, nullable=False),
        sa.Column("checklist", sa.String(60), nullable=False),
        sa.Column("question", sa.String(60), nullable=False),
        sa.Column("course", sa.Integer, nullable=False),
        sa.Column("said", sa.String(10), nullable=False),
        sa.Column("note", sa.Text),
        sa.CheckConstraint("said IN ('yes', 'no', 'unknown')", name="ck_answer_said"),
    )
    _fact(
        "closure",
        sa.Column("clinic_id", sa.String(40), nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.CheckConstraint("from_on <= until_on", name="ck_closure_days"),
    )


def _fact(name: str, owner: sa.Column[object], *columns: sa.Column[object] | sa.schema.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False),
        owner,
        *columns,
        sa.Column("replaces_id", sa.Integer),
        sa.Column("is_void", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("entered_by", sa.Integer, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint([owner.name], [f"{owner.name.removesuffix('_id')}.id"], name=f"fk_{name}_{owner.name}"),
        sa.ForeignKeyConstraint(["replaces_id"], [f"{name}.id"], name=f"fk_{name}_replaces_id"),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=f"fk_{name}_entered_by"),
        sa.UniqueConstraint("replaces_id", name=f"uq_{name}_replaces_id"),
    )
    op.create_index(f"ix_{name}_{owner.name}", name, [owner.name])


def _sign_in() -> None:
    op.create_table(
        "credential",
        sa.Column("person_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_credential"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_credential_person_id"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("is_external", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_sha256", name="uq_session_token_sha256"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_session_person_id"),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_sha256", name="uq_invitation_token_sha256"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_invitation_person_id"),
    )
    op.create_index("ix_invitation_person_id", "invitation", ["person_id"])
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_attempt"),
    )
    op.create_index("ix_attempt_failed_at", "attempt", ["failed_at"])
    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identity"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_identity_person_id"),
    )
    op.create_index("ix_identity_person_id", "identity", ["person_id"])
    op.create_table(
        "oidc_request",
        sa.Column("state_sha256", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(128), nullable=False),
        sa.Column("back", sa.String(2000), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("invitation_sha256", sa.String(64)),
        sa.PrimaryKeyConstraint("state_sha256", name="pk_oidc_request"),
    )


def _read_log() -> None:
    op.create_table(
        "read_log",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("treatment_id", sa.Integer),
        sa.Column("clinic_id", sa.String(40)),
        sa.Column("patients", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_read_log"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_read_log_person_id"),
        sa.ForeignKeyConstraint(["treatment_id"], ["treatment.id"], name="fk_read_log_treatment_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_read_log_clinic_id"),
    )
    op.create_index("ix_read_log_at", "read_log", ["at"])
    op.create_index("ix_read_log_person_id", "read_log", ["person_id"])
    op.create_index("ix_read_log_treatment_id", "read_log", ["treatment_id"])


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
