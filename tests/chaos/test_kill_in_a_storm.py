"""`kill -9` while many services go down at once: one incident all the same, nobody forgotten.

MIDWATCH_CHAOS_KILLS and MIDWATCH_CHAOS_SEED make it longer and other.
"""

import asyncio
import os
import random
from pathlib import Path

from tests.chaos.seen import PATIENCE_SECONDS, phone
from tests.chaos.test_kill import SEED, after_a_change
from tests.chaos.world import Chaos, chaos

SERVICES = 9
KILLS = int(os.environ.get("MIDWATCH_CHAOS_KILLS", "1"))


async def everybody_is_texted(world: Chaos) -> None:
    """Each of the two people of each service, of that service or of all that are down."""
    numbers = [phone(index) for index in range(2 * SERVICES)]
    await world.sandbox.journal.until(
        lambda: all(
            any("DOWN" in body for body in world.sandbox.twilio.phone(number).bodies)
            for number in numbers
        ),
        timeout_seconds=PATIENCE_SECONDS,
    )


async def test_a_storm_in_which_midwatch_is_killed_is_one_incident(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    async with chaos(tmp_path, SERVICES, storm=5) as world:
        await world.start()
        for service in world.services:
            service.break_down(503)
        for _ in range(KILLS):
            await after_a_change(world, dice)
            await world.kill()
            await world.start()
        await everybody_is_texted(world)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while world.services_in_open_incidents() < SERVICES:
                await asyncio.sleep(0.05)
        assert world.open_incidents() == 1
        for service in world.services:
            service.mend()
        await world.until_at_rest()
        assert world.doubled_texts() == []
        assert world.doubled_messages() == []
        texts = [len(world.sandbox.twilio.phone(phone(n)).bodies) for n in range(2 * SERVICES)]
        assert max(texts) <= 3, "of one, of all, and that it is over"
