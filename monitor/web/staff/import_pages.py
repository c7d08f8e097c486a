"""Importing in the browser: the whole report first, then the same bytes, as the person decides."""

import base64
import binascii
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path, PurePath

from starlette.responses import Response

from db.imports import list_runs
from monitor.protocols import load_files
from monitor.render.staff.values import Section
from monitor.services import approving
from monitor.services.importing.cells import DateFormat
from monitor.services.importing.running import Options, Report, import_spool
from monitor.services.importing.spooling import spool
from monitor.services.worklist import clinics_of
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.previews import Previewed, preview_or
from schedules.errors import FileRefused, Unacceptable
from schedules.problems import Problem, Severity

LARGEST_FILE = 8 * 1024 * 1024
"""Larger lists are imported on the server (`monitor import`), which reads them row by row."""
ENDINGS = (".csv", ".xlsx", ".txt", ".tsv")
DATES = ("", *(one.value for one in DateFormat))


def show_form(asked: Asked) -> Response:
    return asked.page(
        "import.html", Section.PATIENTS, clinics=clinics_of(asked.desk), dates=DATES,
        protocols=[one for one in approving.list_approved(asked.desk) if not one.is_overlay],
    )  # fmt: skip


def take_in(asked: Asked) -> Response:
    """Without `step` a report that keeps nothing; `all` or `good` take in the bytes of that report."""
    form = asked.form
    name, content = _file(asked)
    date_format = form.choice("date_format", DATES)
    form.finish()
    step = form.get("step")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        report, problems, refused = _run(asked, path, step, DateFormat(date_format) if date_format else None)
    if step in {"all", "good"} and report is not None:
        asked.read("import", patients=report.counts.patients_added + report.counts.patients_changed)
        return asked.page("imported.html", Section.PATIENTS, report=report)
    raise Previewed(
        "import_report.html", report=report, problems=problems, refused=refused, name=name,
        content=base64.b64encode(content).decode(), date_format=date_format, clinic=form.get("clinic"),
        protocol=form.get("protocol"), earlier=list_runs(asked.desk.connection, sha256(content).hexdigest()),
        errors=sum(one.severity is Severity.ERROR for one in problems),
    )  # fmt: skip


def _file(asked: Asked) -> tuple[str, bytes]:
    """The file that was chosen, or the same bytes again from the report's own form."""
    form = asked.form
    if form.get("content"):
        try:
            return _plain(form.get("name")), base64.b64decode(form.get("content"), validate=True)
        except binascii.Error:
            raise Unacceptable("The file did not come back whole.", "Choose it again.", code="file-again") from None
    name, content = form.files.get("file", ("", b""))
    if not name or not content:
        form.complain("file", "missing")
        form.finish()
    if len(content) > LARGEST_FILE:
        raise Unacceptable(
            "The file is too large for the browser.",
            "Import it on the server with `monitor import`.",
            code="file-large",
        )
    return _plain(name), content


def _plain(name: str) -> str:
    """The last part of a name, without what a path could do."""
    plain = "".join(one for one in PurePath(name.replace("\\", "/")).name if one.isalnum() or one in "-_. ")[-100:]
    if not plain.lower().endswith(ENDINGS):
        raise Unacceptable("This is no table that can be read.", "Choose a CSV or XLSX file.", code="file-kind")
    return plain


def _run(
    asked: Asked, path: Path, step: str, date_format: DateFormat | None
) -> tuple[Report | None, Sequence[Problem], FileRefused | None]:  # fmt: skip
    config, form = asked.program.config, asked.form
    options = Options(
        dry_run=step not in {"all", "good"},
        accept_good_rows=step == "good",
        confirm_losses=form.ticked("confirmed"),
        reason=form.line("reason") or None,
        library=tuple(dict.fromkeys(entry.id for entry in load_files(config.protocols.directories).entries)),
        horizon_years=config.importing.planned_horizon_years,
    )
    try:
        with spool(
            path, defaults={"clinic": form.get("clinic") or None, "protocol": form.get("protocol") or None},
            date_format=date_format, max_cell_characters=config.importing.max_cell_characters,
        ) as read:  # fmt: skip
            report = import_spool(asked.desk, read, options)
    except FileRefused as refused:
        return None, refused.problems, refused
    return report, report.problems, None


PAGES: Sequence[Page] = (
    Page(
        "/patients/import",
        show=show_form,
        act=take_in,
        again=preview_or(show_form),
        needs=Needs.WRITE,
        takes_files=True,
        largest=2 * LARGEST_FILE,
    ),
)
