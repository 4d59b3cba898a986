"""A user's folder and environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.world import World
from tests.house.ports import kept_port


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def port() -> Iterator[int]:
    """For a program that the test starts."""
    with kept_port() as kept:
        yield kept
