"""Settlement: which sample, waiver and booking belongs to which check, decided by date alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from schedules.model import Booking, Check, Facts, Key, Origin, Plan, Sample, Settled, Settlement, Waiver
from schedules.protocol import Protocol

TAKEOVER = "-takeover"
ON_THE_GRID = {Origin.GRID, Origin.CLOSING}


def settle(protocol: Protocol, plan: Plan, facts: Facts) -> tuple[Settled, ...]:
    """Every check of the plan and how it was settled, in order of the due day.

    By date and not by number, so that no re-plan can lose or double a sample. The checks that taking a
    patient over adds are part of the answer.
    """
    checks = in_settling_order([*plan.checks, *take_over(protocol, plan, facts)])
    samples: dict[Key, list[Sample]] = {}
    superseded: set[Key] = set()
    for family, members in by_family(checks).items():
        taken = [sample for sample in facts.samples if sample.family == family]
        if taken and (assigned := assign_samples(members, taken)):
            samples |= assigned
            superseded |= _without_sample_before_the_last(members, assigned)
    waivers = assign_waivers(checks, facts.waivers)
    return tuple(_settled(check, samples, superseded, waivers, facts) for check in checks)


def in_settling_order(checks: Iterable[Check]) -> list[Check]:
    """By due day; of two that fall on one day the grid's check is the later, so that a sample counts for it."""
    return sorted(checks, key=lambda check: (check.due_on, check.origin in ON_THE_GRID))


def by_family(checks: Iterable[Check]) -> dict[str, list[Check]]:
    families: defaultdict[str, list[Check]] = defaultdict(list)
    for check in checks:
        families[check.family].append(check)
    return families


def _settled(
    check: Check,
    samples: Mapping[Key, Sequence[Sample]],
    superseded: set[Key],
    waivers: Mapping[Key, Waiver],
    facts: Facts,
) -> Settled:
    key = Key(check.rule, check.number)
    if own := samples.get(key):
        return Settled(check, Settlement.DONE, tuple(own))
    if waiver := waivers.get(key):
        return Settled(check, Settlement.WAIVED, (), waiver)
    if facts.followed_here_from and check.closes_on < facts.followed_here_from:
        return Settled(check, Settlement.BEFORE_RECORD)
    if key in superseded:
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


def assign_samples(members: Sequence[Check], samples: Iterable[Sample]) -> dict[Key, list[Sample]]:
    """The samples of one family to its checks, each to exactly one; a person's word holds while it can be true."""
    assigned: dict[Key, list[Sample]] = {}
    known = {check.key: check for check in members}
    for sample in sorted(samples, key=lambda one: (one.taken_on, one.id)):
        check = known.get(sample.said_to_be) if sample.said_to_be else None
        if check is None or check.opens_on > sample.taken_on:
            check = find_check_for(members, sample.taken_on)
        if check:
            assigned.setdefault(check.key, []).append(sample)
    return assigned


def _without_sample_before_the_last(members: Sequence[Check], assigned: Mapping[Key, object]) -> set[Key]:
    """The checks that a later sample overtook: one sample closes the present, the gap stays in the record."""
    keys = [check.key for check in members]
    last = max(index for index, key in enumerate(keys) if key in assigned)
    return {key for key in keys[:last] if key not in assigned}


def assign_waivers(checks: Iterable[Check], waivers: Iterable[Waiver]) -> dict[Key, Waiver]:
    """Each waiver to the check of its rule whose due day lies nearest to the one that was waived.

    Not farther than the window's tail: when a re-plan moved the days that far, nobody decided about the
    check that now stands there, and it is open again.
    """
    assigned: dict[Key, Waiver] = {}
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


def is_outside(booking: Booking, check: Check) -> bool:
    """Whether the agreed day lies outside the check's window; it stands all the same, and a person is warned."""
    return not check.opens_on <= booking.booked_on <= check.closes_on


def take_over(protocol: Protocol, plan: Plan, facts: Facts) -> list[Check]:
    """The checks due on the day from which a patient is followed here, where nobody knows of a sample.

    A family gets one when follow-up checks of it closed before that day and no sample is known inside the
    longest gap that the protocol allows: no false calm. A family with such a sample gets none, and neither does a
    follow-up that ended longer ago than that gap: no false alarm.
    """
    from_on = facts.followed_here_from
    if from_on is None:
        return []
    checks = []
    for family, gap_days in protocol.longest_gaps.items():
        gap = timedelta(days=gap_days)
        grid = [check for check in plan.checks if check.family == family and check.origin in ON_THE_GRID]
        if not grid or grid[0].closes_on >= from_on or grid[-1].closes_on + gap < from_on:
            continue
        if any(from_on - gap <= one.taken_on < from_on for one in facts.samples if one.family == family):
            continue
        tail = grid[0].closes_on - grid[0].due_on
        checks.append(
            Check(family + TAKEOVER, 1, family, from_on, from_on, from_on + tail, Origin.TAKEOVER, from_on, 0, False)
        )
    return checks
