"""Jobs and health over HTTP: whether the digest can be relied on, and what the program did by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from db import heartbeats, job_runs
from db.sealing import list_unsealed
from monitor.render.staff.speaking import speaker
from monitor.render.staff.values import Section
from monitor.services.chaining import find_head
from monitor.services.found import Finding, Weight
from monitor.services.health import list_ailments, list_cautions
from monitor.services.keeping import find_last_backup
from monitor.services.letter_gaps import DAYS, list_gaps
from monitor.services.suggesting import list_waiting
from monitor.web.staff.asking import Asked
from monitor.web.staff.endpoints import Needs, Page


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in the reader's language, with what to do."""

    sentence: str
    hint: str
    is_error: bool


def tell_finding(asked: Asked, one: Finding) -> Told:
    """In the page's own words where it has them, else in the program's, whose hints name commands."""
    say, key = speaker(asked.language), f"finding-{one.id}"
    is_error = one.weight is Weight.ERROR
    if say.knows(key):
        return Told(say(key, **one.facts), say(f"{key}-hint", **one.facts), is_error)
    return Told(one.sentence, one.hint, is_error)


def show(asked: Asked) -> Response:
    desk, config = asked.desk, asked.program.config
    findings = [*list_ailments(desk, config), *list_cautions(desk, config)]
    return asked.page(
        "clinic_jobs.html", Section.CLINIC, findings=[tell_finding(asked, one) for one in findings],
        beats=heartbeats.list_heartbeats(desk.connection), runs=job_runs.list_latest(desk.connection),
        backup_at=find_last_backup(desk), gaps=list_gaps(desk, config), gap_days=DAYS, head=find_head(desk),
        unsealed=len(list_unsealed(desk.connection)), has_key=bool(config.history.key), zone=asked.zone,
        waiting=list_waiting(desk), at=desk.at,
    )  # fmt: skip


PAGES: Sequence[Page] = (Page("/clinic/jobs", show=show, needs=Needs.ADMIN),)
