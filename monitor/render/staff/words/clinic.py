"""Words of the pages about a clinic and for those who run it, from the modules of its parts."""

from monitor.render.staff.words import clinic_figures, clinic_letters, clinic_running, clinic_settings

PARTS = (clinic_figures, clinic_settings, clinic_letters, clinic_running)
WORDS: dict[str, dict[str, str]] = {
    language: {key: text for part in PARTS for key, text in part.WORDS[language].items()} for language in ("en", "de")
}
