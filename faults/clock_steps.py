"""F6: a clock that is set while the program runs makes no letter twice and leaves none out."""

from collections import Counter
from datetime import date, datetime, time, timedelta

from faults.clocks import STARTS_AT
from faults.figures import Figure, Size, exactly, told
from faults.place import SQLITE, Place
from faults.sink import extra_copies
from faults.ward import RECIPIENTS, Ward, new_ward

FAULT = "F6 clock is set"
STEPS = {"-1 h": timedelta(hours=-1), "+1 h": timedelta(hours=1), "-1 d": timedelta(days=-1)}
HOURS = (time(5, 30), time(5, 59), time(6, 0), time(6, 1), time(18, 0))
"""In UTC, around 7 o'clock in Berlin: just before the digest, in the middle of it, just after, and in the evening."""
DAY, EVERY = timedelta(days=1), timedelta(hours=2)


def run(place: Place, *, size: Size) -> list[Figure]:
    figures: list[Figure] = []
    for kind in place.kinds if size == "full" else [SQLITE]:
        hours = HOURS if size == "full" and kind == SQLITE else HOURS[2:4] if size == "full" else HOURS[3:4]
        with new_ward(place, kind) as ward:
            for name, step in STEPS.items():
                for hour in hours:
                    set_clock(ward, hour, step)
                figures += judge(ward, kind, f"{name}, at {len(hours)} hours of the day")
    return figures


def set_clock(ward: Ward, hour: time, step: timedelta) -> None:
    """A day that runs until that hour, a look, the step, and on until the evening of the day after it all."""
    begins = ward.clock.now()
    at = datetime.combine(begins.date(), hour, tzinfo=begins.tzinfo)
    at += DAY if at <= begins else timedelta()
    ward.look_until(at, every=EVERY)
    ward.clock.advance(step)
    until = datetime.combine(at.date() + DAY, time(20), tzinfo=begins.tzinfo)
    ward.look()  # at once, as a scheduler that has just been woken does
    ward.look_until(ward.clock.now() + timedelta(minutes=5), every=timedelta(minutes=1))
    ward.look_until(until, every=EVERY)


def judge(ward: Ward, kind: str, what: str) -> list[Figure]:
    """Everything so far: each day from the first to this one has its letters, once each."""
    days = (ward.clock.now() - STARTS_AT).days + 1
    wanted = {
        (f"{login}@hospital.example", STARTS_AT.date() + DAY * number)
        for login in RECIPIENTS
        for number in range(days)
    }  # fmt: skip
    sent = Counter[tuple[str, date]]((row.address, row.day) for row in ward.letters() if row.state == "sent")
    return [
        exactly(FAULT, kind, f"{what}: letters left out", found=len(wanted - sent.keys()), demanded=0),
        exactly(
            FAULT, kind, f"{what}: letters twice",
            found=sum(sent.values()) - len(sent) + sum(extra_copies(ward.sink.copies()).values()), demanded=0,
        ),
        told(FAULT, kind, f"{what}: letters so far", f"{sum(sent.values())} of {len(wanted)}"),
    ]  # fmt: skip
