"""Subjects of acts on clinics, people and recipients: what the history keeps of each, and the words for it."""

import re
from collections.abc import Mapping

from monitor.render.staff.deed_patterns import PERIOD, Patterns, Titles, tell_period
from monitor.render.staff.speaking import Speaker

LOGIN, CLINIC = r"(?P<login>[^:]+)", r"(?P<clinic>[^:]+)"
SETTINGS = {
    "name": "field-clinic_name",
    "time_zone": "field-time_zone",
    "country": "field-country",
    "subdivision": "field-subdivision",
    "working_weekdays": "field-working_weekday",
}
FIRST = {"admin": "role-admin"}
LANGUAGES = {"as the browser asks": "deed-as-asked"}
CONFIRMED = {"by the code": "deed-by-code", "by the link": "deed-by-link"}
PASSWORDS = {
    "chose another": "deed-password-another",
    "chose a password by a link": "deed-password-first",
    "chose a new password by a link": "deed-password-new",
}
WISHES = {
    "weekly": "deed-weekly",
    "worklist attached": "deed-worklist-attached",
    "physician": "deed-physician",
    "another address": "deed-why-address",
}


def _closure(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{found['clinic']}: {tell_period(say, found, titles)}, {found['name']}"


def _settings(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{found['clinic']}: {', '.join(say(SETTINGS[one]) for one in found['settings'].split(', '))}"


def _role(say: Speaker, role: str, clinics: str) -> str:
    where = say("deed-no-clinic") if clinics == "no clinic yet" else clinics
    return say("deed-role", role=say(f"role-{role}"), clinics=where)


def _person(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{found['login']}: {_role(say, found['role'], found['clinics'])}"


def _person_changed(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{_person(say, found, titles)} → {_role(say, found['then'], found['there'])}"


def _sessions(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{found['login']}: {say.count('deed-sessions', int(found['count']))}"


def _wishes(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    wishes = [say(WISHES[one]) for one in found["wishes"].removeprefix(", ").split(", ") if one]
    home = say("deed-home", clinics=found["clinics"], home=found["home"])
    return ", ".join([f"{found['login']}: {home}", found["language"], *wishes])


def _cover(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    by = say("deed-deputy", login=found["deputy"]) if found["deputy"] else say("deed-no-deputy")
    return f"{found['login']}: {tell_period(say, found, titles)}, {by}"


def _letter(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return f"{say('deed-letter', number=found['number'])}: {found['key']}"


def _lines(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say.count("deed-sealed", int(found["count"]))


def _source(say: Speaker, found: re.Match[str], titles: Titles) -> str:
    return say("deed-copied", source=found["source"])


def _one_of(words: Mapping[str, str]) -> str:
    return "|".join(re.escape(one) for one in words)


def _either(words: Mapping[str, str]) -> Patterns:
    """Of a person one of a few sayings, each with the key of its words."""

    def tell(say: Speaker, found: re.Match[str], titles: Titles) -> str:
        return f"{found['login']}: {say(words[found['saying']])}"

    return ((re.compile(rf"{LOGIN}: (?P<saying>{_one_of(words)})"), tell),)


ROLES = "viewer|nurse|clinician|admin"
ROLE_IN = rf"{LOGIN}: (?P<role>{ROLES}) in (?P<clinics>[^→]+?)"
CLOSURES: Patterns = ((re.compile(rf"{CLINIC}: {PERIOD}, (?P<name>.*)", re.DOTALL), _closure),)
WISH = _one_of(WISHES)
RECIPIENT = rf"{LOGIN}: (?P<clinics>[^:]*), home (?P<home>[^,]+), (?P<language>\w+)(?P<wishes>(?:, (?:{WISH}))*)"
RECIPIENTS: Patterns = ((re.compile(RECIPIENT), _wishes),)
COVERS: Patterns = ((re.compile(rf"{LOGIN}: {PERIOD}, (?:deputy (?P<deputy>.+)|no deputy)"), _cover),)
LETTERS: Patterns = ((re.compile(r"letter (?P<number>\d+): (?P<key>.+)"), _letter),)
SETTING = _one_of(SETTINGS)
CLINIC_PATTERNS: Mapping[str, Patterns] = {
    "clinic close": CLOSURES,
    "clinic reopen": CLOSURES,
    "clinic change": ((re.compile(rf"{CLINIC}: (?P<settings>(?:{SETTING})(?:, (?:{SETTING}))*)"), _settings),),
    "person add": ((re.compile(ROLE_IN), _person),),
    "person change": ((re.compile(rf"{ROLE_IN} → (?P<then>{ROLES}) in (?P<there>.+)"), _person_changed),),
    "init": _either(FIRST),
    "session end": ((re.compile(rf"{LOGIN}: (?P<count>\d+)"), _sessions),),
    "person password": _either(PASSWORDS),
    "person language": _either(LANGUAGES),
    "recipient add": RECIPIENTS,
    "recipient change": RECIPIENTS,
    "recipient confirm": _either(CONFIRMED),
    "cover add": COVERS,
    "cover undo": COVERS,
    "letter send": LETTERS,
    "letter settle": LETTERS,
    "seal": ((re.compile(r"(?P<count>\d+) lines without a link"), _lines),),
    "copy": ((re.compile(r"from (?P<source>.+)"), _source),),
}
