"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    # By hand: ADD COLUMN, or SQLite's twelve steps. No batch operations: they lose triggers and cascades.
    ${upgrades if upgrades else "raise NotImplementedError"}
