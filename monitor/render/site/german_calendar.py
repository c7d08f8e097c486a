"""German: the words of the page on which a patient adds a calendar, step by step."""

from collections.abc import Mapping

GERMAN_CALENDAR: Mapping[str, str] = {
    "calendar-title": "Mein Kalender",
    "calendar-intro": "Der Kalender auf Ihrem Telefon oder Computer kann diese Tage zeigen und verschiebt sie, wenn "
    "der "
    "Plan sich ändert.",
    "calendar-late": "Kalender holen Änderungen spät ab: nach Stunden, manchmal erst nach einem Tag. Der Kalender "
    "ersetzt "
    "keinen Anruf, weder Ihren noch unseren.",
    "calendar-list": "Meine Kalender",
    "calendar-none": "Sie haben noch keinen Kalender.",
    "calendar-consented": "Zugestimmt am {day}.",
    "calendar-fetched": "Zuletzt abgerufen von {client} am {at}.",
    "calendar-not-fetched": "Noch nicht abgerufen.",
    "calendar-fetched-means": "Abgerufen heißt nicht, dass jemand es gesehen hat.",
    "calendar-foreign": "Diesen Kalender hat Ihre Klinik angelegt und Ihnen die Adresse gegeben. Hier lässt sie sich "
    "nicht "
    "anzeigen.",
    "calendar-apple": "Auf iPhone, iPad oder Mac hinzufügen",
    "calendar-address": "Adresse zum Kopieren",
    "calendar-address-of": "Adresse des Kalenders „{label}“",
    "calendar-copy": "Kopieren",
    "calendar-copied": "Kopiert",
    "calendar-secret": "Wer diese Adresse hat, kann den Kalender lesen. Diese Seite lässt sich damit nicht öffnen.",
    "calendar-code": "Code zum Scannen",
    "calendar-code-help": "Richten Sie die Kamera eines anderen iPhones oder iPads darauf. Auf Android braucht es die "
    "App "
    "ICSx5.",
    "calendar-code-alt": "QR-Code mit der Adresse des Kalenders „{label}“",
    "calendar-remove": "Diesen Kalender entfernen",
    "calendar-remove-of": "Den Kalender „{label}“ entfernen",
    "calendar-remove-help": "Seine Adresse liefert dann keine Tage mehr. Bitte löschen Sie ihn auch auf Ihrem Gerät.",
    "calendar-remove-yes": "Ja, entfernen",
    "calendar-new": "Einen Kalender anlegen",
    "calendar-new-help": "Legen Sie für jedes Gerät und jede Person einen eigenen an. Jeder hat eine eigene Adresse, "
    "die "
    "Sie zurückziehen können.",
    "calendar-label": "Name des Kalenders",
    "calendar-label-help": "Zum Beispiel „mein Telefon“. Nur Sie und Ihre Klinik sehen diesen Namen.",
    "calendar-consent-title": "Bevor wir eine Adresse anlegen",
    "calendar-consent-1": "Wenn Sie einen Kalender von Google, Apple, Microsoft oder einer anderen Firma nutzen, "
    "behält "
    "diese Firma eine Kopie dieser Tage. Diese Kopie können wir nicht zurückholen.",
    "calendar-consent-2": "Die Einträge sind unauffällig, solange Sie in den Einstellungen nichts anderes wählen.",
    "calendar-consent-3": "Sie können den Kalender hier jederzeit entfernen.",
    "calendar-consent": "Ich habe das gelesen und möchte einen Kalender.",
    "calendar-make": "Kalender anlegen",
    "calendar-no-more": "Hier lässt sich kein weiterer Kalender anlegen. Entfernen Sie einen oder fragen Sie Ihre "
    "Klinik.",
    "calendar-steps": "Schritt für Schritt",
    "calendar-steps-none": "Legen Sie zuerst oben einen Kalender an. Dann haben Sie die Adresse für diese Schritte.",
    "steps-apple": "iPhone, iPad und Mac",
    "steps-apple-1": "Öffnen Sie diese Seite auf dem Gerät selbst und tippen Sie auf „Auf iPhone, iPad oder Mac "
    "hinzufügen“.",
    "steps-apple-2": "Tippen Sie auf „Abonnieren“.",
    "steps-apple-3": "Wichtig: „Hinweise entfernen“ (oder „Warnhinweise entfernen“) ist schon eingeschaltet. Schalten "
    "Sie "
    "es aus, sonst erinnert nichts.",
    "steps-apple-4": "Tippen Sie auf „Fertig“ oder „Hinzufügen“.",
    "steps-google": "Google Kalender",
    "steps-google-1": "Öffnen Sie calendar.google.com im Browser eines Computers. Mit der App auf dem Telefon geht es "
    "nicht.",
    "steps-google-2": "Klicken Sie neben „Weitere Kalender“ auf das Plus, dann auf „Per URL“.",
    "steps-google-3": "Fügen Sie die Adresse ein und klicken Sie auf „Kalender hinzufügen“.",
    "steps-google-4": "Danach auf dem Telefon: Öffnen Sie Google Kalender, „Einstellungen“, wählen Sie diesen "
    "Kalender und "
    "schalten Sie „Synchronisierung“ ein.",
    "steps-google-5": "Google erinnert bei solchen Kalendern nicht und holt Änderungen nur einige Male am Tag ab.",
    "steps-outlook": "Outlook",
    "steps-outlook-1": "Öffnen Sie outlook.com oder Outlook auf dem Computer und gehen Sie zum Kalender.",
    "steps-outlook-2": "Wählen Sie „Kalender hinzufügen“, dann „Aus dem Internet abonnieren“.",
    "steps-outlook-3": "Fügen Sie die Adresse ein, geben Sie einen Namen an und klicken Sie auf „Importieren“.",
    "steps-outlook-4": "Outlook erinnert bei solchen Kalendern nicht.",
    "steps-android": "Android ohne Google",
    "steps-android-1": "Installieren Sie die App ICSx5.",
    "steps-android-2": "Tippen Sie auf das Plus und fügen Sie die Adresse ein.",
    "steps-android-3": "Lassen Sie „Erinnerungen ignorieren“ ausgeschaltet. Die Tage erscheinen dann in der "
    "Kalender-App "
    "Ihres Telefons.",
    "steps-thunderbird": "Thunderbird",
    "steps-thunderbird-1": "Wählen Sie im Kalender „Neuer Kalender“, dann „Im Netzwerk“.",
    "steps-thunderbird-2": "Fügen Sie die Adresse ein und klicken Sie auf „Kalender suchen“. Benutzername und "
    "Passwort sind "
    "nicht nötig.",
    "steps-thunderbird-3": "Wählen Sie den Kalender und klicken Sie auf „Abonnieren“.",
    "download-title": "Nur eine Kopie",
    "download-help": "Wenn Sie nicht abonnieren möchten, laden Sie eine Datei mit allen Tagen. Sie ist eine Kopie: Sie "
    "ändert sich nicht, wenn der Plan sich ändert.",
    "download": "Datei herunterladen",
}
