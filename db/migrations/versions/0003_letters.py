"""Letters: who gets the digest, the outbox, what the jobs remember, and a chain that shows a rewritten history.

Frozen: it makes the tables as they were in this release, whatever `db.tables` says by now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ONLY_ADDED_TO = ("recipient", "confirmation", "cover", "escalation_seen", "digest_look", "chain_link")
ROLE = "role IN ('viewer', 'nurse', 'clinician', 'admin', 'patient', 'program')"


def upgrade() -> None:
    _let_the_program_act()
    _recipients()
    _letters()
    _jobs()
    _chain()
    guard = _guard_sqlite if op.get_bind().dialect.name == "sqlite" else _guard_postgresql
    for table in ONLY_ADDED_TO:
        guard(table)


def _let_the_program_act() -> None:
    """One person stands for the program's own nightly work; the login is none that a person could choose."""
    if op.get_bind().dialect.name == "sqlite":
        # SQLite changes no constraint. Foreign keys are off during a migration: nothing goes with the old table.
        op.execute(
            "CREATE TABLE new_person (id INTEGER NOT NULL, login VARCHAR(80) NOT NULL, name VARCHAR(200) NOT NULL, "
            "role VARCHAR(20) NOT NULL, CONSTRAINT pk_person PRIMARY KEY (id), "
            f"CONSTRAINT ck_person_role CHECK ({ROLE}), CONSTRAINT uq_person_login UNIQUE (login))"
        )
        op.execute("INSERT INTO new_person (id, login, name, role) SELECT id, login, name, role FROM person")
        op.execute("DROP TABLE person")
        op.execute("ALTER TABLE new_person RENAME TO person")
    else:
        op.execute("ALTER TABLE person DROP CONSTRAINT ck_person_role")
        op.execute(f"ALTER TABLE person ADD CONSTRAINT ck_person_role CHECK ({ROLE})")
    op.execute("INSERT INTO person (login, name, role) VALUES ('(program)', 'the program', 'program')")


def _recipients() -> None:
    _fact(
        "recipient",
        "person",
        sa.Column("clinic_id", sa.String(40), nullable=False),
        sa.Column("clinic_ids", sa.JSON, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("is_weekly", sa.Boolean, nullable=False),
        sa.Column("attaches_worklist", sa.Boolean, nullable=False),
        sa.Column("is_physician", sa.Boolean, nullable=False),
        sa.Column("code_sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_recipient_clinic_id"),
    )
    _fact("confirmation", "recipient")
    _fact(
        "cover",
        "person",
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("deputy_id", sa.Integer),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name="fk_cover_deputy_id"),
        sa.CheckConstraint("from_on <= until_on", name="ck_cover_days"),
    )
    _fact(
        "escalation_seen",
        "treatment",
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("seen_by", sa.String(200), nullable=False),
    )


def _fact(name: str, owner: str, *columns: sa.Column[object] | sa.schema.Constraint) -> None:
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


def _letters() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("clinic_id", sa.String(40), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("message_id", sa.String(200), nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("body_sha256", sa.String(64)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(40)),
        sa.Column("lease_until", INSTANT),
        sa.Column("handed_off_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("fault", sa.String(300)),
        sa.Column("settled_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("key", name="uq_letter_key"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_letter_person_id"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_letter_clinic_id"),
        sa.CheckConstraint("kind IN ('daily', 'weekly', 'escalation', 'confirmation')", name="ck_letter_kind"),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'handoff', 'sent', 'unknown', 'dead', 'skipped')", name="ck_letter_state"
        ),
        sa.CheckConstraint("body IS NOT NULL OR state NOT IN ('planned', 'claimed', 'handoff')", name="ck_letter_body"),
    )
    is_to_send = sa.column("state").in_(["planned", "claimed", "handoff"])
    op.create_index("ix_letter_to_send", "letter", ["not_before"], sqlite_where=is_to_send, postgresql_where=is_to_send)
    op.create_index("ix_letter_person_id_kind_day", "letter", ["person_id", "kind", "day"])


def _jobs() -> None:
    op.create_table(
        "digest_look",
        sa.Column("clinic_id", sa.String(40), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("looked_at", INSTANT, nullable=False),
        sa.Column("followed", sa.Integer, nullable=False),
        sa.Column("checks", sa.Integer, nullable=False),
        sa.Column("overdue", sa.Integer, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("chain_position", sa.Integer, nullable=False),
        sa.Column("chain_mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "day", name="pk_digest_look"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name="fk_digest_look_clinic_id"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("replica", sa.String(80), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ticked_at", INSTANT, nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("fault", sa.String(300)),
        sa.Column("failing_since", INSTANT),
        sa.PrimaryKeyConstraint("replica", name="pk_heartbeat"),
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(20), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("replica", sa.String(80), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("fault", sa.String(300)),
        sa.PrimaryKeyConstraint("job", "day", name="pk_job_run"),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="ck_job_run_state"),
    )


def _chain() -> None:
    op.create_table(
        "chain_link",
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("history_id", sa.Integer, nullable=False),
        sa.Column("key_mark", sa.String(16), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_chain_link"),
        sa.UniqueConstraint("history_id", name="uq_chain_link_history_id"),
        sa.ForeignKeyConstraint(["history_id"], ["history.id"], name="fk_chain_link_history_id"),
    )
    op.create_table(
        "chain_head",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain_head"),
        sa.CheckConstraint("id = 1", name="ck_chain_head_one"),
    )
    op.execute("INSERT INTO chain_head (id, position, mac) VALUES (1, 0, '')")


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
