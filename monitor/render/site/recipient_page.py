"""The recipient's pages: what a link in a mail to staff asks, with one button, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.render.site.template import fill
from schedules.phrases import spoken


class Asked(StrEnum):
    """What a page shows."""

    CONFIRM = "confirm"
    CONFIRMED = "confirmed"
    LEAVE = "leave"
    LEFT = "left"
    LAST = "last"
    """The person may not leave: a clinic would be left without anybody."""


@dataclass(frozen=True, slots=True)
class RecipientPage:
    """`clinics` by name: those of the digest, or those that would be left alone."""

    asked: Asked
    login: str
    clinics: Sequence[str]

    @property
    def has_button(self) -> bool:
        return self.asked in {Asked.CONFIRM, Asked.LEAVE}


def render_recipient(page: RecipientPage, language: str, assets: str = "/static/") -> str:
    words = WORDS[spoken(language)]

    def tell(key: str) -> str:
        return words[key].format(login=page.login, clinics=", ".join(page.clinics))

    return fill("recipient.html", language, page=page, tell=tell, assets=assets)


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "confirm": "Is this address yours?",
        "confirm-text": "The digest of the follow-up checks shall go to the address that this link was sent to, every "
        "morning, for the login “{login}”.",
        "confirm-more": "It names patients by their local references. Confirm only if the mailbox is read by those who "
        "may see them.",
        "confirm-button": "Yes, send the digest here",
        "confirmed": "Confirmed",
        "confirmed-text": "The digest for “{login}” comes to this address from now on, also when nothing is overdue.",
        "confirmed-more": "If it fails to come one morning, tell an administrator: silence does not mean that all is "
        "well.",
        "leave": "Get no digest any more?",
        "leave-text": "You are about to take “{login}” off the digest.",
        "leave-more": "For a time, do not leave: let an administrator note who stands in for you.",
        "leave-button": "Yes, no digest for me any more",
        "left": "You get no digest any more",
        "left-text": "“{login}” is off the digest. What was on its way may still come.",
        "left-more": "An administrator can enter you again at any time.",
        "last": "You cannot leave yet",
        "last-text": "“{login}” is the last confirmed recipient for:",
        "last-more": "If you left, nobody would learn what is overdue there. Ask an administrator to enter somebody "
        "else; once that person has confirmed the address, this link works.",
        "clinics": "Clinics",
    },
    "de": {
        "confirm": "Ist das Ihre Adresse?",
        "confirm-text": "Die Übersicht der Nachsorge soll jeden Morgen an die Adresse gehen, an die dieser Link "
        "geschickt wurde, für die Kennung „{login}“.",
        "confirm-more": "Sie nennt Personen mit ihrer örtlichen Kennung. Bestätigen Sie nur, wenn das Postfach "
        "von denen gelesen wird, die sie sehen dürfen.",
        "confirm-button": "Ja, die Übersicht hierher schicken",
        "confirmed": "Bestätigt",
        "confirmed-text": "Die Übersicht für „{login}“ kommt ab jetzt an diese Adresse, auch wenn nichts überfällig "
        "ist.",
        "confirmed-more": "Bleibt sie an einem Morgen aus, sagen Sie der Verwaltung Bescheid: Stille heißt nicht, "
        "dass alles in Ordnung ist.",
        "leave": "Keine Übersicht mehr bekommen?",
        "leave-text": "Sie sind dabei, „{login}“ von der Übersicht abzumelden.",
        "leave-more": "Melden Sie sich nicht ab, wenn Sie nur eine Zeit lang fehlen: Lassen Sie die Verwaltung "
        "eintragen, wer Sie vertritt.",
        "leave-button": "Ja, keine Übersicht mehr für mich",
        "left": "Sie bekommen keine Übersicht mehr",
        "left-text": "„{login}“ ist abgemeldet. Was schon unterwegs war, kann noch kommen.",
        "left-more": "Die Verwaltung kann Sie jederzeit wieder eintragen.",
        "last": "Sie können sich noch nicht abmelden",
        "last-text": "Als Einzige bestätigt ist die Adresse von „{login}“ für:",
        "last-more": "Ohne Sie erführe niemand, was dort überfällig ist. Bitten Sie die Verwaltung, noch jemanden "
        "einzutragen; sobald diese Adresse bestätigt ist, gilt dieser Link.",
        "clinics": "Kliniken",
    },
}
