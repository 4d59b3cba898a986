"""`on-call --week` and the doctor: the coming shifts, and what is not covered."""

from bot.clock import SystemClock
from bot.core.scene import Decision, Mark
from bot.sandbox import running
from bot.store import migrate, open_store
from tests.commands.world import World, read, sandbox_of

LATER = ('starts: "2026-11-23 09:00"', 'starts: "2099-01-01 09:00"')


async def marked(world: World, *people: str) -> None:
    """Twilio said that these phones are of no use."""
    await migrate(world.database_url)
    clock = SystemClock()
    store = open_store(world.database_url, clock=clock)
    pairs = [(person, channel) for person in people for channel in ("sms", "call")]
    marks = tuple(Mark(person, channel, "landline", clock.now()) for person, channel in pairs)
    async with store.transaction() as tx:
        await tx.save(Decision(marks=marks), clock.now())
    await store.close()


async def test_a_week_of_shifts_is_shown_with_nothing_amiss(world: World) -> None:
    await migrate(world.database_url)
    told = read(await world.runs("on-call", "--week", "--json", "--at", "2026-11-24 09:00"))
    assert [shift["people"] for shift in told["shifts"]] == [["bo"], ["kai"]]
    assert told["shifts"][0]["end"] == "2026-11-30T09:00:00+00:00"
    shown = await world.runs("on-call", "--week", "--at", "2026-11-24 09:00")
    assert shown.exit_code == 0
    assert "nobody" not in shown.stdout


async def test_a_rota_that_has_not_begun_covers_nothing_and_the_doctor_warns(world: World) -> None:
    await migrate(world.database_url)
    world.change(*LATER)
    told = read(await world.runs("on-call", "--week", "--json"))
    assert [hole["lack"] for hole in told["not_covered"]] == ["nobody"]
    shown = await world.runs("on-call", "--week")
    words = " ".join(shown.stdout.split())
    assert "Development: nobody is on call all the time. Then all of Development is paged." in words
    assert "What mends it: `/midwatch override NAME" in words
    findings = read(await world.runs("doctor", "--json"))["findings"]
    (one,) = [it for it in findings if it["part"] == "on call"]
    assert one["state"] == "warn"
    assert "nobody is on call" in one["what"]


async def test_phones_that_twilio_refused_are_told_with_the_reason(world: World) -> None:
    await marked(world, "bo", "kai")
    async with running(made := sandbox_of()):
        world.with_sandbox(made)
    told = read(await world.runs("on-call", "--week", "--json", "--at", "2026-11-24 09:00"))
    assert {(hole["person"], hole["mark"]) for hole in told["not_covered"]} == {
        ("bo", "landline"),
        ("kai", "landline"),
    }
