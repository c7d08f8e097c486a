"""Calendar titles: what a passer-by may read on a patient's telephone, and what a nurse sees at a glance."""

from monitor.render.calendar_entries import CALLED_OFF, TO_BE_DONE, CalendarEntry, Status, Style
from monitor.render.calendar_lines import clean_line
from monitor.render.calendar_words import CALENDAR
from monitor.render.texts import specimen_word
from schedules.phrases import spoken


def summarize(entry: CalendarEntry, style: Style) -> str:
    """One line. A patient's names no test unless detail was chosen."""
    if entry.status is Status.NOTICE or entry.status is Status.ADVICE:
        return clean_line(entry.titles[0] if entry.titles else entry.text)
    return clean_line(_for_staff(entry, style) if style.for_staff else _for_patients(entry, style))


def _for_patients(entry: CalendarEntry, style: Style) -> str:
    words = CALENDAR[spoken(style.language)]
    match entry.status:
        case Status.PLANNED:
            summary = words["arrange" if entry.to_arrange else "remember"]
        case status:
            summary = words[status]
    what = _tests(entry, style)
    is_visit = entry.status in TO_BE_DONE | CALLED_OFF | {Status.DONE}
    return words["detail"].format(summary=summary, what=what) if style.detail and what and is_visit else summary


def _for_staff(entry: CalendarEntry, style: Style) -> str:
    """ "N-017: Blood, urine (overdue)"; without a mark what is planned."""
    words = CALENDAR[spoken(style.language)]
    what = _tests(entry, style) or words["visit"]
    what = what[:1].upper() + what[1:]
    title = f"{entry.reference}: {what}" if entry.reference else what
    return title if entry.status is Status.PLANNED else f"{title} ({words[f'staff-{entry.status}']})"


def _tests(entry: CalendarEntry, style: Style) -> str:
    return ", ".join(specimen_word(one, style.language) for one in dict.fromkeys(entry.specimens))
