"""What everybody may see of a clinic: how it stands, what the coming year brings, what was done in time."""

import io
from collections.abc import Mapping

from starlette.responses import Response

from db.patients import list_treatments
from monitor.render.staff.charts import draw_months, draw_weeks
from monitor.render.staff.speaking import Speaker, speaker
from monitor.render.staff.values import Section
from monitor.render.tables import write_csv
from monitor.services.adherence import Adherence, measure
from monitor.services.health import list_ailments
from monitor.services.titling import titles_of
from monitor.services.worklist import clinics_of, list_lines
from monitor.services.workload import list_weeks
from monitor.web.staff.answers import download
from monitor.web.staff.asking import Asked
from schedules.protocol import BUILT_FROM_FAMILY, Texts
from schedules.worklists import count


def overview(asked: Asked) -> Response:
    clinics = clinics_of(asked.desk)
    lines = list_lines(asked.desk, seen_within=asked.program.config.seen_within_working_days)
    asked.read("clinic", patients=len({line.treatment_id for line in lines}))
    is_admin = asked.desk.actor.role == "admin"
    return asked.page(
        "clinic.html",
        Section.CLINIC,
        clinics=[
            (
                one,
                len(list_treatments(asked.desk.connection, clinic_ids=[one.id])),
                count([line for line in lines if line.clinic == one.id]),
            )
            for one in clinics
        ],
        ailments=list_ailments(asked.desk, asked.program.config) if is_admin else (),
    )


def workload(asked: Asked) -> Response:
    clinics = clinics_of(asked.desk)
    found = [(one, list_weeks(asked.desk, one)) for one in clinics]
    return asked.page(
        "workload.html", Section.CLINIC, clinics=[(one, weeks, draw_weeks(weeks)) for one, weeks in found]
    )


def _measure(asked: Asked) -> tuple[str, Adherence]:
    wanted = asked.query("clinic")
    return wanted, measure(asked.desk, clinics_of(asked.desk, wanted or None))


def adherence(asked: Asked) -> Response:
    wanted, found = _measure(asked)
    own = sorted(asked.desk.actor.clinic_ids)
    treatments = list_treatments(asked.desk.connection, clinic_ids=own)
    say, titles = speaker(asked.language), titles_of(asked.desk, [one.id for one in treatments])
    return asked.page(
        "adherence.html",
        Section.CLINIC,
        wanted=wanted,
        clinics=clinics_of(asked.desk),
        found=found,
        chart=draw_months(list(found.months.items())),
        by_rule=[(_name(say, rule, titles), share) for rule, share in found.rules.items()],
    )


def _name(say: Speaker, rule: str, titles: Mapping[str, Texts]) -> str:
    """The title of a rule; what the program made of a family borrows the family's, and says so."""
    ending = next((one for one in BUILT_FROM_FAMILY if rule.endswith(one)), "")
    base = rule.removesuffix(ending)
    title = say.text(titles[base]) if base in titles else base
    return f"{title} {say(f'rule{ending}')}" if ending else title


def adherence_csv(asked: Asked) -> Response:
    _, found = _measure(asked)
    heading = ["month", "in_window", "late", "missing", "percent"]
    months = found.months.items()
    rows = [[f"{month:%Y-%m}", one.in_window, one.late, one.missing, one.percent] for month, one in months]
    text = io.StringIO()
    write_csv([heading, *rows], text)
    return download(text.getvalue().encode(), "text/csv; charset=utf-8", "adherence.csv")
