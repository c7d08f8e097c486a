"""Names: every address, form field and short message that the patient's pages and their routes share."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

YES = "yes"
"""What a ticked box sends; a box that is not ticked sends nothing."""


class Field(StrEnum):
    """The names of form fields. Days come as 2027-05-14 (`<input type="date">`), hours as 0 to 23."""

    LANGUAGE = "language"
    TITLES = "titles"
    ADVICE_IN_CALENDAR = "advice_in_calendar"
    SHOW_NAMES = "show_names"
    DAY_BEFORE = "day_before"
    DAY_BEFORE_HOUR = "day_before_hour"
    SAME_DAY = "same_day"
    SAME_DAY_HOUR = "same_day_hour"
    FROM_ON = "from_on"
    UNTIL_ON = "until_on"
    VISIT = "visit"
    DONE_ON = "done_on"
    PLACE = "place"
    LABEL = "label"
    CONSENT = "consent"


TOLD = "told"
"""The query that carries a `Told` over the redirect after a form: `{home}away?told=away-added`."""


class Told(StrEnum):
    """What a form did, said once on the page that follows."""

    SAVED = "saved"
    AWAY_ADDED = "away-added"
    AWAY_REMOVED = "away-removed"
    DONE_REPORTED = "done-reported"
    DONE_TAKEN_BACK = "done-taken-back"
    CALENDAR_MADE = "calendar-made"
    CALENDAR_REMOVED = "calendar-removed"


class Trouble(StrEnum):
    """Why a form was not accepted; each has a sentence that says what to do."""

    DAY_MISSING = "day-missing"
    DAY_UNREADABLE = "day-unreadable"
    DAY_TO_COME = "day-to-come"
    DAY_TOO_EARLY = "day-too-early"
    DAY_PAST = "day-past"
    DAY_TOO_FAR = "day-too-far"
    UNTIL_BEFORE_FROM = "until-before-from"
    TOO_LONG_AWAY = "too-long-away"
    AWAY_OVERLAPS = "away-overlaps"
    VISIT_MISSING = "visit-missing"
    VISIT_GONE = "visit-gone"
    ALREADY_REPORTED = "already-reported"
    LABEL_MISSING = "label-missing"
    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    CONSENT_MISSING = "consent-missing"
    CHOICE_UNKNOWN = "choice-unknown"
    LOCKED = "locked"
    GONE = "gone"
    NOT_SAVED = "not-saved"


class Notice(StrEnum):
    """A page that stands alone, without any detail: which address it was does not matter and is not said."""

    NOT_FOUND = "not-found"
    WITHDRAWN = "withdrawn"
    TOO_MANY_REQUESTS = "too-many-requests"
    UNAVAILABLE = "unavailable"
    NOT_ACCEPTED = "not-accepted"
    """A form that did not come from this page (403), or a method that there is not (405)."""


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """Every address of one patient's page, below `home`, which ends in a slash: `/p/<page token>/`.

    GET: home, done, away, settings, calendar, print, report, download. POST: done, away, settings, calendars and the
    three `remove_…`. The link to the signs that must be reported at once is `signs`, on every page.
    """

    home: str

    @property
    def signs(self) -> str:
        return f"{self.home}#report-at-once"

    @property
    def done(self) -> str:
        return f"{self.home}done"

    def done_for(self, visit_id: str) -> str:
        """The form with this visit chosen: a GET whose query sets `entered` of the page."""
        return f"{self.done}?{Field.VISIT}={quote(visit_id, safe='')}"

    @property
    def away(self) -> str:
        return f"{self.home}away"

    @property
    def settings(self) -> str:
        return f"{self.home}settings"

    @property
    def calendar(self) -> str:
        return f"{self.home}calendar"

    @property
    def calendars(self) -> str:
        return f"{self.home}calendars"

    @property
    def print(self) -> str:
        return f"{self.home}print"

    @property
    def report(self) -> str:
        return f"{self.home}report"

    @property
    def download(self) -> str:
        """One file to keep, served as an attachment: a copy that does not move with the plan."""
        return f"{self.home}appointments.ics"

    def remove_done(self, report_id: int | str) -> str:
        return f"{self.home}done/{quote(str(report_id), safe='')}/remove"

    def remove_away(self, away_id: int | str) -> str:
        return f"{self.home}away/{quote(str(away_id), safe='')}/remove"

    def remove_calendar(self, calendar_id: int | str) -> str:
        return f"{self.home}calendars/{quote(str(calendar_id), safe='')}/remove"
