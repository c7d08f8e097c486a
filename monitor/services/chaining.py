"""Chaining: whether the history is as it was entered, where its chain ends, and what was done of late."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from db import chain, history, sealing
from db.chain import Anchor, Head, Keyring, Walked
from db.history import Deed
from db.sealing import UNKEYED, Seal
from monitor.config import Config
from monitor.services.desk import Desk
from monitor.services.found import Finding, Weight
from schedules.errors import Unacceptable

SEAL = "seal"
HEAD = re.compile(r"0:|([1-9][0-9]{0,11}):([0-9a-f]{16,64})")
NAMED = 50
"""So many ids of lines that were sealed late stand in the deed; more are counted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying the chain came to: what is broken, what nobody can say, and what is worth knowing."""

    links: int
    head: Head
    broken: Sequence[str]
    doubtful: Sequence[str]
    """About keys: an error unless whoever verifies knows why (a key was lost)."""
    notes: Sequence[str]


def keyring_of(config: Config) -> Keyring:
    """The keys of the configuration."""
    return Keyring(Seal(config.history.key.encode()), [Seal(key.encode()) for key in config.history.old_keys])


def read_anchor(text: str) -> Anchor:
    """`57:0123456789abcdef`, as a digest prints it; `0:` of an empty history. Refuses anything else."""
    found = HEAD.fullmatch(text.strip().lower())
    if found is None:
        raise Unacceptable(f"'{text}' is no head of a chain.", "Copy it from a digest: 57:0123456789abcdef")
    return Anchor(int(found[1] or 0), found[2] or "", "whoever kept that digest")


def verify_chain(
    desk: Desk, config: Config, *, anchors: Sequence[Anchor] = (), on_done: Callable[[int], object] = int
) -> Verdict:
    """Walk the chain from its beginning to its end; `on_done` hears how many more links were looked at."""
    keyring = keyring_of(config)
    every = [*chain.list_inner_anchors(desk.connection), *anchors]
    walked = chain.walk(desk.connection, keyring, anchors=every, on_done=on_done)
    return Verdict(
        links=walked.links,
        head=chain.get_head(desk.connection),
        broken=[str(one) for one in walked.breaks],
        doubtful=list(list_doubts(walked, keyring)),
        notes=list(_notes(walked, keyring)),
    )


def count_links(desk: Desk) -> int:
    return chain.count_links(desk.connection)


def find_head(desk: Desk) -> Head:
    """Where the chain ends; a digest prints it, so that a cut shows later."""
    return chain.get_head(desk.connection)


def list_doubts(walked: Walked, keyring: Keyring) -> Iterator[str]:
    """What nobody can say, or what should not be: keys that are unknown, old ones, and none."""
    for mark, count in sorted(walked.strangers.items()):
        yield (
            f"{_links(count)} made with a key that is not known here (mark {mark}): nobody can say whether what was "
            "entered there was changed. Add the key to history.old_keys"
        )
    if walked.stale:
        yield (
            f"{_links(walked.stale)} made with an old key after a newer one was in use: a process that had not been "
            "started anew, or somebody who has the old key"
        )
    if keyring.present.secret and walked.unkeyed and not walked.keyed and not walked.strangers:
        yield (
            f"{_links(walked.unkeyed)} made without a key, and none with the one that is set. If it was set just now, "
            "`monitor backup` enters a line that is made with it; otherwise somebody chained the history anew"
        )


def _notes(walked: Walked, keyring: Keyring) -> Iterator[str]:
    if not keyring.present.secret:
        yield "No key is set (history.key): damage shows, but a forger who chains the history anew would not."
    elif walked.unkeyed and walked.keyed:
        yield f"{_links(walked.unkeyed)} from before a key was set; the first link made with it vouches for them since."


def _links(count: int) -> str:
    return "One link was" if count == 1 else f"{count} links were"


def list_recent(
    desk: Desk, *, days: int, login: str | None = None, act: str | None = None
) -> list[tuple[Deed, str | None]]:
    """What was done in so many days, by whom, to which patient (reference); oldest first. Administrators only."""
    desk.require_admin()
    since = desk.at - timedelta(days=days)
    return history.list_recent(desk.connection, since=since, login=login, act=act)


def seal_unsealed(desk: Desk, *, reason: str) -> list[int]:
    """Chain the lines that have no link, and enter that this was done; returns their ids. Administrators only."""
    desk.require_admin()
    ids = sealing.list_unsealed(desk.connection)
    if not ids:
        return []
    if not reason.strip():
        raise Unacceptable("This needs a reason.", "Say with --reason why lines had no link.")
    sealing.note(desk.connection, ids)
    history.add_deed(
        desk.connection, at=desk.at, person_id=desk.actor.id, act=SEAL, subject=f"{len(ids)} lines without a link",
        reason=reason.strip(), details={"history_ids": ids[:NAMED], "count": len(ids)},
    )  # fmt: skip
    return ids


def examine_key(desk: Desk, config: Config) -> Iterator[Finding]:
    """Without a key a forgery would not show; without the one that was used before, nothing can be entered."""
    if config.history.key:
        return
    last = chain.find_last_mark(desk.connection)
    if last is not None and last != UNKEYED.mark:
        yield Finding(
            "history-key-missing", Weight.ERROR,
            "The history is chained with a key, and none is set here: this process can enter nothing.",
            "Set MONITOR_HISTORY__KEY_FILE as it is for the other processes of this installation.",
        )  # fmt: skip
    else:
        yield Finding(
            "history-key-missing", Weight.NOTE,
            "The history is chained without a key: damage shows, a forgery by somebody who can write into the "
            "database would not.",
            "Put at least 32 random characters into a file and name it in MONITOR_HISTORY__KEY_FILE.",
        )  # fmt: skip
