"""`kill -9` at any moment loses no page, and doubles none that the provider can tell us about.

MIDWATCH_CHAOS_ROUNDS makes it longer, MIDWATCH_CHAOS_SEED other. The random numbers choose the
moments; what is waited for are conditions, so a slow machine takes longer and finds the same.
"""

import asyncio
import os
import random
from pathlib import Path

from bot.sandbox.faults import Fault
from tests.chaos.seen import PATIENCE_SECONDS
from tests.chaos.world import Chaos, chaos

ROUNDS = int(os.environ.get("MIDWATCH_CHAOS_ROUNDS", "9"))
PAUSE = 3
"""Every so many rounds everybody is waited for, so that rounds begin in all conditions."""
SEED = int(os.environ.get("MIDWATCH_CHAOS_SEED", "1"))


async def after_a_while(world: Chaos, dice: random.Random) -> None:
    """Anywhere on the path from the first bad probe to the last edit of the thread."""
    await asyncio.sleep(dice.uniform(0.0, 0.09))
    for _ in range(dice.randrange(20)):
        await asyncio.sleep(0.05)


async def after_a_change(world: Chaos, dice: random.Random) -> None:
    """Shortly after one of the next texts, posts or receipts."""
    number = world.sandbox.journal.number + dice.randrange(1, 12)
    await world.sandbox.journal.until(
        lambda: world.sandbox.journal.number >= number, timeout_seconds=PATIENCE_SECONDS
    )
    await asyncio.sleep(dice.uniform(0.0, 0.02))


async def accepted_but_not_heard(world: Chaos, dice: random.Random) -> None:
    """The provider has it, and the process dies before it hears so."""
    await strikes(world, Fault.HANG_AFTER_ACCEPT, dice)


async def handed_over_but_not_accepted(world: Chaos, dice: random.Random) -> None:
    """The process dies while it speaks to a provider that has not taken it."""
    await strikes(world, Fault.HANG, dice)


async def in_doubt(world: Chaos, dice: random.Random) -> None:
    """The connection broke after the provider took it, and the process dies while it wonders."""
    await strikes(world, Fault.DROP_AFTER_ACCEPT, dice)
    await asyncio.sleep(dice.uniform(0.0, 0.09))


async def strikes(world: Chaos, fault: Fault, dice: random.Random) -> None:
    texts = f"POST /2010-04-01/Accounts/{world.sandbox.settings.account_sid}/Messages.json"
    twilio, slack = world.sandbox.twilio, world.sandbox.slack
    by_text = (twilio.faults, texts)
    faults, match = dice.choice([by_text, by_text, (slack.faults, "chat.postMessage")])
    faults.set(fault, times=1, match=match)
    await world.sandbox.journal.until(lambda: not faults.active, timeout_seconds=PATIENCE_SECONDS)


MOMENTS = (
    accepted_but_not_heard,
    after_a_while,
    after_a_change,
    handed_over_but_not_accepted,
    after_a_while,
    in_doubt,
)


async def one_round(world: Chaos, index: int, dice: random.Random) -> int:
    """Break a service, kill, start again (often to be killed again); mend what people know of.

    Returns how many rows were being sent when the process died.
    """
    world.services[index].break_down(503)
    await MOMENTS[index % len(MOMENTS)](world, dice)
    await world.kill()
    found = world.mid_air()
    world.sandbox.twilio.faults.clear()
    world.sandbox.slack.faults.clear()
    await world.start()
    if dice.random() < 0.3:
        await after_a_while(world, dice)
        await world.kill()
        await world.start()
    if index % PAUSE == PAUSE - 1:
        await world.until_paged(index + 1)
    world.mend_what_is_known()
    return found


async def test_a_kill_at_any_moment_loses_no_page_and_doubles_none(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    async with chaos(tmp_path, ROUNDS) as world:
        await world.start()
        interrupted = 0
        for index in range(ROUNDS):
            interrupted += await one_round(world, index, dice) > 0
        await world.until_paged(ROUNDS)
        world.mend_what_is_known()
        await world.until_at_rest()
        assert world.doubled_texts() == []
        assert world.doubled_messages() == []
        assert world.incidents() == ROUNDS
        assert world.threads() == ROUNDS
        assert world.kills >= ROUNDS
        assert interrupted >= ROUNDS // 4, "hardly a kill hit anything"
