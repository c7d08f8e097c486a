"""Lets three invented people in: with passwords that every fresh demo draws anew and keeps in its own folder."""

import secrets

from db.people import find_person
from examples.folder import Folder
from examples.setting_up import ADMINISTRATOR, PEOPLE
from monitor.bootstrap import Program
from monitor.services.accounts import choose_language
from monitor.services.passwords import set_password

FILE = "people.txt"
SOUNDS = [first + then for first in "bdfgklmnprstvw" for then in "aeiou"]
GERMAN = "bea"
"""Her pages are in German; the others' follow the browser."""
ROLES = {"nurse": "a nurse", "clinician": "a clinician, who decides", "admin": "the administrator"}


def let_in(program: Program, folder: Folder) -> None:
    """Everybody gets a password; nobody else has one, and it opens nothing but this folder's record."""
    roles = {login: role for login, _, role in PEOPLE} | {ADMINISTRATOR: "admin"}
    lines = []
    for login, role in roles.items():
        password = draw_password()
        with program.writing(login) as desk:
            person = find_person(desk.connection, login)
            assert person is not None
            set_password(desk.connection, person.id, password, desk.at)
            if login == GERMAN:
                choose_language(desk, "de")
        told = f"{ROLES[role]}, whose pages are in German" if login == GERMAN else ROLES[role]
        lines.append(f"{login} {password} {told}")
    file = folder.claim(FILE)
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw_password() -> str:
    """Three made-up words, easy to type: 70 sounds to choose from nine times make 55 bits."""
    return "-".join("".join(secrets.choice(SOUNDS) for _ in range(3)) for _ in range(3))


def say_people(folder: Folder, base: str, *, is_served: bool) -> None:
    """A small table, to type from."""
    print(f"\n{'Sign in at' if is_served else 'To sign in, once the demo serves, at'} {base}/\n")
    print(f"  {'login':<6} {'password':<22} who that is")
    for line in (folder.path / FILE).read_text(encoding="utf-8").splitlines():
        login, password, told = line.split(" ", 2)
        print(f"  {login:<6} {password:<22} {told}")
