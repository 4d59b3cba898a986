"""`/midwatch stats`: text at once, the picture in direct messages; and what happens without one."""

import json
from datetime import timedelta
from typing import Any

from bot.clock import SystemClock
from bot.core.deployment import DeploymentState
from bot.core.effects import SharePicture
from bot.core.fairness import SentPage
from bot.core.leads_events import PictureAsked
from bot.core.page import PageState
from bot.core.stats.facts import DeploymentFact, Facts, Place
from bot.core.wording import pictures as say
from bot.drawing import Drawer
from bot.picture_handlers import Pictures
from bot.ports import CannotDraw, Delivery
from bot.sandbox import Sandbox
from tests.contracts.slack.conftest import Midwatch, now

CHART = json.dumps({"data": {"values": [{"n": 1}]}, "mark": "bar", "encoding": {}})


def facts() -> Facts:
    """Two deployments of the last days, one page at night."""
    made = [
        DeploymentFact(
            f"d{number}",
            "checkout",
            "production",
            DeploymentState.SUCCEEDED,
            now() - timedelta(days=number),
        )
        for number in (2, 3)
    ]
    night = (now() - timedelta(days=2)).replace(hour=2)
    return Facts(
        deployments=tuple(made),
        pages=(SentPage("bo", "development", "sms", night, (1,)),),
        known_since={"checkout": now() - timedelta(days=90)},
        services={"checkout": Place("production", ("it", "development"))},
    )


async def asked(midwatch: Midwatch, sandbox: Sandbox, words: str) -> str:
    midwatch.engine.counted.facts = facts()
    answer = await sandbox.slack.command("Ana", f"/midwatch {words}", "#general")
    return str((answer.body or {}).get("text", ""))


async def test_the_numbers_are_the_answer_and_the_picture_is_an_event(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    text = await asked(midwatch, sandbox, "stats 90d checkout")
    assert "*None of 2 deployments of checkout caused downtime*" in text
    assert "No downtime of checkout" in text
    assert "direct messages with Midwatch" in text
    (event,) = midwatch.engine.events
    assert isinstance(event, PictureAsked)
    assert event.picture.title == "None of 2 deployments of checkout caused downtime"
    assert json.loads(event.picture.chart)["layer"]
    assert event.actor.slack == "U0ANA"
    ((period, scope),) = midwatch.engine.counted.asked
    assert scope.service == "checkout"
    assert round(period.seconds / 86400) == 90


async def test_what_is_neither_a_period_nor_a_service_gets_one_sentence_with_examples(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    for words in ("stats lately", "stats 90d shop", "stats a b c", "stats 2026-12-01..2026-11-01"):
        text = await asked(midwatch, sandbox, words)
        assert text.startswith("Not understood: `")
        assert "`28 days`, `90d`, `week`, `month`, `year` or `2026-10-01..2026-11-01`" in text
        assert "checkout" in text
    late = await asked(midwatch, sandbox, "stats 2099-01-01..2099-02-01")
    assert "is still to come" in late
    assert midwatch.engine.events == []


async def test_without_a_database_it_says_so(midwatch: Midwatch, sandbox: Sandbox) -> None:
    midwatch.engine.things.down = True
    assert "cannot" in (await asked(midwatch, sandbox, "stats")).lower()


async def test_what_takes_long_to_count_is_answered_later(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    midwatch.listeners.patience_seconds = 0.01
    midwatch.engine.counted.may_go_on.clear()
    assert "takes a moment" in await asked(midwatch, sandbox, "stats year")
    midwatch.engine.counted.may_go_on.set()
    await midwatch.listeners.background.settled()
    (*_, told) = sandbox.slack.ephemerals("Ana", "#general")
    assert "*None of 2 deployments caused downtime*" in told.text


def delivery(attempts: int = 1, **more: Any) -> Delivery:
    usual: dict[str, Any] = {"slack": "U0ANA", "title": "2 of 41", "alt": "Two of 41 <failed>"}
    effect = SharePicture("picture:1", CHART, **{**usual, **more})
    return Delivery(effect.key, effect, PageState.SENDING, now(), now(), attempts, 1)


def pictures(midwatch: Midwatch) -> Pictures:
    return Pictures(midwatch.chat, Drawer(SystemClock()))


async def test_the_picture_comes_as_a_direct_message_with_its_words(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    mine = pictures(midwatch)
    assert (await mine.find(delivery())) is None
    outcome = await mine.deliver(delivery())
    (message,) = sandbox.slack.direct("Ana")
    (file,) = message.files
    assert (file["title"], file["alt_txt"]) == ("2 of 41", "Two of 41 <failed>")
    assert file["mimetype"] == "image/png"
    uploaded = sandbox.slack.workspace.uploads[file["id"]].content
    assert uploaded is not None
    assert uploaded.startswith(b"\x89PNG")
    # After a crash Slack is asked for it by its name, and it is not sent a second time.
    found = await mine.find(delivery())
    assert found == outcome
    assert (found.state, found.provider_id) == (PageState.SENT, file["id"])


async def test_a_channel_that_must_be_joined_gets_it_too(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    sandbox.slack.channel("#incidents").bot_is_member = False
    mine = pictures(midwatch)
    here = delivery(channel="digest", slack=None)  # none of its own: that of the incidents
    assert (await mine.deliver(here)).state is PageState.SENT
    assert sandbox.slack.messages("#incidents")[-1].files
    assert await mine.find(here) is not None


async def test_without_the_scope_one_is_told_how_to_get_pictures(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    sandbox.context.settings.slack_scopes -= {"files:write"}
    outcome = await pictures(midwatch).deliver(delivery())
    assert outcome.state is PageState.FAILED
    assert "missing_scope" in (outcome.error or "")
    assert outcome.code == "", "Slack works otherwise: no trouble of ours"
    (message,) = sandbox.slack.direct("Ana")
    assert message.text == say.MISSING_SCOPE
    assert "files:write" in message.text
    week = delivery(channel="digest", slack=None)
    assert (await pictures(midwatch).deliver(week)).state is PageState.FAILED
    assert [it.text for it in sandbox.slack.messages("#incidents")] == [say.MISSING_SCOPE]


class NoPencil:
    """Never draws."""

    async def draw(self, specs: object, form: object) -> list[bytes]:
        raise CannotDraw("ended with status -6")


async def test_a_chart_that_cannot_be_drawn_is_tried_once_more_and_then_told(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    mine = Pictures(midwatch.chat, NoPencil())
    first = await mine.deliver(delivery())
    assert (first.state, first.retry_in_seconds) == (PageState.QUEUED, 35.0)
    assert sandbox.slack.direct("Ana") == []
    second = await mine.deliver(delivery(attempts=2))
    assert second.state is PageState.FAILED
    assert sandbox.slack.direct("Ana")[-1].text == say.NOT_DRAWN
    channel = delivery(attempts=2, channel="digest", slack=None)
    assert (await mine.deliver(channel)).state is PageState.FAILED
    assert sandbox.slack.messages("#incidents") == [], "its text stands there already"
