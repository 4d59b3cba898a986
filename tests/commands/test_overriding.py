"""`override` beside a running Midwatch: it decides, and who is on call follows."""

from datetime import timedelta

from bot.core.recipients import on_call
from bot.wiring import Midwatch
from tests.commands.world import World, read


def on_duty(bot: Midwatch) -> tuple[str, ...]:
    policy = bot.engine.policy
    return on_call(policy.teams["development"], policy, bot.clock.now())


async def of_development(world: World) -> list[str]:
    """Who the command says is on call."""
    teams = read(await world.runs("on-call", "--json"))["teams"]
    return next(team["on_call"] for team in teams if team["team"] == "development")


async def test_somebody_stands_in_until_it_is_ended(world: World, bot: Midwatch) -> None:
    now = bot.clock.now()
    (usual,) = on_duty(bot)
    other = "kai" if usual == "bo" else "bo"
    until = (now + timedelta(hours=3)).isoformat()
    refused = await world.runs("override", other, "--until", until, "--as", "eve")
    assert refused.exit_code == 1
    assert "Only somebody in Development, or an admin," in refused.output
    done = await world.runs("override", other, "--until", until, "--for", usual, "--as", "bo")
    assert done.exit_code == 0, done.output
    assert "is on call for Development, instead of" in " ".join(done.stdout.split())
    assert on_duty(bot) == (other,)
    assert await of_development(world) == [other]
    (listed,) = read(await world.runs("override", "list", "--json"))["items"]
    assert (listed["id"], listed["person"], listed["replaces"]) == (1, other, usual)
    assert "1: " in (await world.runs("override", "list")).stdout
    ended = await world.runs("override", "end", "1", "--as", "kai")
    assert "Override 1 is ended." in ended.stdout
    assert on_duty(bot) == (usual,)
    assert await of_development(world) == [usual]
    assert (await world.runs("override", "end", "1", "--as", "kai")).exit_code == 1
    assert "No override" in (await world.runs("override", "list")).stdout


async def test_what_is_no_override_ends_with_two(world: World, bot: Midwatch) -> None:
    for words, said in (
        (("bo", "--until", "25:00", "--as", "bo"), "--until '25:00' is not a time"),
        (("bo", "--until", "09:00"), "--as PERSON"),
        (("bo", "--as", "bo"), "Say what"),
        (("zoe", "--until", "09:00", "--as", "bo"), "There is no person 'zoe'"),
        (("end", "one", "--as", "bo"), "Say what"),
    ):
        result = await world.runs("override", *words)
        assert said in " ".join(result.output.split())
        assert result.exit_code == 2
