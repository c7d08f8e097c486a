"""What a line of the history was about stands in the reader's words; what nobody knows stands as it was written."""

import pytest

from monitor.render.staff.deed_subjects import word_reason, word_subject
from monitor.render.staff.speaking import speaker
from schedules.titles import list_titles
from tests.schedules.strategies import shipped

TITLES = list_titles(shipped("alemtuzumab-eu"))
SAID = [
    ("done", "blood-count, thyroid of 2026-11-13", "Großes Blutbild, Schilddrüsenwert vom Fr 13.11.2026"),
    (
        "seen", "thyroid of 2026-11-13; skin of 2026-11-16",
        "Schilddrüsenwert vom Fr 13.11.2026; Hautuntersuchung vom Mo 16.11.2026",
    ),
    ("report", "thyroid of 2026-11-13", "Schilddrüsenwert vom Fr 13.11.2026"),
    ("book", "thyroid on 2026-11-20 at 08:30", "Schilddrüsenwert am Fr 20.11.2026, 08:30 Uhr"),
    ("waive", "thyroid/12", "Schilddrüsenwert (12)"),
    ("note", "unreachable", "nicht erreicht"),
    ("away", "2026-12-01 to 2026-12-10", "01.12. – 10.12.2026"),
    ("extra", "thyroid from 2026-12-16", "Schilddrüsenwert ab Mi 16.12.2026"),
    (
        "extra", "thyroid from 2026-12-16, 6 times every 2 weeks",
        "Schilddrüsenwert ab Mi 16.12.2026, 6-mal im Abstand von 2 Wochen",
    ),
    ("replan", "1 suggested days", "ein vorgeschlagener Tag verschoben"),
    ("replan", "3 suggested days", "3 vorgeschlagene Tage verschoben"),
    ("answer", "course 2: 5 of before-each-course", "Behandlungsphase 2: 5 Antworten"),
    ("feed issue", "address 2 (appointments)", "Kalender der Person (Nr. 2)"),
    ("infusion add", "2026-12-16, 2026-12-17 planned", "Mi 16.12.2026, Do 17.12.2026 (geplant)"),
    (
        "infusion correct", "2026-12-16 -> 2026-12-17, 2026-12-18 withdrawn",
        "Mi 16.12.2026 → Do 17.12.2026, Fr 18.12.2026 zurückgezogen",
    ),
    (
        "import", "infusions added: 2026-12-16 (planned); samples added: 63",
        "Infusionen hinzugefügt: Mi 16.12.2026 (geplant); 63 Proben hinzugefügt",
    ),
    ("import", "N-0016: alemtuzumab-eu", "N-0016: alemtuzumab-eu"),
    ("preference", "sampling place, weekdays", "Ort der Blutabnahme, Wochentage"),
    ("person add", "eli: clinician in no clinic yet", "eli: ärztlich in noch keiner Klinik"),
    ("person password", "eli: chose a new password by a link", "eli: ein neues Passwort über einen Link gewählt"),
    ("session end", "eli: 2", "eli: in 2 Browsern abgemeldet"),
    ("init", "anna: admin", "anna: Verwaltung"),
    ("recipient confirm", "ada: by the code", "ada: durch den Code"),
    ("letter send", "letter 7: digest/3/2026-11-02", "Brief 7: digest/3/2026-11-02"),
    ("seal", "1 lines without a link", "eine Zeile ohne Glied"),
    ("copy", "from record.sqlite3", "aus record.sqlite3"),
    ("undo", "book: thyroid on 2026-11-20", "Vereinbart, Schilddrüsenwert am Fr 20.11.2026"),
]  # fmt: skip
"""What services write, and what a German reader gets."""


@pytest.mark.parametrize(("act", "written", "wanted"), SAID)
def test_a_subject_is_said_in_the_readers_words(act: str, written: str, wanted: str) -> None:
    assert word_subject(speaker("de"), act, written, TITLES) == wanted


@pytest.mark.parametrize("act", sorted({act for act, _, _ in SAID} | {"backup", "nobody knows"}))
@pytest.mark.parametrize("written", ["", "something of another time", "2026-13-45", "a/b/c; d", "cut off becau…"])
def test_what_is_written_otherwise_stays_as_it_is(act: str, written: str) -> None:
    assert written in word_subject(speaker("de"), act, written, TITLES)


def test_only_the_reason_that_the_program_gives_itself_is_said_in_other_words() -> None:
    assert word_reason(speaker("de"), "import of samples.csv") == "Einlesen von samples.csv"
    assert word_reason(speaker("de"), "undone at once") == "sofort zurückgenommen"
    assert word_reason(speaker("de"), "the patient asked for it") == "the patient asked for it"
