"""Confirmation letters: the mail that asks whether somebody reads an address before a digest goes there."""

from collections.abc import Mapping
from datetime import date
from textwrap import fill

from monitor.render.texts import format_day
from schedules.phrases import spoken

WIDTH = 72


def write_confirmation(*, login: str, code: str, until: date, link: str | None, language: str) -> tuple[str, str]:
    """Subject and text. `until` is the last day on which the code holds; without a link only the command is named."""
    words = WORDS[spoken(language)]
    paragraphs = [
        fill(words["why"].format(login=login), WIDTH),
        f"{words['code'].format(code=code)}\n{words['until'].format(day=format_day(until, language))}",
    ]
    if link:
        paragraphs.append(f"{words['page']}\n  {link}")
    command = f"monitor recipient confirm {login} {code}"
    paragraphs += [f"{words['or' if link else 'command']}\n  {command}", fill(words["unknown"], WIDTH)]
    return words["subject"], "\n\n".join(paragraphs) + "\n"


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "Please confirm this address for the follow-up digest",
        "why": "This address was entered for the morning digest of the follow-up checks, for the login “{login}”. "
        "Nothing is sent here until somebody who reads this mail has confirmed it.",
        "code": "Code: {code}",
        "until": "It holds until {day}.",
        "page": "Open this page and press the button:",
        "or": "Or give this command where the program runs:",
        "command": "Give this command where the program runs:",
        "unknown": "If you know nothing of this, you need not do anything: no digest will come here.",
    },
    "de": {
        "subject": "Bitte bestätigen Sie diese Adresse für die Nachsorge-Übersicht",
        "why": "Diese Adresse wurde für die morgendliche Übersicht der Nachsorge eingetragen, für die Kennung "
        "„{login}“. Hierher geht nichts, bevor jemand, der diese Nachricht liest, es bestätigt hat.",
        "code": "Code: {code}",
        "until": "Er gilt bis {day}.",
        "page": "Öffnen Sie diese Seite und drücken Sie den Knopf:",
        "or": "Oder geben Sie dort, wo das Programm läuft, diesen Befehl ein:",
        "command": "Geben Sie dort, wo das Programm läuft, diesen Befehl ein:",
        "unknown": "Wenn Sie davon nichts wissen, brauchen Sie nichts zu tun: Es kommt keine Übersicht hierher.",
    },
}
