"""Failures: what a database that cannot answer raises, so that a door can say so and nothing else."""

from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

FAILURES = (DBAPIError, NoFreeConnection, PendingRollbackError)
"""For `except FAILURES:`; the last is what a lost connection answers to every further question. The texts of these
never hold parameters (see `db.engine.open_engine`)."""

LOST = (
    "The connection to the database was lost.",
    "Whatever was not saved by then is not there at all. Look (`monitor patient show REF`) before you enter it again.",
)
KNOWN = {
    # How PostgreSQL's state, or the name of SQLite's code, begins: what happened, and what to do.
    "57P": LOST,
    "08": LOST,
    "57014": ("The database took too long and broke it off.", "Try again; see db.statement_timeout_seconds."),
    "53300": ("The database server has no connection to spare.", "Try again later, or lower db.pool_size."),
    "53100": ("The disk of the database server is full.", "Make room there. Nothing of this was saved."),
    "25006": ("The database can only be read.", "Check that db.url names the server that takes changes."),
    "42501": ("The role in db.url may not do that.", "Grant it the right, or name another role in db.url."),
    "SQLITE_BUSY": ("Another program has the database locked.", "Try again; a restore or an import may be running."),
    "SQLITE_FULL": ("The disk is full.", "Make room. Nothing of this was saved."),
    "SQLITE_READONLY": ("The database can only be read.", "Check the rights of the file and of its folder."),
    "SQLITE_CANTOPEN": ("The database cannot be opened.", "Check db.url, and the rights of the file and its folder."),
    "SQLITE_IOERR": ("The disk under the database fails.", "Copy the file elsewhere, then run `monitor verify`."),
    "SQLITE_CORRUPT": ("The database is damaged.", "Change nothing more; restore the last backup (monitor restore)."),
    "SQLITE_NOTADB": ("The file in db.url is no database.", "Check db.url, or restore a backup (monitor restore)."),
}


def explain(failure: BaseException) -> tuple[str, str] | None:
    """A sentence and the next step where the database, its server or the line is at fault; None for a bug."""
    if isinstance(failure, NoFreeConnection):
        return "Every connection to the database is in use.", "Try again; see db.pool_size."
    if isinstance(failure, PendingRollbackError) or getattr(failure, "connection_invalidated", False):
        return LOST
    if not isinstance(failure, DBAPIError):
        return None
    return next((said for one in _with_reasons(failure) if (said := _explain(one))), None)


def _with_reasons(failure: BaseException | None) -> Iterator[DBAPIError]:
    """A failure and those it came from: on a full disk SQLite ends the transaction itself, and what is seen then is
    that there is nothing left to take back.
    """
    while failure is not None:
        if isinstance(failure, DBAPIError):
            yield failure
        failure = failure.__cause__ or failure.__context__


def _explain(failure: DBAPIError) -> tuple[str, str] | None:
    state = str(getattr(failure.orig, "sqlstate", None) or getattr(failure.orig, "sqlite_errorname", ""))
    if known := next((said for begins, said in KNOWN.items() if state.startswith(begins)), None):
        return known
    if type(failure.orig).__name__ == "OperationalError" and not state:  # the driver's own word: no server spoke
        return f"The database does not answer: {reason_of(failure)}.", "Check that the server runs, and db.url."
    return None


def reason_of(failure: DBAPIError) -> str:
    """Why no connection came about, in the server's or the driver's words, such as: Connection refused."""
    first = next(iter(str(failure.orig).splitlines()), "")
    return first.rpartition("failed: ")[2].removeprefix("FATAL:").strip().rstrip(".") or "it gave no reason"
