"""A user's folder and environment."""

from pathlib import Path

import pytest

from tests.commands.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
