"""Words of the pages: clinic."""

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "clinic-tabs": "Pages about the clinic",
        "clinic-tab-overview": "Overview",
        "clinic-tab-workload": "Workload ahead",
        "clinic-tab-adherence": "Adherence",
        "clinic-tab-settings": "Settings",
        "clinic-tab-people": "People",
        "clinic-tab-readings": "Who read what",
        "clinic-tab-recipients": "Digest",
        "clinic-tab-letters": "Letters",
        "clinic-tab-jobs": "Jobs and health",
        "clinic-tab-feeds": "Calendars",
        "clinic-tab-history": "History",
    },
    "de": {
        "clinic-tabs": "Seiten über die Klinik",
        "clinic-tab-overview": "Überblick",
        "clinic-tab-workload": "Kommende Arbeit",
        "clinic-tab-adherence": "Pünktlichkeit",
        "clinic-tab-settings": "Einstellungen",
        "clinic-tab-people": "Personen",
        "clinic-tab-readings": "Wer las was",
        "clinic-tab-recipients": "Tagesbrief",
        "clinic-tab-letters": "Briefe",
        "clinic-tab-jobs": "Aufgaben und Zustand",
        "clinic-tab-feeds": "Kalender",
        "clinic-tab-history": "Verlauf",
    },
}
