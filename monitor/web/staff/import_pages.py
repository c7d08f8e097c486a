"""Importing over HTTP: the whole report first, which saves nothing, and then what the person decides."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from starlette.responses import Response

from db.imports import list_earlier_runs
from monitor.protocols import load_files
from monitor.render.staff.problems import tell_problem, translate
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services.importing.cells import DateFormat
from monitor.services.importing.running import Options, Report, import_spool
from monitor.services.importing.spooling import Spool, spool
from monitor.services.people import list_clinics
from monitor.services.prospects import list_choices
from monitor.services.reconciling import reconcile
from monitor.web.staff.asking import Asked
from monitor.web.staff.course_previewing import Kept
from monitor.web.staff.endpoints import Needs, Page
from monitor.web.staff.uploads import LARGEST, Upload, read_again, read_upload
from schedules.errors import FileRefused, Unacceptable
from schedules.problems import Problem, Severity, has_errors

MOST_PATIENTS = 1000
"""So many at once: everybody who wants to save something waits until a report is finished."""
PURPOSES = ("import", "compare")
DATES = ("", *(one.value for one in DateFormat))
CHOICES = ("all", "good")


def show(asked: Asked) -> Response:
    say = speaker(asked.language)
    clinics = list_clinics(asked.desk)
    protocols = [one for one in list_choices(asked.desk) if not one.is_overlay]
    in_file = [("", say("import-in-file"))]
    return asked.page(
        "import.html", Section.PATIENTS, kept=Kept(asked.form), most=LARGEST // 1024 // 1024, purposes=PURPOSES,
        clinic_options=in_file + [(one.id, one.name) for one in clinics],
        protocol_options=in_file + [(one.id, f"{say.text(one.title)} ({one.id})") for one in protocols],
        date_options=[(one, say(f"import-date-{one or 'clear'}")) for one in DATES],
    )  # fmt: skip


def act(asked: Asked) -> Response:
    """The report of a file, which is tried and undone; then the same bytes are taken in, if the report still holds."""
    asked.desk.require_writer()
    form = asked.form
    if form.get("step") != "save":
        upload = read_upload(form)
        work = _compare if form.choice("purpose", PURPOSES) == "compare" else _try
        form.choice("date_format", DATES)
        form.finish()
        return _with_file(asked, upload, work)
    form.choice("date_format", DATES)
    choice = form.choice("choice", CHOICES)
    form.finish()
    upload = read_again(form)
    return _with_file(asked, upload, lambda asked, upload, read: _take_in(asked, upload, read, choice))


def _with_file(asked: Asked, upload: Upload, work: Callable[[Asked, Upload, Spool], Response]) -> Response:
    """Read the file and do something with it; one that cannot be read gets a report of its own."""
    try:
        with _spooled(asked, upload) as read:
            if read.staging.count_patients() > MOST_PATIENTS:
                raise Unacceptable(
                    f"{upload.name} has more than {MOST_PATIENTS} patients.", "Use `monitor import` on the server.",
                    code="file-too-many", file=upload.name, most=MOST_PATIENTS,
                )  # fmt: skip
            return work(asked, upload, read)
    except FileRefused as refused:
        return _page(
            asked,
            upload,
            None,
            refused.problems,
            status=422,
            sentence=translate(asked.language, refused.sentence) or refused.sentence,
        )


@contextmanager
def _spooled(asked: Asked, upload: Upload) -> Iterator[Spool]:
    form = asked.form
    wants = form.get("date_format")
    with (
        upload.on_disk() as path,
        spool(
            path,
            defaults={"clinic": form.get("clinic") or None, "protocol": form.get("protocol") or None},
            date_format=DateFormat(wants) if wants else None,
            max_cell_characters=asked.program.config.importing.max_cell_characters,
            needed=() if form.get("purpose") == "compare" else ("clinic", "protocol"),
        ) as read,
    ):
        yield read


def _try(asked: Asked, upload: Upload, read: Spool) -> Response:
    report = import_spool(asked.desk, read, _options(asked, dry_run=True, accept_good_rows=True, confirm_losses=True))
    return _page(asked, upload, report, report.problems)


def _take_in(asked: Asked, upload: Upload, read: Spool, choice: str) -> Response:
    """Save what was reported. Where the record has changed so that the report does not hold, show the new one."""
    form = asked.form
    confirmed = form.ticked("losses")
    options = _options(asked, dry_run=False, accept_good_rows=choice == "good", confirm_losses=True)
    with asked.desk.connection.begin_nested() as savepoint:
        report = import_spool(asked.desk, read, options)
        unseen = form.get("looked") != mark_of(upload, report)
        is_held_back = unseen or (bool(report.losses) and not confirmed)
        if is_held_back:
            report.saved = False
            savepoint.rollback()
    if is_held_back:
        return _page(
            asked, upload, report, report.problems, status=409, is_new=unseen, lacks_consent=not unseen
        )  # fmt: skip
    return _page(asked, upload, report, report.problems)


def mark_of(upload: Upload, report: Report) -> str:
    """The same for the same bytes with the same outcome."""
    told = (
        upload.sha256, asdict(report.counts), report.changed, sorted(report.left_out), report.losses,
        [str(one) for one in report.problems],
    )  # fmt: skip
    return sha256(repr(told).encode()).hexdigest()


def _options(asked: Asked, **chosen: Any) -> Options:
    config = asked.program.config
    return Options(
        reason=asked.form.line("reason", longest=500) or None,
        library=tuple(dict.fromkeys(entry.id for entry in load_files(config.protocols.directories).entries)),
        horizon_years=config.importing.planned_horizon_years,
        **chosen,
    )


def _compare(asked: Asked, upload: Upload, read: Spool) -> Response:
    """A pharmacy's list beside the record; nothing is changed by it."""
    found = reconcile(asked.desk, read, clinic_id=asked.form.get("clinic") or None)
    asked.read("import", patients=len(found.findings))
    say = speaker(asked.language)
    return asked.page(
        "compared.html", Section.PATIENTS, found=found, is_partial=has_errors(read.problems),
        problems=[tell_problem(say, one) for one in sorted(read.problems)],
        days={one: ", ".join(say.short_day(day) for day in one.days) for one in found.findings},
    )  # fmt: skip


def _page(
    asked: Asked, upload: Upload, report: Report | None, problems: Sequence[Problem], *, status: int = 200, **more: Any
) -> Response:
    say = speaker(asked.language)
    told = [(one.severity, tell_problem(say, one)) for one in sorted(problems)]
    asked.read("import", patients=len(report.changed) + report.counts.patients_added if report else 0)
    values = {
        "report": report,
        "upload": upload,
        "looked": mark_of(upload, report) if report else "",
        "errors": [one for severity, one in told if severity is Severity.ERROR],
        "warnings": [one for severity, one in told if severity is Severity.WARNING],
        "earlier": list_earlier_runs(asked.desk.connection, upload.sha256) if not (report and report.saved) else (),
        "sent": {name: asked.form.get(name) for name in ("clinic", "protocol", "date_format")},
        "is_new": False,
        "lacks_consent": False,
        "sentence": "",
    }
    return asked.page("import_report.html", Section.PATIENTS, status, **(values | more))


PAGES: Sequence[Page] = (
    Page(
        "/patients/import", show=show, act=act, needs=Needs.WRITE, takes_files=True, largest=4 * LARGEST,
    ),
)  # fmt: skip
