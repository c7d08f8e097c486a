"""Speaks for Evolution's data server: one command a line on stdin, one JSON answer a line on stdout.

The system's Python runs this (it is the one that has `gi`), inside a D-Bus session of its own. Commands:
`subscribe URL`, `refresh`, `events`. The server does the fetching, parsing and keeping, as it does for Evolution and
GNOME Calendar; this only asks it. Seen with evolution-data-server 3.46.4.
"""

import importlib
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

QUIET_SECONDS = 0.25
"""A refresh is over when it said so and nothing more came for this long."""
SILENCE_SECONDS = 3.0
"""After so long without any news it is asked again."""
PATIENCE_SECONDS = 25.0
NO_WAITING = 0xFFFFFFFF
"""What the library takes for "do not wait until the calendar is online"."""
FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2010, 2045))
SOURCE = "feed"


def load(name: str, version: str) -> Any:
    importlib.import_module("gi").require_version(name, version)
    return importlib.import_module(f"gi.repository.{name}")


ICal = load("ICalGLib", "3.0")
ECal = load("ECal", "2.0")
EData = load("EDataServer", "1.2")
GLib = load("GLib", "2.0")
GObject = load("GObject", "2.0")


class Agent:
    def __init__(self) -> None:
        self.registry = EData.SourceRegistry.new_sync(None)
        self.client: Any = None
        self.view: Any = None
        self.complaint = ""
        self.is_over = False
        self.last_news = 0.0

    def subscribe(self, url: str) -> bool:
        """What the dialogue "New calendar, on the web" of Evolution writes."""
        source = EData.Source.new_with_uid(SOURCE, None)
        source.set_parent("webcal-stub")
        source.set_display_name(SOURCE)
        source.get_extension(EData.SOURCE_EXTENSION_CALENDAR).set_backend_name("webcal")
        source.get_extension(EData.SOURCE_EXTENSION_SECURITY).set_secure(False)
        source.get_extension(EData.SOURCE_EXTENSION_AUTHENTICATION)
        # Only we decide when it asks the server, or a test would not know which answer it shows.
        source.get_extension(EData.SOURCE_EXTENSION_REFRESH).set_enabled(False)
        address = source.get_extension(EData.SOURCE_EXTENSION_WEBDAV_BACKEND)
        address.set_uri(GLib.Uri.parse(url, GLib.UriFlags.ENCODED))
        return bool(self.registry.commit_source_sync(source, None))

    def open(self) -> None:
        """Opening a calendar makes the server fetch it by itself, once."""
        source = self.wait_for_source()
        source.connect("credentials-required", self.on_failure)
        self.client = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, NO_WAITING, None)
        # `connect` of the client itself is another thing: it opens calendars.
        GObject.Object.connect(self.client, "backend-error", self.on_error)
        _, self.view = self.client.get_view_sync("#t", None)
        self.view.connect("progress", self.on_progress)
        for change in ("objects-added", "objects-modified", "objects-removed"):
            self.view.connect(change, self.on_change)
        self.view.start()

    def wait_for_source(self) -> Any:
        limit = time.monotonic() + PATIENCE_SECONDS
        while not (source := self.registry.ref_source(SOURCE)) and time.monotonic() < limit:
            self.listen()
        return source

    def refresh(self) -> str:
        self.listen()
        self.complaint, self.is_over = "", False
        if self.client is None:
            self.open()
        limit = time.monotonic() + PATIENCE_SECONDS
        self.last_news = float("-inf")
        while time.monotonic() < limit:
            silence = time.monotonic() - self.last_news
            if self.is_over and silence > QUIET_SECONDS:
                return self.complaint
            if not self.is_over and silence > SILENCE_SECONDS:
                # While it is refreshing by itself it does not begin again, and the end may come before we listen.
                try:
                    self.client.refresh_sync(None)
                except GLib.Error as error:
                    return str(error.message)
                self.last_news = time.monotonic()
            self.listen()
        return f"no end of it after {PATIENCE_SECONDS:.0f} seconds"

    def listen(self) -> None:
        """Let whatever the server tells come in."""
        context = GLib.MainContext.default()
        while context.pending():
            context.iteration(False)
        time.sleep(0.01)

    def on_progress(self, _view: Any, _percent: int, sentence: str) -> None:
        self.last_news = time.monotonic()
        self.is_over = not sentence  # it says "Refreshing…", and at the end nothing

    def on_change(self, _view: Any, _objects: Any) -> None:
        self.last_news = time.monotonic()

    def on_error(self, _client: Any, sentence: str) -> None:
        self.on_failure(None, None, None, None, None, sentence)

    def on_failure(self, *said: Any) -> None:
        """The server takes each refusal of the other side for a possible lack of a password."""
        reason, error = said[1], said[-1]
        self.last_news = time.monotonic()
        self.is_over = True
        self.complaint = str(getattr(error, "message", error) or getattr(reason, "value_nick", "") or "failed")

    def events(self) -> list[dict[str, Any]]:
        """What a calendar page would draw: one for each time that an event takes place."""
        found: list[dict[str, Any]] = []
        if self.client is not None:
            self.client.generate_instances_sync(FIRST, LAST, None, lambda *said: note_instance(found, *said))
        return found


def note_instance(found: list[dict[str, Any]], event: Any, starts: Any, ends: Any, *_: Any) -> bool:
    status = event.get_first_property(ICal.PropertyKind.STATUS_PROPERTY)
    found.append(
        {
            "uid": event.get_uid(),
            "summary": event.get_summary(),
            "starts": moment(starts),
            "ends": moment(ends),
            "status": status.get_value_as_string() if status else "",
            "sequence": event.get_sequence(),
            "alarms": triggers(event),
        }
    )
    return True


def moment(when: Any) -> str:
    if when.is_date():
        return f"{when.get_year():04}-{when.get_month():02}-{when.get_day():02}"
    return datetime.fromtimestamp(when.as_timet_with_zone(when.get_timezone()), UTC).isoformat()


def triggers(event: Any) -> list[int]:
    """Seconds after the start at which it rings."""
    seconds = []
    alarm = event.get_first_component(ICal.ComponentKind.VALARM_COMPONENT)
    while alarm:
        trigger = alarm.get_first_property(ICal.PropertyKind.TRIGGER_PROPERTY).get_trigger()
        seconds.append(trigger.get_duration().as_int())
        alarm = event.get_next_component(ICal.ComponentKind.VALARM_COMPONENT)
    return seconds


def main() -> None:
    agent = Agent()
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        match command:
            case "subscribe":
                answer: Any = agent.subscribe(argument)
            case "refresh":
                answer = agent.refresh()
            case "events":
                answer = agent.events()
            case _:
                answer = f"not a command: {command}"
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
