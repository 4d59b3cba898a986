"""`maintenance`, `silence` and `unsilence` beside a running Midwatch: it decides."""

from bot.wiring import Midwatch
from tests.commands.world import World, read


async def test_maintenance_is_planned_listed_lengthened_and_ended(
    world: World,
    bot: Midwatch,
) -> None:
    by = ("--as", "bo", "--json")
    service = next(iter(bot.engine.policy.services))
    refused = await world.runs("maintenance", "add", service, "--for", "2h", "--as", "bo")
    assert refused.exit_code == 1
    assert "Say why" in refused.output
    asked = ("--from", "tomorrow 22:00", "--until", "23:30", "--reason", "disks", *by)
    added = await world.runs("maintenance", "add", service, *asked)
    assert added.exit_code == 0, added.output
    made = read(added)["quiet"]
    assert (made["number"], made["services"], made["by"]) == (1, [service], "bo")
    (listed,) = read(await world.runs("maintenance", "list", "--json"))["items"]
    assert listed == made
    longer = read(await world.runs("maintenance", "extend", "1", "--for", "1h", *by))["quiet"]
    assert longer["until"] > made["until"]
    assert "of every" not in (await world.runs("maintenance", "list")).stdout
    ended = await world.runs("maintenance", "end", "1", "--as", "bo")
    assert "Taken back, before it began" in ended.stdout
    assert (await world.runs("maintenance", "end", "1", "--as", "bo")).exit_code == 1
    silenced = await world.runs("silence", service, "2h", "noisy", "vendor", *by)
    assert read(silenced)["quiet"]["reason"] == "noisy vendor"
    assert "No longer quiet" in (await world.runs("unsilence", "all", "--as", "bo")).stdout
    assert (await world.runs("unsilence", service, "--as", "bo")).exit_code == 1


async def test_what_is_no_maintenance_ends_with_two(world: World) -> None:
    for words, said in (
        (("add", "--for", "2h", "--as", "bo"), "Say what"),
        (("add", "checkout", "--as", "bo"), "Say what"),
        (("add", "checkout", "--for", "2h"), "--as PERSON"),
        (("end", "one", "--as", "bo"), "Say what"),
    ):
        result = await world.runs("maintenance", *words)
        assert said in " ".join(result.output.split())
        assert result.exit_code == 2
