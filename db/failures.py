"""Failures: what a database that cannot answer raises, so that a door can say so and nothing else."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

FAILURES = (DBAPIError, NoFreeConnection)
"""For `except FAILURES:`; the texts of these never hold parameters (see `db.engine.open_engine`)."""
