"""Words of the pages for signing in: by a password, by a link, by the hospital's own service, and after a lapse."""

WORDS = {
    "en": {
        "sign-in-title": "Sign in",
        "sign-in-do": "Sign in",
        "sign-in-go": "To sign in",
        "sign-in-forgotten": "Forgotten your password? An administrator of the clinic makes you a link to choose "
        "another.",
        "sign-in-wrong": "Login or password is not right. After several mistakes it takes a while, five minutes at "
        "most, until the next try counts.",
        "sign-in-busy": "Too many people are signing in at this moment. Try again in a minute.",
        "sign-in-no-passwords": "Nobody signs in by a password here. Use the hospital's own sign-in.",
        "sign-in-closed": "No way to sign in is set up. Tell whoever runs the program.",
        "sign-in-lapsed-title": "Sign in again, then send it",
        "sign-in-lapsed": "You were signed out meanwhile. Nothing was saved yet, and nothing is lost: what you typed "
        "comes along.",
        "sign-in-lapsed-who": "Until now {name} was signed in here.",
        "sign-in-no-files": "A file cannot come along. Choose it again afterwards.",
        "sign-in-service": "Sign in with {service}",
        "sign-in-service-carried": "This opens a second window. When you are signed in there, come back to this one, "
        "which keeps what you typed, and go on.",
        "sign-in-continue": "I am signed in: send it now",
        "sign-in-done-title": "You are signed in",
        "sign-in-done": "Hello {name}. Close this window, go back to the other one and press “I am signed in”.",
        "carried-title": "What you typed is still here",
        "carried": "You are signed in as {name}. Nothing of this was saved yet.",
        "carried-other": "{other} typed this, not you. If you send it, it is entered under your name, {name}.",
        "carried-no-files": "The file did not come along. Send this first; the page then asks for the file again.",
        "carried-send": "Send it now",
        "carried-drop": "Leave it",
        "field-login": "Login",
        "field-password": "Password",
        "field-old-password": "Password until now",
        "field-new-password": "New password",
        "field-again-password": "The same again",
        "trouble-not-the-same": "This is not the same as above.",
        "password-help": "At least 12 characters. Four words in a row are easy to keep in mind; signs and digits are "
        "not needed.",
        "refused-password-short": "The password has fewer than {least} characters.",
        "refused-password-long": "The password has more than {most} characters.",
        "refused-password-guessable": "This password is among the first that a stranger would try. Take something "
        "that has nothing to do with you, such as four words in a row.",
        "refused-password-wrong": "This is not your password until now. After several mistakes it takes a while until "
        "the next try counts.",
        "refused-password-none": "You have no password here. An administrator can make you a link to choose one.",
        "refused-too-busy": "Too many people are signing in at this moment. Try again in a minute.",
        "refused-no-passwords": "Nobody signs in by a password here.",
        "invitation-title": "Welcome, {name}",
        "invitation": "Choose a password. You sign in with it and with your login: {login}",
        "invitation-do": "Choose it and sign in",
        "invitation-service": "Or sign in with {service} from now on: this links it with you, once.",
        "invitation-link": "Link {service}",
        "invitation-gone-title": "This link is no longer valid",
        "invitation-gone": "It was used already, replaced by a newer one, or is too old. Ask an administrator of your "
        "clinic for a new one.",
        "service-none-title": "There is no such sign-in here",
        "service-none": "No sign-in service of the hospital is set up.",
        "service-other-browser-title": "This did not begin here",
        "service-other-browser": "Signing in has to end in the browser in which it began. Please begin anew.",
        "service-too-late-title": "Please begin anew",
        "service-too-late": "This answer was used already, or took longer than ten minutes.",
        "service-refused-title": "You were not signed in",
        "service-refused": "The hospital's sign-in service did not let you in, or you broke it off.",
        "service-untrusted-title": "The answer did not hold",
        "service-untrusted": "What the hospital's sign-in service said failed a check, so nobody was signed in. Try "
        "again; if it stays like this, tell whoever runs the program.",
        "service-silent-title": "The hospital's sign-in service does not answer",
        "service-silent": "Nothing was lost here. Try again in a minute, or sign in by a password if you have one.",
        "service-not-installed-title": "The hospital's sign-in is not installed",
        "service-not-installed": "It is set up, but its libraries are missing. Tell whoever runs the program: the "
        "package needs its extra “oidc”.",
        "service-somebody-else-title": "This sign-in belongs to somebody else here",
        "service-somebody-else": "The hospital's sign-in that you used is linked with another person of this program. "
        "Ask an administrator.",
        "service-unknown-title": "We do not know yet who you are",
        "service-unknown": "Signing in at the hospital worked, but nobody has said who you are here. Ask an "
        "administrator for a link, or let them enter this id for you:",
        "service-issuer": "Service",
        "field-subject": "Id at the sign-in service",
        "not-possible-title": "This is not possible here",
        "not-possible": "Nothing was saved. Go back and use the button on the page.",
        "at-fault-title": "Something went wrong on our side",
        "at-fault": "It is written down under the number {incident}. Nothing of this was saved. Try again; if it "
        "happens again, tell an administrator the number.",
    },
    "de": {
        "sign-in-title": "Anmelden",
        "sign-in-do": "Anmelden",
        "sign-in-go": "Zur Anmeldung",
        "sign-in-forgotten": "Passwort vergessen? Die Verwaltung der Klinik macht Ihnen einen Link, um ein neues zu "
        "wählen.",
        "sign-in-wrong": "Anmeldename oder Passwort stimmt nicht. Nach mehreren Fehlern dauert es eine Weile, "
        "höchstens fünf Minuten, bis der nächste Versuch zählt.",
        "sign-in-busy": "Gerade melden sich zu viele an. Versuchen Sie es in einer Minute noch einmal.",
        "sign-in-no-passwords": "Hier meldet sich niemand mit einem Passwort an. Nehmen Sie die Anmeldung des Hauses.",
        "sign-in-closed": "Es ist kein Weg zur Anmeldung eingerichtet. Sagen Sie es denen, die das Programm betreiben.",
        "sign-in-lapsed-title": "Noch einmal anmelden, dann absenden",
        "sign-in-lapsed": "Sie wurden inzwischen abgemeldet. Es ist noch nichts gespeichert, und nichts ist verloren: "
        "Was Sie eingegeben haben, kommt mit.",
        "sign-in-lapsed-who": "Bis eben war hier {name} angemeldet.",
        "sign-in-no-files": "Eine Datei kann nicht mitkommen. Wählen Sie sie danach noch einmal aus.",
        "sign-in-service": "Anmelden mit {service}",
        "sign-in-service-carried": "Das öffnet ein zweites Fenster. Sind Sie dort angemeldet, kommen Sie in dieses "
        "zurück, das Ihre Eingaben behält, und machen weiter.",
        "sign-in-continue": "Ich bin angemeldet: jetzt absenden",
        "sign-in-done-title": "Sie sind angemeldet",
        "sign-in-done": "Guten Tag, {name}. Schließen Sie dieses Fenster, gehen Sie in das andere zurück und drücken "
        "Sie „Ich bin angemeldet“.",
        "carried-title": "Ihre Eingaben sind noch da",
        "carried": "Sie sind angemeldet als {name}. Davon ist noch nichts gespeichert.",
        "carried-other": "{other} hat das eingegeben, nicht Sie. Wenn Sie es absenden, steht es unter Ihrem Namen, "
        "{name}.",
        "carried-no-files": "Die Datei ist nicht mitgekommen. Senden Sie dies zuerst ab; die Seite fragt dann noch "
        "einmal nach der Datei.",
        "carried-send": "Jetzt absenden",
        "carried-drop": "Nicht absenden",
        "field-login": "Anmeldename",
        "field-password": "Passwort",
        "field-old-password": "Bisheriges Passwort",
        "field-new-password": "Neues Passwort",
        "field-again-password": "Noch einmal dasselbe",
        "trouble-not-the-same": "Das ist nicht dasselbe wie oben.",
        "password-help": "Mindestens 12 Zeichen. Vier Wörter hintereinander lassen sich gut merken; Sonderzeichen und "
        "Ziffern braucht es nicht.",
        "refused-password-short": "Das Passwort hat weniger als {least} Zeichen.",
        "refused-password-long": "Das Passwort hat mehr als {most} Zeichen.",
        "refused-password-guessable": "Dieses Passwort probieren Fremde als eines der ersten. Nehmen Sie etwas, das "
        "nichts mit Ihnen zu tun hat, zum Beispiel vier Wörter hintereinander.",
        "refused-password-wrong": "Das ist nicht Ihr bisheriges Passwort. Nach mehreren Fehlern dauert es eine Weile, "
        "bis der nächste Versuch zählt.",
        "refused-password-none": "Sie haben hier kein Passwort. Die Verwaltung kann Ihnen einen Link machen, um eines "
        "zu wählen.",
        "refused-too-busy": "Gerade melden sich zu viele an. Versuchen Sie es in einer Minute noch einmal.",
        "refused-no-passwords": "Hier meldet sich niemand mit einem Passwort an.",
        "invitation-title": "Willkommen, {name}",
        "invitation": "Wählen Sie ein Passwort. Damit und mit Ihrem Anmeldenamen melden Sie sich an: {login}",
        "invitation-do": "Wählen und anmelden",
        "invitation-service": "Oder melden Sie sich künftig mit {service} an: Das wird hier einmal mit Ihnen "
        "verknüpft.",
        "invitation-link": "{service} verknüpfen",
        "invitation-gone-title": "Dieser Link gilt nicht mehr",
        "invitation-gone": "Er wurde schon benutzt, durch einen neueren ersetzt oder ist zu alt. Bitten Sie die "
        "Verwaltung Ihrer Klinik um einen neuen.",
        "service-none-title": "Diese Anmeldung gibt es hier nicht",
        "service-none": "Es ist kein Anmeldedienst des Hauses eingerichtet.",
        "service-other-browser-title": "Das hat nicht hier begonnen",
        "service-other-browser": "Die Anmeldung muss in dem Browser enden, in dem sie begonnen hat. Bitte beginnen "
        "Sie neu.",
        "service-too-late-title": "Bitte beginnen Sie neu",
        "service-too-late": "Diese Antwort wurde schon benutzt oder hat länger als zehn Minuten gebraucht.",
        "service-refused-title": "Sie wurden nicht angemeldet",
        "service-refused": "Der Anmeldedienst des Hauses hat Sie nicht eingelassen, oder Sie haben abgebrochen.",
        "service-untrusted-title": "Die Antwort hielt der Prüfung nicht stand",
        "service-untrusted": "Was der Anmeldedienst des Hauses sagte, bestand eine Prüfung nicht; deshalb wurde "
        "niemand angemeldet. Versuchen Sie es noch einmal. Bleibt es so, sagen Sie es denen, die das Programm "
        "betreiben.",
        "service-silent-title": "Der Anmeldedienst des Hauses antwortet nicht",
        "service-silent": "Hier ging nichts verloren. Versuchen Sie es in einer Minute noch einmal, oder melden Sie "
        "sich mit einem Passwort an, wenn Sie eines haben.",
        "service-not-installed-title": "Die Anmeldung des Hauses ist nicht installiert",
        "service-not-installed": "Sie ist eingerichtet, aber ihre Bibliotheken fehlen. Sagen Sie es denen, die das "
        "Programm betreiben: Das Paket braucht seinen Zusatz „oidc“.",
        "service-somebody-else-title": "Diese Anmeldung gehört hier jemand anderem",
        "service-somebody-else": "Die Anmeldung des Hauses, die Sie benutzt haben, ist in diesem Programm mit jemand "
        "anderem verknüpft. Fragen Sie die Verwaltung.",
        "service-unknown-title": "Wir wissen noch nicht, wer Sie sind",
        "service-unknown": "Die Anmeldung des Hauses hat geklappt, aber niemand hat hier gesagt, wer Sie sind. Bitten "
        "Sie die Verwaltung um einen Link, oder lassen Sie diese Kennung für sich eintragen:",
        "service-issuer": "Dienst",
        "field-subject": "Kennung beim Anmeldedienst",
        "not-possible-title": "Das geht hier nicht",
        "not-possible": "Nichts wurde gespeichert. Gehen Sie zurück und drücken Sie den Knopf auf der Seite.",
        "at-fault-title": "Auf unserer Seite ist etwas schiefgegangen",
        "at-fault": "Es ist unter der Nummer {incident} aufgeschrieben. Davon wurde nichts gespeichert. Versuchen Sie "
        "es noch einmal; geschieht es wieder, sagen Sie der Verwaltung die Nummer.",
    },
}
