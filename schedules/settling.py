"""Settlement: which sample, waiver and booking belongs to which check, decided by date alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from schedules.model import Booking, Check, Facts, Key, Origin, Plan, Report, Sample, Settled, Settlement, Waiver
from schedules.planning import ON_THE_GRID, due_order
from schedules.protocol import Protocol

TAKEOVER = "-takeover"

Name = tuple[str, int]
"""A check's key as a plain tuple: equal to the `Key`, and quicker to take from a check: `check[:2]`."""


def settle(protocol: Protocol, plan: Plan, facts: Facts) -> tuple[Settled, ...]:
    """Every check of the plan and how it was settled, in order of the due day.

    By date and not by number, so that no re-plan can lose or double a sample. The checks that taking a
    patient over adds are part of the answer.
    """
    checks = in_settling_order([*plan.checks, *take_over(protocol, plan, facts)])
    families = by_family(checks)
    samples: dict[Name, list[Sample]] = {}
    overtaken: set[Name] = set()
    for family, taken in _samples_by_family(facts.samples).items():
        if members := families.get(family):
            samples |= (assigned := assign_samples(members, taken))
            overtaken |= find_overtaken(members, assigned)
    waivers = assign_waivers(checks, facts.waivers)
    return tuple([_settled(check, samples, overtaken, waivers, facts) for check in checks])


def in_settling_order(checks: Iterable[Check]) -> list[Check]:
    """By due day; of two that fall on one day the grid's check is the later, so that a sample counts for it."""
    off_the_grid_first = sorted(checks, key=lambda check: check.origin in ON_THE_GRID)
    return sorted(off_the_grid_first, key=due_order)


def by_family(checks: Iterable[Check]) -> dict[str, list[Check]]:
    families: defaultdict[str, list[Check]] = defaultdict(list)
    for check in checks:
        families[check.family].append(check)
    return families


def _samples_by_family(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    families: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        families[sample.family].append(sample)
    return families


def _settled(
    check: Check,
    samples: Mapping[Name, Sequence[Sample]],
    overtaken: set[Name],
    waivers: Mapping[Name, Waiver],
    facts: Facts,
) -> Settled:
    name = check[:2]
    if own := samples.get(name):
        return Settled(check, Settlement.DONE, tuple(own))
    if waiver := waivers.get(name):
        return Settled(check, Settlement.WAIVED, (), waiver)
    if facts.followed_here_from and check.closes_on < facts.followed_here_from:
        return Settled(check, Settlement.BEFORE_RECORD)
    if name in overtaken:
        return Settled(check, Settlement.SUPERSEDED)
    if facts.discharged_on:
        return Settled(check, Settlement.DISCHARGED)
    return Settled(check, Settlement.OPEN)


def find_check_for(members: Sequence[Check], day: date) -> Check | None:
    """The check that a sample of this day belongs to: the latest of its family that was open by then.

    With blood counts due on 12 May and 12 June (±7 days), a sample of 4 June settles May's check, late, and
    one of 5 June settles June's. None where the day comes before every window.
    """
    return next((check for check in reversed(members) if check.opens_on <= day), None)


def assign_samples(members: Sequence[Check], samples: Iterable[Sample]) -> dict[Name, list[Sample]]:
    """The samples of one family to its checks, each to exactly one; a person's word holds while it can be true."""
    assigned: dict[Name, list[Sample]] = {}
    by_word: dict[Name | None, Check] = {check[:2]: check for check in members}
    latest = len(members) - 1
    for sample in sorted(samples, key=lambda one: (one.taken_on, one.id), reverse=True):
        # As `find_check_for`, in one sweep: what is not open yet on this day was not open earlier either.
        while latest >= 0 and members[latest].opens_on > sample.taken_on:
            latest -= 1
        check = by_word.get(sample.said_to_be)
        if check is None or check.opens_on > sample.taken_on:
            check = members[latest] if latest >= 0 else None
        if check:
            assigned.setdefault(check[:2], []).insert(0, sample)
    return assigned


def find_overtaken(members: Sequence[Check], assigned: Mapping[Name, Sequence[Sample]]) -> set[Name]:
    """The checks of one family that a sample of a later check overtook: it closes the present, the gap stays in
    the record.

    Not those that opened only after that sample: blood drawn on the 9th for the check of the 12th is no answer
    to the extra that was ordered for the 10th.
    """
    overtaken: set[Name] = set()
    last_on = date.min
    for check in reversed(members):
        if own := assigned.get(check[:2]):
            last_on = max(last_on, own[-1].taken_on)
        elif check.opens_on <= last_on:
            overtaken.add(check[:2])
    return overtaken


def assign_waivers(checks: Iterable[Check], waivers: Iterable[Waiver]) -> dict[Name, Waiver]:
    """Each waiver to the check of its rule whose due day lies nearest to the one that was waived.

    Not farther than the window's tail: when a re-plan moved the days that far, nobody decided about the
    check that now stands there, and it is open again.
    """
    assigned: dict[Name, Waiver] = {}
    rules: dict[str, list[Check]] = {}
    wanted = sorted(waivers, key=lambda one: one.id)
    if not wanted:
        return assigned
    for check in checks:
        rules.setdefault(check.rule, []).append(check)
    for waiver in wanted:
        nearest = min(
            rules.get(waiver.rule, ()), key=lambda check: abs((check.due_on - waiver.due_on).days), default=None
        )
        if nearest and abs(nearest.due_on - waiver.due_on) <= nearest.closes_on - nearest.due_on:
            assigned[nearest.key] = waiver
    return assigned


def assign_bookings(checks: Iterable[Check], bookings: Iterable[Booking]) -> dict[Key, Booking]:
    """Each booking to the check that a sample of its day would settle; the latest booking of a check holds.

    A day before every window belongs to the first check; `is_outside` then warns.
    """
    families = by_family(in_settling_order(checks))
    assigned: dict[Key, Booking] = {}
    for booking in sorted(bookings, key=lambda one: one.id):
        members = families.get(booking.family)
        if members:
            check = find_check_for(members, booking.booked_on) or members[0]
            assigned[check.key] = booking
    return assigned


def assign_reports(checks: Iterable[Check], reports: Iterable[Report]) -> dict[Key, Report]:
    """Each report to the check that a sample of its day would settle; none where no window had opened by then."""
    families = by_family(in_settling_order(checks))
    assigned: dict[Key, Report] = {}
    for report in sorted(reports, key=lambda one: one.id):
        if check := find_check_for(families.get(report.family, ()), report.done_on):
            assigned[check.key] = report
    return assigned


def is_outside(booking: Booking, check: Check) -> bool:
    """Whether the agreed day lies outside the check's window; it stands all the same, and a person is warned."""
    return not check.opens_on <= booking.booked_on <= check.closes_on


def take_over(protocol: Protocol, plan: Plan, facts: Facts) -> list[Check]:
    """The checks due on the day from which a patient is followed here, where nobody knows of a recent sample.

    A family gets one when follow-up checks of it closed before that day and the last sample known does not
    reach to the next check: no false calm. Where it does, the family gets none, and neither does a follow-up
    that ended longer ago than the longest gap allowed: no false alarm.
    """
    from_on = facts.followed_here_from
    if from_on is None:
        return []
    checks = []
    known = _samples_by_family(facts.samples)
    for family, gap_days in protocol.longest_gaps.items():
        grid = [check for check in plan.checks if check.family == family and check.origin in ON_THE_GRID]
        if _is_in_doubt(grid, known.get(family, ()), timedelta(days=gap_days), from_on):
            closes_on = from_on + (grid[0].closes_on - grid[0].due_on)
            checks.append(
                Check(family + TAKEOVER, 1, family, from_on, from_on, closes_on, Origin.TAKEOVER, from_on, 0, False)
            )
    return checks


def _is_in_doubt(grid: Sequence[Check], known: Iterable[Sample], gap: timedelta, from_on: date) -> bool:
    """Whether more than the longest gap may pass between the last sample known and the next check of the grid."""
    closed = [check for check in grid if check.closes_on < from_on]
    if not closed:
        return False
    last, ahead = closed[-1], next((check for check in grid if check.closes_on >= from_on), None)
    next_on = ahead.due_on if ahead and last.origin is not Origin.CLOSING else None
    if next_on is None and last.closes_on + gap < from_on:
        return False
    last_on = max((sample.taken_on for sample in known if sample.taken_on < from_on), default=date.min)
    return (next_on or from_on) - last_on > gap
