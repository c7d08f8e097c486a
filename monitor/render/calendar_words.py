"""Calendar words: what a patient's calendar says, discreet unless more was chosen, in English and German."""

from collections.abc import Mapping

CALENDAR: Mapping[str, Mapping[str, str]] = {
    "en": {
        "name": "Follow-up checks",
        "arrange": "Reminder: please arrange",
        "remember": "Reminder",
        "booked": "Appointment",
        "done": "Done",
        "cancelled": "Cancelled: reminder",
        "end": "Follow-up ends",
        "detail": "{summary} ({what})",
        "any-day": "Any day from {opens} to {closes} is on time.",
        "one-day": "It is meant for {opens}.",
        "please-arrange": "Please arrange a day with your clinic.",
        "agreed": "This day was agreed with you.",
        "was-done": "Nothing more needs to be arranged.",
        "was-cancelled": "Nothing needs to be arranged for this day.",
        "at-the-end": "The regular checks end around this day. Your clinic will tell you what stays important.",
        "to-do": "To be done: {titles}.",
        "urine": "If you can, give the urine sample on days without menstrual bleeding.",
        "contact": "Contact: {contact}",
    },
    "de": {
        "name": "Kontrolltermine",
        "arrange": "Erinnerung: bitte Termin vereinbaren",
        "remember": "Erinnerung",
        "booked": "Termin",
        "done": "Erledigt",
        "cancelled": "Entfällt: Erinnerung",
        "end": "Die Nachsorge endet",
        "detail": "{summary} ({what})",
        "any-day": "Jeder Tag von {opens} bis {closes} ist rechtzeitig.",
        "one-day": "Vorgesehen ist {opens}.",
        "please-arrange": "Bitte vereinbaren Sie einen Termin mit Ihrer Klinik.",
        "agreed": "Dieser Tag ist mit Ihnen vereinbart.",
        "was-done": "Es ist nichts mehr zu vereinbaren.",
        "was-cancelled": "Für diesen Tag ist nichts zu vereinbaren.",
        "at-the-end": "Um diesen Tag enden die regelmäßigen Kontrollen. "
        "Ihre Klinik sagt Ihnen, was danach wichtig bleibt.",
        "to-do": "Zu tun: {titles}.",
        "urine": "Geben Sie die Urinprobe möglichst an Tagen ohne Regelblutung ab.",
        "contact": "Kontakt: {contact}",
    },
}
