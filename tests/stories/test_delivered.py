"""A page is delivered when the phone has it; what did not arrive is tried otherwise at once."""

from pathlib import Path

import pytest

from bot.core.signal import Level
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

TWO_DEVELOPERS = CONFIG.replace(
    "members: [bo]",
    'members: [bo, eve], on_call: {rota: [bo, eve], every: 1 week, starts: "2026-11-23 00:00"}',
)


@pytest.mark.parametrize("failure", ["undelivered", "filtered", "unregistered", "failed"])
async def test_a_text_that_did_not_arrive_is_followed_by_slack_at_once(
    story: World, failure: str
) -> None:
    story.sandbox.twilio.set_phone("Bo", receipts=failure)
    await story.goes_down()
    incident = await story.incident()
    pages = {(p.person, p.channel): p for p in (await story.view()).pages}
    assert pages["bo", "sms"].state.value in ("undelivered", "failed")
    assert pages["bo", "slack"].created_at - incident.triggered_at < (
        incident.triggered_at - incident.began_at
    )
    assert "#1 DOWN checkout" in story.direct("bo")[0]
    said = next(text for text in await story.replies() if "did not arrive" in text)
    assert said.startswith("The text to Bo did not arrive (")
    assert said.endswith("trying a Slack message at once.")


async def test_the_thread_says_in_words_why_a_text_did_not_arrive(story: World) -> None:
    story.sandbox.twilio.set_phone("Bo", receipts="unregistered")
    await story.goes_down()
    said = next(text for text in await story.replies() if "did not arrive" in text)
    assert "registered" in said
    assert "30034" in said


async def test_without_another_channel_the_next_person_is_paged_at_once(tmp_path: Path) -> None:
    config = TWO_DEVELOPERS.replace(", slack: U0BO, github: bo-dev}", "}")
    async with world(tmp_path, config) as story:
        story.sandbox.twilio.set_phone("Bo", receipts="undelivered")
        await story.goes_down()
        assert story.phone("bo") == []
        assert story.phone("eve")[0].startswith("#1 DOWN checkout")
        assert any("paging Eve instead" in text for text in await story.replies())


async def test_nobody_else_to_try_runs_the_next_step_now(tmp_path: Path) -> None:
    config = CONFIG.replace(", slack: U0BO, github: bo-dev}", "}")
    async with world(tmp_path, config) as story:
        story.sandbox.twilio.set_phone("Bo", receipts="undelivered")
        await story.goes_down()
        await story.passes(seconds=20, step=5)
        sent = [m.body for m in story.sandbox.twilio.messages if m.to.endswith("02")]
        assert len(sent) == 2, "not three minutes later"
        assert sent[1].startswith("#1 DOWN checkout"), "nothing has arrived yet"
        assert any("nobody else in Development is left" in text for text in await story.replies())


async def test_a_receipt_that_says_delivered_shows_in_the_header_and_the_api(story: World) -> None:
    await story.goes_down()
    assert "paging Ana (text delivered" in await story.header()
    pages = (await story.api())["pages"]
    assert {(p["person"], p["state"]) for p in pages} == {("ana", "delivered"), ("bo", "delivered")}


@pytest.mark.parametrize("how", ["out of order", "repeated", "early"])
async def test_receipts_out_of_order_repeated_or_early_end_in_delivered(
    story: World, how: str
) -> None:
    story.sandbox.twilio.set_phone("Bo", receipts=how)
    await story.goes_down()
    page = next(p for p in (await story.view()).pages if p.person == "bo")
    assert page.state.value == "delivered"
    assert len((await story.view()).pages) == 2
    assert not [text for text in await story.replies() if "did not arrive" in text]


async def test_a_terminal_receipt_never_goes_back(story: World) -> None:
    await story.goes_down()
    message = next(m for m in story.sandbox.twilio.messages if m.to.endswith("02"))
    outbound = story.sandbox.twilio.outbound
    for status, code in (("sent", None), ("undelivered", 30003), ("queued", None)):
        await outbound._report(message, status, code)
        await story.settle()
    page = next(p for p in (await story.view()).pages if p.person == "bo")
    assert page.state.value == "delivered"
    assert story.direct("bo") == []


async def test_without_a_receipt_for_a_minute_twilio_is_asked(story: World) -> None:
    story.sandbox.twilio.set_phone("Bo", receipts="no callbacks")
    await story.goes_down()
    page = next(p for p in (await story.view()).pages if p.person == "bo")
    assert page.state.value in ("sent", "sending")
    await story.passes(seconds=65, step=5)
    page = next(p for p in (await story.view()).pages if p.person == "bo")
    assert page.state.value == "delivered"
    assert story.direct("bo") == []


async def test_two_minutes_after_sent_without_delivered_is_not_paged(story: World) -> None:
    await _gives_receipts(story)
    story.sandbox.twilio.set_phone("Bo", receipts="sent only")
    await story.goes_down()
    assert story.direct("bo") == []
    await story.passes(seconds=90, step=10)
    assert story.direct("bo") == []
    await story.passes(seconds=60, step=10)
    assert "checkout" in story.direct("bo")[0]
    said = "\n".join(await story.replies(2))
    assert "did not arrive (no delivery receipt within 2 minutes): trying a Slack message" in said


async def test_twilios_queue_is_not_silence(story: World) -> None:
    await _gives_receipts(story)
    story.sandbox.twilio.set_phone("Bo", receipts="stuck in the queue")
    await story.goes_down()
    await story.passes(minutes=5, step=10)
    assert "paging Bo (text" in await story.header(2)
    assert story.direct("bo") == []
    assert not [text for text in await story.replies(2) if "did not arrive" in text]


async def test_numbers_that_never_gave_receipts_are_not_called_silent(story: World) -> None:
    story.sandbox.twilio.set_phone("Bo", receipts="sent only")
    for _outage in range(2):
        await story.reports(Level.DOWN)
        await story.passes(minutes=2.5, step=30)
        await story.reports(Level.UP)
        await story.passes(minutes=16, step=240)
    before = len(story.direct("bo"))
    await story.reports(Level.DOWN)
    await story.passes(minutes=2.5, step=30)
    assert len(story.direct("bo")) == before


async def test_who_texts_stop_is_marked_shown_and_reached_otherwise(story: World) -> None:
    await story.sandbox.twilio.text("Bo", "STOP")
    await story.settle()
    assert "Bo's phone has opted out of texts (STOP)" in story.channel()[-1]
    async with story.signed_in("ana") as browser:
        assert "has opted out of texts (STOP)" in (await browser.get("/")).text
    await story.goes_down()
    assert "#1 DOWN checkout" in story.direct("bo")[0]
    assert not [text for text in story.phone("bo") if "DOWN" in text]


async def test_an_opt_out_that_was_not_heard_of_is_noticed_when_a_text_is_refused(
    story: World,
) -> None:
    story.sandbox.twilio.set_phone("Bo", opted_out=True)  # 21610
    await story.goes_down()
    assert "#1 DOWN checkout" in story.direct("bo")[0]
    (said,) = [text for text in await story.replies() if "did not arrive" in text]
    assert said.count("21610") == 1
    assert "marked" in await story.audited()
    assert "Bo's phone has opted out of texts (STOP)" in "\n".join(story.channel())
    assert await _marks(story) == {"bo": "opted_out"}
    await story.passes(minutes=3, step=30)
    to_bo = [m for m in story.sandbox.twilio.messages if m.to.endswith("02")]
    assert to_bo == [], "a marked number is left alone"


async def test_a_phone_that_texts_start_can_be_reached_again(story: World) -> None:
    await story.texts("bo", "STOP")
    await story.texts("bo", "START")
    assert story.channel()[-1].startswith("Bo can be reached by text again.")
    await story.goes_down()
    assert "DOWN checkout" in story.phone("bo")[-1]


async def test_stop_twice_is_said_once_and_start_without_stop_is_no_news(story: World) -> None:
    before = len(story.channel())
    await story.texts("bo", "YES")
    assert len(story.channel()) == before, "an answer to a page, perhaps: nothing came back"
    await story.texts("bo", "STOP")
    await story.texts("bo", "stop")
    assert len(story.channel()) == before + 1


async def test_a_landline_is_marked_and_reached_otherwise(story: World) -> None:
    story.sandbox.twilio.set_phone("Bo", landline=True)  # 21614
    await story.goes_down()
    assert "#1 DOWN checkout" in story.direct("bo")[0]
    assert await _marks(story) == {"bo": "landline"}
    assert "Bo's phone is a landline, which takes no texts" in "\n".join(story.channel())


@pytest.mark.parametrize("how", ["while it runs", "and starts again"])
async def test_a_landline_that_was_replaced_in_the_configuration_is_texted(
    story: World, how: str
) -> None:
    story.sandbox.twilio.set_phone("Bo", landline=True)
    await story.goes_down()
    await story.comes_up()
    assert await _marks(story) == {"bo": "landline"}
    story.edits("+15005550102", "+15005550105")
    story.edits('eve: {name: Eve, phone: "+15005550105"', 'eve: {name: Eve, phone: "+15005550102"')
    if how == "while it runs":
        await story.reloads("timezone: UTC", "timezone: UTC")
    else:
        await story.restarts()
    assert await _marks(story) == {}
    await story.passes(minutes=16, step=240)
    await story.goes_down()
    assert "DOWN checkout" in story.phone("eve")[-1], "that phone is Bo's now"


async def test_a_mark_outlives_a_restart(story: World) -> None:
    await story.texts("bo", "STOP")
    await story.restarts()
    assert await _marks(story) == {"bo": "opted_out"}


async def test_informational_texts_have_a_budget_of_their_own(story: World) -> None:
    """Many recoveries do not use up what the first page of the next outage needs."""
    for _outage in range(5):
        await story.reports(Level.DOWN)
        await story.reports(Level.UP)
        await story.passes(minutes=16, step=240)
    await story.goes_down()
    assert "DOWN checkout" in story.phone("ana")[-1]


async def _gives_receipts(story: World) -> None:
    """Bo's phone has confirmed a text before."""
    await story.goes_down()
    await story.comes_up()
    await story.passes(minutes=16, step=240)


async def _marks(story: World) -> dict[str, str]:
    return dict(await story.rows("SELECT person, mark FROM marks WHERE mark IS NOT NULL"))
