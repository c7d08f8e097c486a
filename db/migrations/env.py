"""Runs the migrations in the transaction that `db.migrate` has opened, so that all of them happen or none."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
