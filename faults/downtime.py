"""F5: however long the program or the mail server was away, one digest says what is now and which days had none."""

from datetime import date, datetime, timedelta

from faults.clocks import STARTS_AT
from faults.figures import Figure, Size, exactly, told
from faults.place import SQLITE, Place
from faults.ward import RECIPIENTS, Ward, new_ward

AWAY, NO_MAIL = "F5 program is away", "F5 mail server is away"
LENGTHS = {
    "1 min": timedelta(minutes=1), "1 h": timedelta(hours=1), "26 h": timedelta(hours=26), "8 d": timedelta(days=8),
}  # fmt: skip
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HALF = timedelta(seconds=30)


def run(place: Place, *, size: Size) -> list[Figure]:
    figures: list[Figure] = []
    for kind in place.kinds if size == "full" else [SQLITE]:
        with new_ward(place, kind) as ward:
            ward.look_until(STARTS_AT, every=timedelta(hours=1))
            for name, length in LENGTHS.items() if size == "full" else [("26 h", LENGTHS["26 h"])]:
                figures += be_away(ward, kind, name, length)
            figures += lose_mail_server(ward, kind, every=timedelta(hours=1 if size == "full" else 6))
    return figures


def be_away(ward: Ward, kind: str, name: str, length: timedelta) -> list[Figure]:
    """From shortly before the hour, so that the next day's falls into it; whole days end as far from the hour."""
    before = ward.clock.now()
    hour = before + DAY
    ward.look_until(hour - (HALF if length < 2 * DAY else DAY / 2), every=timedelta(hours=6))
    taken = len(ward.sink.copies())
    ward.clock.advance(length)
    newest = _day_of(ward.clock.now())
    days = [hour.date() + DAY * number for number in range((newest - hour.date()).days + 1)]
    _look_for_an_hour(ward)
    missed = days[:-1]
    report = _gap_in(ward.text_of("ada", newest)) if missed else ""
    named = all(_written(day) in report for day in {missed[0], missed[-1]}) if missed else not report
    figures = [
        exactly(
            AWAY, kind, f"away for {name}: letters that came then, to {len(RECIPIENTS)} people",
            found=len(ward.sink.copies()) - taken, demanded=len(RECIPIENTS),
        ),
        exactly(
            AWAY, kind, f"away for {name}: days kept as skipped", found=len(set(ward.days("skipped")) & set(days)),
            demanded=len(missed),
        ),
        exactly(
            AWAY, kind, f"away for {name}: {f'the digest says: {report}' if missed else 'no gap is told'}",
            found=int(named), demanded=1,
        ),
    ]  # fmt: skip
    ward.look_until(_next_hour(ward.clock.now()), every=timedelta(hours=12))  # an ordinary day lies between
    return figures


def lose_mail_server(ward: Ward, kind: str, *, every: timedelta) -> list[Figure]:
    """Down from after one digest until the third one after it: two days have none."""
    down_at = ward.clock.now()
    first, taken = _day_of(down_at + DAY), len(ward.sink.copies())
    ward.sink.down()
    ward.look_until(down_at + 3 * DAY - every, every=every)
    ward.clock.advance(every)
    ward.sink.up()
    _look_for_an_hour(ward)
    days = [first, first + DAY]
    report = _gap_in(ward.text_of("ada", first + 2 * DAY))
    skipped = [one for one in ward.letters() if one.day in days and one.state == "skipped" and one.fault]
    named = all(_written(day) in report for day in days) and "refused" in report
    return [
        exactly(
            NO_MAIL, kind, f"for two days: letters that came then, to {len(RECIPIENTS)} people",
            found=len(ward.sink.copies()) - taken, demanded=len(RECIPIENTS),
        ),
        exactly(
            NO_MAIL, kind, "days kept as skipped, with the reason", found=len(skipped), demanded=len(RECIPIENTS) * 2
        ),
        exactly(NO_MAIL, kind, "digests that name both days and why", found=int(named), demanded=1),
        told(NO_MAIL, kind, "the digest that follows says", report),
    ]  # fmt: skip


def _look_for_an_hour(ward: Ward) -> None:
    ward.look_until(ward.clock.now() + timedelta(hours=1), every=timedelta(minutes=10))


def _day_of(now: datetime) -> date:
    """The newest day whose hour has come; all of this lies in winter, when 7 o'clock in Berlin is 6 in UTC."""
    return (now - timedelta(hours=STARTS_AT.hour)).date()


def _next_hour(now: datetime) -> datetime:
    return datetime.combine(_day_of(now) + DAY, STARTS_AT.timetz())


def _written(day: date) -> str:
    """As the digest writes it, without the year."""
    return f"{day:%a} {day.day} {day:%b}"


def _gap_in(text: str) -> str:
    """What stands under the heading about days without a letter; empty where the digest has none."""
    _, _, below = text.partition("Days without a letter to you\n")
    return " ".join(below.partition("\n\n")[0].split())
