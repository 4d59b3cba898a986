"""A restart forgets no streak and sends nothing again."""

from tests.stories.setting import Json
from tests.stories.world import World


async def test_a_streak_goes_on_after_a_restart(story: World) -> None:
    story.services["checkout"].break_down(503)
    while "down" not in [result.outcome for result in await story.midwatch.store.last_results()]:
        await story.passes(seconds=1)
    began = story.clock.now()
    await story.restarts()
    await story.passes(seconds=14)
    incident = await story.incident()
    assert incident.began_at == began, "the probe before the restart counts"
    assert len(story.phone("ana")) == 1


async def test_an_outage_is_not_paged_again_after_a_restart(story: World) -> None:
    await story.goes_down()
    before = await _as_people_see_it(story)
    await story.restarts()
    await story.passes(seconds=60, step=3)
    assert await _as_people_see_it(story) == before


async def test_an_acknowledgement_outlives_a_restart(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.restarts()
    await story.passes(minutes=4, step=5)
    assert await story.tracks() == {"it": "acknowledged by ana", "development": "paging"}
    assert [len(story.phone(who)) for who in ("ana", "bo")] == [2, 2], "only Bo hears again"


async def test_a_step_that_fell_due_while_midwatch_was_away_is_taken_up(story: World) -> None:
    await story.goes_down()
    await story.stops()
    story.clock.forward(200)
    await story.starts()
    await story.passes(seconds=3)
    assert "STILL DOWN checkout" in story.phone("bo")[-1]


async def test_a_recovery_during_the_absence_is_noticed(story: World) -> None:
    await story.goes_down()
    await story.stops()
    story.services["checkout"].mend()
    story.clock.forward(30)
    await story.starts()
    await story.passes(seconds=30, step=3)
    assert await story.open_incidents() == []
    assert "UP checkout" in story.phone("ana")[-1]


async def test_what_was_received_and_not_yet_decided_is_decided_afterwards(story: World) -> None:
    await story.goes_down()
    await story.sandbox.twilio.text("Ana", "1")  # answered, and the process ends
    await story.restarts()
    await story.settle()
    assert (await story.tracks())["it"] == "acknowledged by ana"
    assert "is yours for IT" in story.phone("ana")[-1]


async def test_a_text_that_was_claimed_and_not_recorded_is_not_sent_twice(story: World) -> None:
    """Killed between "sent" and "recorded": the provider is asked."""
    story.services["checkout"].break_down(503)
    story.sandbox.twilio.faults.set("hang_after_accept", match="POST /2010")
    while not story.sandbox.twilio.messages:
        story.clock.forward(1)
        await story.midwatch.probing.tick()
        await story.midwatch.probing.watch.settle()
        await story.midwatch.engine.work()
        await story.midwatch.outbox.start_due()
        await story.sandbox.settled()
    for task in list(story.midwatch.outbox._running):
        task.cancel()
    story.sandbox.twilio.faults.clear()
    await story.restarts()
    await story.passes(seconds=70, step=5)
    texts = [message.body for message in story.sandbox.twilio.messages]
    assert len(texts) == 2, "one each for Ana and Bo"
    pages = (await story.view()).pages
    assert {page.state.value for page in pages} == {"delivered"}


async def _as_people_see_it(story: World) -> Json:
    return {
        "phones": [story.phone(who) for who in ("ana", "bo", "eve")],
        "channel": len(story.channel()),
        "replies": await story.replies(),
    }
