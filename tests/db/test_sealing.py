"""Sealing: each line of the history has its link when its transaction ends, and nobody waits long for that."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, insert, select, text

from db import sealing, tables
from db.chain import Keyring, get_head, list_inner_anchors, walk
from db.engine import keep_open, open_engine, reading, writing
from db.history import NewDeed, add_deed, add_deeds
from db.migrate import upgrade
from db.sealing import UNKEYED, Seal
from faults.old_releases import make
from schedules.errors import Unacceptable
from tests.db.conftest import Ward

FIRST, SECOND = Seal(b"1" * 32), Seal(b"2" * 32)
SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
Open = Callable[[Seal], Engine]


@pytest.fixture
def open_with(database_url: str, request: pytest.FixtureRequest) -> Open:
    """The same database as a process with this key opens it."""

    def opened(seal: Seal) -> Engine:
        engine = open_engine(database_url, seal=seal)
        request.addfinalizer(engine.dispose)
        return engine

    return opened


def enter(engine: Engine, ward: Ward, *acts: str) -> None:
    with writing(engine) as connection:
        for act in acts:
            add_deed(connection, at=ward.at, person_id=ward.person_id, act=act, details={"on": "2026-11-02"})


def enter_and_fail(engine: Engine, ward: Ward) -> None:
    with writing(engine) as connection:
        add_deed(connection, at=ward.at, person_id=ward.person_id, act="lost")
        raise ZeroDivisionError


def breaks(engine: Engine, *keys: Seal) -> list[str]:
    with reading(engine) as connection:
        return [str(one) for one in walk(connection, Keyring(keys[-1], keys[:-1])).breaks]


def links(engine: Engine) -> list[tuple[int, str]]:
    query = select(tables.chain_link.c.position, tables.history.c.act).join(tables.history)
    with reading(engine) as connection:
        return [(position, act) for position, act in connection.execute(query.order_by(tables.chain_link.c.position))]


def test_every_line_has_its_link_in_order(engine: Engine, ward: Ward) -> None:
    enter(engine, ward, "one", "two")
    with writing(engine) as connection:
        add_deeds(connection, [NewDeed(ward.at, ward.person_id, None, None, None, act, None, None, None)
                               for act in ("three", "four")])  # fmt: skip
    assert links(engine) == [(1, "one"), (2, "two"), (3, "three"), (4, "four")]
    assert breaks(engine, UNKEYED) == []
    with reading(engine) as connection:
        assert get_head(connection).position == 4


def test_what_a_savepoint_took_back_gets_no_link(engine: Engine, ward: Ward) -> None:
    with writing(engine) as connection:
        add_deed(connection, at=ward.at, person_id=ward.person_id, act="kept")
        savepoint = connection.begin_nested()
        add_deed(connection, at=ward.at, person_id=ward.person_id, act="taken back")
        savepoint.rollback()
        add_deed(connection, at=ward.at, person_id=ward.person_id, act="after")
    assert [act for _, act in links(engine)] == ["kept", "after"]
    assert breaks(engine, UNKEYED) == []


def test_what_an_exception_took_back_is_not_sealed_by_the_next(engine: Engine, ward: Ward) -> None:
    with pytest.raises(ZeroDivisionError):
        enter_and_fail(engine, ward)
    with writing(engine):
        pass
    enter(engine, ward, "kept")
    assert [act for _, act in links(engine)] == ["kept"]


def test_many_who_act_at_once_make_one_chain(engine: Engine, ward: Ward) -> None:
    faults: list[Exception] = []

    def act(name: str) -> None:
        try:
            for _ in range(15):
                enter(engine, ward, name, name)
        except Exception as fault:  # noqa: BLE001  # whatever a thread met is what the test is about
            faults.append(fault)

    threads = [threading.Thread(target=act, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(links(engine)) == 120
    assert breaks(engine, UNKEYED) == []


@SQLITE
def test_a_server_seals_with_the_same_key(open_with: Open, ward: Ward) -> None:
    kept = keep_open(open_with(FIRST))
    enter(kept, ward, "one")
    kept.dispose()
    assert breaks(open_with(FIRST), FIRST) == []
    with reading(open_with(FIRST)) as connection:
        assert walk(connection, Keyring(SECOND)).strangers == {FIRST.mark: 1}


def test_keys_change_and_older_links_can_still_be_checked(open_with: Open, ward: Ward) -> None:
    enter(open_with(UNKEYED), ward, "without")
    enter(open_with(FIRST), ward, "first")
    enter(open_with(SECOND), ward, "second")
    with reading(open_with(SECOND)) as connection:
        walked = walk(connection, Keyring(SECOND, [FIRST]))
    assert (walked.breaks, walked.unkeyed, walked.keyed, walked.stale) == ([], 1, 2, 0)
    enter(open_with(FIRST), ward, "a process that was not started anew")
    with reading(open_with(SECOND)) as connection:
        assert walk(connection, Keyring(SECOND, [FIRST])).stale == 1


def test_who_forgot_the_key_enters_nothing(open_with: Open, ward: Ward) -> None:
    enter(open_with(FIRST), ward, "first")
    with pytest.raises(Unacceptable, match=r"chained with a key.*MONITOR_HISTORY__KEY_FILE"):
        enter(open_with(UNKEYED), ward, "forgotten")
    assert [act for _, act in links(open_with(FIRST))] == ["first"]


def test_a_chain_that_was_emptied_is_not_made_anew(engine: Engine, ward: Ward) -> None:
    enter(engine, ward, "one", "two")
    with writing(engine) as connection:
        drop = "DROP TRIGGER chain_link_refuses_delete" if engine.dialect.name == "sqlite" else (
            "ALTER TABLE chain_link DISABLE TRIGGER ALL"
        )  # fmt: skip
        for statement in (drop, "DELETE FROM chain_link", "UPDATE chain_head SET position = 0, mac = ''"):
            connection.execute(text(statement))
    enter(engine, ward, "three")
    found = breaks(engine, UNKEYED)
    assert [one.partition(":")[0] for one in found] == ["line 1 of the history", "line 2 of the history"]


def test_a_head_that_is_gone_is_said(engine: Engine, ward: Ward) -> None:
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM chain_head"))
    with pytest.raises(Unacceptable, match="head of the history's chain is missing"):
        enter(engine, ward, "one")


def test_an_upgrade_chains_what_older_releases_wrote(empty_engine: Engine) -> None:
    make(empty_engine, "0002", 200)
    upgrade(empty_engine)
    with reading(empty_engine) as connection:
        assert get_head(connection).position == 30
        assert sealing.list_unsealed(connection) == []
    upgrade(empty_engine)
    assert breaks(empty_engine, UNKEYED) == []


def test_the_digest_s_look_shows_a_tail_that_was_cut_off(engine: Engine, ward: Ward) -> None:
    enter(engine, ward, "one", "two", "three")
    with writing(engine) as connection:
        end = get_head(connection)
        look = {"clinic_id": "north", "day": ward.at.date(), "looked_at": ward.at, "followed": 1, "checks": 1,
                "overdue": 0, "findings": [], "chain_position": end.position, "chain_mac": end.mac}  # fmt: skip
        connection.execute(insert(tables.digest_look), look)
    with reading(engine) as connection:
        assert walk(connection, Keyring(UNKEYED), anchors=list_inner_anchors(connection)).breaks == []
        (anchor,) = list_inner_anchors(connection)
        ahead = anchor._replace(position=4)
        (found,) = walk(connection, Keyring(UNKEYED), anchors=[ahead]).breaks
    assert "the digest of 2026-11-02 saw 4:" in str(found)
    assert "cut off" in str(found)


@SQLITE
@pytest.mark.parametrize(
    "spoilt",
    ["at = 'yesterday'", "details = '{no json'", "details = x'ff00'", "act = x'ff'", "person_id = 'ada'", "at = 5"],
)
def test_a_line_that_cannot_even_be_read_is_named_and_hides_no_other(engine: Engine, ward: Ward, spoilt: str) -> None:
    enter(engine, ward, "one", "two", "three")
    with writing(engine) as connection:
        connection.execute(text("DROP TRIGGER history_refuses_update"))
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            connection.execute(text(f"UPDATE history SET {spoilt} WHERE id = 2"))
            connection.execute(text("UPDATE history SET subject = 'x' WHERE id = 3"))
    assert [one.partition(":")[0] for one in breaks(engine, UNKEYED)] == [
        "line 2 of the history", "line 3 of the history",
    ]  # fmt: skip
