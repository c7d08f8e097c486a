"""Calendar notices: what one entry says about the calendar itself, in English and German."""

from collections.abc import Mapping

from schedules.phrases import spoken

NOTICES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "withdrawn": {
        "en": (
            "This calendar has ended",
            "This address shows nothing any more. You can remove the calendar from your device. If you did not expect "
            "this, please ask your clinic for a new address; your checks go on all the same.",
        ),
        "de": (
            "Dieser Kalender ist beendet",
            "Unter dieser Adresse wird nichts mehr angezeigt. Sie können den Kalender von Ihrem Gerät entfernen. Falls "
            "Sie das nicht erwartet haben, bitten Sie Ihre Klinik um eine neue Adresse; Ihre Kontrollen gehen weiter.",
        ),
    },
    "nothing": {
        "en": (
            "Nothing is planned at present",
            "There is no date to show yet. If you expected one, please ask your clinic.",
        ),
        "de": (
            "Zurzeit ist nichts geplant",
            "Es gibt noch keinen Termin zu zeigen. Falls Sie einen erwartet haben, fragen Sie bitte Ihre Klinik.",
        ),
    },
    "all-done": {
        "en": ("Worklist: nothing open", "No visit is open or booked at the moment."),
        "de": ("Arbeitsliste: nichts offen", "Zurzeit ist kein Termin offen oder vereinbart."),
    },
}


def notice(name: str, language: str) -> tuple[str, str]:
    """Title and text of a notice."""
    return NOTICES[name][spoken(language)]
