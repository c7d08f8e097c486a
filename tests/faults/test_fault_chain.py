"""F13: whatever is done to the history by hand is found, on both databases."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.chain import walk
from db.sealing import UNKEYED, Seal
from faults import chain
from faults.chain import FORGERIES, MUTATIONS, OURS, Scene, is_found, is_noticed, scene
from faults.place import Place


@pytest.fixture
def keyed(database_url: str) -> Iterator[Scene]:
    with scene(database_url, OURS) as here:
        yield here


@pytest.fixture
def unkeyed(database_url: str) -> Iterator[Scene]:
    with scene(database_url, UNKEYED) as here:
        yield here


def test_an_untouched_history_is_whole(keyed: Scene) -> None:
    with keyed.engine.connect() as connection:
        walked = walk(connection, keyed.keyring, anchors=[keyed.end])
    assert (walked.links, walked.breaks) == (chain.LINES, [])
    assert not is_noticed(walked, keyed.keyring)


QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@QUICK
@given(mutation=st.sampled_from(MUTATIONS), forgery=st.sampled_from(FORGERIES), seed=st.integers(0, 10**9))
def test_every_change_is_found_whatever_the_forger_chains_anew(
    keyed: Scene, mutation: chain.Mutation, forgery: tuple[Seal | None, str], seed: int
) -> None:
    assert is_found(keyed, random.Random(seed), mutation, *forgery)


@QUICK
@given(mutation=st.sampled_from(MUTATIONS), seed=st.integers(0, 10**9))
def test_without_a_key_every_damage_is_found(unkeyed: Scene, mutation: chain.Mutation, seed: int) -> None:
    assert is_found(unkeyed, random.Random(seed), mutation, None, "")


def test_without_a_key_a_forger_who_chains_anew_is_found_by_the_digest_mail_alone(unkeyed: Scene) -> None:
    forgery = (random.Random(1), chain.flip, UNKEYED, UNKEYED.mark)
    assert not is_found(unkeyed, *forgery, with_anchor=False)
    assert is_found(unkeyed, *forgery)


def test_the_figures_are_met(place: Place) -> None:
    figures = chain.run(place, size="fast")
    assert [one for one in figures if not one.is_met] == []
    assert {one.database for one in figures} == set(place.kinds)
