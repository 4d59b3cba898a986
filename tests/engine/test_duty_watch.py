"""A duty changes hands while Midwatch runs, is started anew, or runs twice: it is told once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.rota import Layer, Rota
from bot.duty_watch import DutyWatch
from tests.core.world import policy
from tests.engine.ports import NOW
from tests.engine.world import World

TURN = timedelta(minutes=20)


@pytest.fixture
async def shifts(world: World) -> World:
    """Ana and Ida relieve each other every twenty minutes, by text; Midwatch has looked once."""
    base = policy()
    starts = datetime.fromisoformat("2026-01-01 09:00")
    turns = Rota((Layer("primary", ("ana", "ida"), TURN, starts, "UTC"),))
    people = {key: replace(it, channels=("sms",)) for key, it in base.people.items()}
    teams = {**base.teams, "it": replace(base.teams["it"], rota=turns)}
    world.rules = replace(base, people=people, teams=teams)
    world.engine.policy = world.rules
    await looks(world)
    return world


async def looks(world: World, watch: DutyWatch | None = None) -> list[str]:
    """A look, and what is told because of it."""
    before = len(world.sms.calls)
    await (watch or DutyWatch(world.engine)).tick()
    while await world.engine.work() + await world.outbox.deliver_due():
        pass
    return sorted(call.person for call in world.sms.calls[before:])


async def test_it_is_told_once_however_many_look(shifts: World) -> None:
    assert shifts.sms.calls == []
    other = shifts.another()
    shifts.clock.forward(TURN.total_seconds())
    told = await looks(shifts) + await looks(other) + await looks(shifts)
    assert told == ["ana", "ida"]
    await other.store.close()


async def test_it_is_told_once_over_a_restart(shifts: World) -> None:
    shifts.clock.forward(TURN.total_seconds())
    assert await looks(shifts) == ["ana", "ida"]
    after = shifts.another()
    assert await looks(after) == []
    after.clock.forward(TURN.total_seconds())
    assert await looks(after) == ["ana", "ida"]
    await after.store.close()


async def test_what_is_the_same_becomes_no_event_but_one_in_five_minutes(shifts: World) -> None:
    watch, seen = DutyWatch(shifts.engine), []
    for _ in range(24):
        shifts.clock.forward(15)
        await looks(shifts, watch)
        seen.append((await shifts.store.duties())[1])
    assert len(set(seen)) == 2


async def test_the_week_is_looked_at_once_a_working_day_whoever_comes_first(shifts: World) -> None:
    starts = datetime.fromisoformat("2030-01-01 09:00")
    later = Rota((Layer("primary", ("ana", "ida"), TURN, starts, "UTC"),))
    teams = {**shifts.rules.teams, "it": replace(shifts.rules.teams["it"], rota=later)}
    shifts.rules = replace(shifts.rules, teams=teams, timezone="UTC")
    shifts.engine.policy = shifts.rules
    shifts.clock.forward((_next_working_nine() - shifts.clock.now()).total_seconds() - 5)
    await looks(shifts)
    assert shifts.chat.posted == []
    shifts.clock.forward(5)
    other = shifts.another()
    await looks(shifts)
    await looks(other)
    assert len(shifts.chat.posted) == 1
    await other.store.close()


def _next_working_nine() -> datetime:
    at = NOW.replace(hour=9, minute=0, second=0, microsecond=0)
    while at <= NOW + timedelta(minutes=1) or at.weekday() > 4:
        at += timedelta(days=1)
    return at
