"""Failures: what a database that cannot answer raises, so that a door can say so and nothing else."""

from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

FAILURES = (DBAPIError, NoFreeConnection, PendingRollbackError)
"""For `except FAILURES:`; the last is what a lost connection answers to every further question. The texts of these
never hold parameters (see `db.engine.open_engine`)."""
