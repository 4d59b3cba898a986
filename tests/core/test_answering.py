"""How often a phone is answered to texts that change nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.answering import NOT_UNDERSTOOD_AT_MOST, PASSIVE_AT_MOST
from tests.core.world import START, World

LATELY = tuple(START - timedelta(minutes=n) for n in range(1, 30))


def texted_before(understood: int, others: int) -> World:
    """So many texts of hers were answered in the last half hour, and something is down."""
    world = World()
    world.goes_down()
    world.scene = replace(world.scene, passive=LATELY[:understood], not_understood=LATELY[:others])
    return world


@pytest.mark.parametrize("words", ["web", "?", "1 ok"])
def test_a_command_is_answered_whatever_else_was_texted_before(words: str) -> None:
    world = texted_before(5, NOT_UNDERSTOOD_AT_MOST)
    (told,) = world.texts("ana", words)
    assert not told.startswith("Last answer")
    assert world.texts("ana", "what now") == []


def test_two_machines_come_to_an_end_in_commands_too() -> None:
    (told,) = texted_before(PASSIVE_AT_MOST - 1, 0).texts("ana", "?")
    assert told.startswith("Last answer until 03:53 to texts that change nothing.")
    assert texted_before(PASSIVE_AT_MOST, 0).texts("ana", "?") == []
