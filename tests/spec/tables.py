"""The small tables of the manual: states day by day, suggested days, escalation and the exposure clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from schedules.model import Check, Key
from schedules.status import days_overdue, escalations, expose, state_of
from schedules.visits import suggest_day
from schedules.working_days import working_days
from tests.spec.reading import Story, follow_story, protocol


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what is asked, the answer that a person wrote down, and the program's."""

    asked: tuple[str, ...]
    expected: tuple[str, ...]
    find: Callable[[], tuple[str, ...]]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    says: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def check(rule: str, number: int) -> Check:
    """A check of the one course on 8–12 January 2024."""
    found = follow_story(Story(title="")).settled
    return next(one.check for one in found if one.check.key == Key(rule, number))


def day(written: str) -> date:
    return date.fromisoformat(written)


# --- States -----------------------------------------------------------------------------------------

MONTHLY = [
    ("2024-02-04", "upcoming", 0, "the day before the window opens"),
    ("2024-02-05", "open", 0, "it opens"),
    ("2024-02-06", "open", 0, ""),
    ("2024-02-11", "open", 0, "the day before the due day"),
    ("2024-02-12", "due", 0, "the due day"),
    ("2024-02-13", "due", 0, ""),
    ("2024-02-18", "due", 0, ""),
    ("2024-02-19", "due", 0, "the window's last day"),
    ("2024-02-20", "overdue", 1, "it has closed"),
    ("2024-03-12", "overdue", 22, "the next one is due; this one is still overdue"),
    ("2027-02-20", "overdue", 1097, "nothing expires by itself"),
]
CLOSING = [
    ("2028-01-11", "upcoming", 0, "a sample of this day belongs to number 47"),
    ("2028-01-12", "due", 0, "48 months after the last infusion"),
    ("2028-01-19", "due", 0, "the window's last day"),
    ("2028-01-20", "overdue", 1, ""),
]


def _states(title: str, says: str, of: tuple[str, int], rows: list[tuple[str, str, int, str]]) -> Table:
    def find(today: str) -> Callable[[], tuple[str, ...]]:
        return lambda: (str(state_of(check(*of), day(today))), str(days_overdue(check(*of), day(today))))

    lines = (Line((today,), (state, str(overdue)), find(today), why) for today, state, overdue, why in rows)
    return Table(title, says, ("today", "state", "days overdue", ""), tuple(lines))


# --- Suggested days ---------------------------------------------------------------------------------

SUGGESTED = [
    # due, opens, closes, country, suggested, why
    ("2024-02-12", "2024-02-05", "2024-02-19", "DE", "2024-02-12", "a Monday stays"),
    ("2024-10-12", "2024-10-05", "2024-10-19", "DE", "2024-10-11", "a Saturday moves to the Friday before"),
    ("2024-05-12", "2024-05-05", "2024-05-19", "DE", "2024-05-13", "a Sunday moves to the Monday after"),
    ("2024-12-25", "2024-12-18", "2025-01-01", "DE", "2024-12-24", "Christmas Day moves to the working day before"),
    ("2024-07-04", "2024-06-27", "2024-07-11", "US", "2024-07-03", "Independence Day; equally near, so the earlier"),
    ("2024-07-04", "2024-06-27", "2024-07-11", "DE", "2024-07-04", "no holiday in Germany"),
    ("2024-05-06", "2024-04-29", "2024-05-13", "GB", "2024-05-07", "a bank holiday Monday moves to the Tuesday"),
    ("2024-03-29", "2024-03-22", "2024-04-05", "GB", "2024-03-28", "Good Friday"),
    ("2027-08-14", "2027-08-14", "2027-08-21", "DE", "2027-08-16", "a closing visit only ever moves later"),
    ("2024-12-25", "2024-12-25", "2025-01-01", "DE", "2024-12-27", "a closing visit, past both days of Christmas"),
    ("2024-02-10", "2024-02-10", "2024-02-11", "DE", "2024-02-10", "no working day in the window: the due day stands"),
]


def _suggested() -> Table:
    def find(due: str, opens: str, closes: str, country: str) -> Callable[[], tuple[str, ...]]:
        return lambda: (str(suggest_day(day(due), day(opens), day(closes), working_days(country))),)

    return Table(
        "Which day is suggested for a visit",
        "The due day stays; only the suggested day moves, inside the windows of all checks of the visit.",
        ("due", "window", "country", "suggested", "because"),
        tuple(
            Line((due, f"{opens} to {closes}", country), (on,), find(due, opens, closes, country), why)
            for due, opens, closes, country, on, why in SUGGESTED
        ),
    )


# --- Escalation and exposure ------------------------------------------------------------------------

ESCALATED = [
    # overdue blood counts on that day, and whom the steps name
    ("2024-02-19", "none", "nobody", "number 1 is in its window"),
    ("2024-02-20", "1", "nobody", "one day overdue"),
    ("2024-02-25", "1", "nobody", "6 days overdue"),
    ("2024-02-26", "1", "nurse", "7 days overdue"),
    ("2024-03-04", "1", "nurse and clinician", "14 days overdue"),
    ("2024-03-20", "1, 2", "nurse and clinician", "two in a row, too"),
]
EXPOSED = [
    ("none", "2024-02-12", "31", "no", "from the end of the course, where no sample is known"),
    ("none", "2024-02-26", "45", "no", "31 days and the window of 14"),
    ("none", "2024-02-27", "46", "yes", "longer than any month and its window allow"),
    ("2024-02-19", "2024-03-12", "22", "no", "a sample sets the clock back"),
    ("2024-02-19", "2024-04-05", "46", "yes", ""),
    ("2024-02-19", "2024-02-10", "0", "no", "seen from the days before the sample"),
]


def _overdue(today: str) -> list[Check]:
    checks = [one.check for one in follow_story(Story(title="")).settled if one.check.rule == "blood-count"]
    return [one for one in checks if days_overdue(one, day(today))]


def _escalated() -> Table:
    def find(today: str) -> Callable[[], tuple[str, ...]]:
        def found() -> tuple[str, ...]:
            overdue = _overdue(today)
            roles = {
                step.role: None for step in escalations(protocol("alemtuzumab-eu").escalation, overdue, day(today))
            }
            return ", ".join(str(one.number) for one in overdue) or "none", " and ".join(roles) or "nobody"

        return found

    return Table(
        "Whom an overdue check asks",
        "No blood was taken at all. The protocol's steps name a nurse after 7 days and a clinician after 14, or as "
        "soon as two numbers of a family are open and overdue.",
        ("today", "overdue", "asked", ""),
        tuple(Line((today,), (overdue, asked), find(today), why) for today, overdue, asked, why in ESCALATED),
    )


def _exposed() -> Table:
    def find(last: str, today: str) -> Callable[[], tuple[str, ...]]:
        def found() -> tuple[str, ...]:
            limit = protocol("alemtuzumab-eu").longest_gaps["blood-count"]
            last_on = None if last == "none" else day(last)
            clock = expose(
                "blood-count", last_on=last_on, treated_on=day("2024-01-12"), limit_days=limit, today=day(today)
            )
            return str(clock.days), "yes" if clock.is_exceeded else "no"

        return found

    return Table(
        "How long nobody has looked",
        "The exposure clock of the blood count: days since the last sample, against the 45 that the protocol allows.",
        ("last sample", "today", "days", "too long", ""),
        tuple(Line((last, today), (days, late), find(last, today), why) for last, today, days, late, why in EXPOSED),
    )


def tables() -> Iterator[Table]:
    yield _states(
        "Where a check stands",
        "`blood-count/1` opens on 2024-02-05, is due on 2024-02-12 and closes on 2024-02-19. Both ends are on time.",
        ("blood-count", 1),
        MONTHLY,
    )
    yield _states(
        "Where the closing check stands",
        'Its window opens on the end day itself, because "at least 48 months" is not fulfilled by an earlier sample.',
        ("blood-count", 48),
        CLOSING,
    )
    yield _suggested()
    yield _escalated()
    yield _exposed()
