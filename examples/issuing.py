"""Issues the demo's secret addresses and shows them at every run; a real installation shows an address once."""

import socket
from contextlib import closing

from examples.folder import Folder
from examples.sampling import Story
from monitor.bootstrap import Program
from monitor.services import addresses

PORT = 8000
FILE = "addresses.txt"


def issue_addresses(program: Program, folder: Folder, story: Story) -> None:
    """A page and a calendar for one invented patient, and a clinic's worklist for Ada."""
    reference, clinic = story.patient.reference, story.patient.site.id
    with program.writing("ada") as desk:
        page, calendar = addresses.issue_to_patient(desk, reference, label="own phone (invented)", consented=True)
        worklist = addresses.issue_to_clinic(desk, clinic, label="ward tablet (invented)")
    lines = [
        f"{page.path} the page of patient {reference}, for a phone",
        f"{calendar.path} the calendar of patient {reference}, to subscribe to",
        f"{worklist.path} the worklist of clinic {clinic} as a calendar",
    ]
    file = folder.claim(FILE)
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def find_port() -> int:
    """The usual port where it is free, or any other."""
    for wanted in (PORT, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            return port
    return PORT


def say_addresses(folder: Folder, base: str, *, is_served: bool) -> None:
    """Each address under what it is, so that it can be copied whole."""
    print("\nOpen or subscribe to:" if is_served else "\nTo open or subscribe to, once the demo serves:")
    for line in (folder.path / FILE).read_text(encoding="utf-8").splitlines():
        path, _, what = line.partition(" ")
        print(f"\n  # {what}\n  {base}{path}")
