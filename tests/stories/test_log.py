"""The log tells a night by itself, and holds no secret and no phone number."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
import structlog

from bot import logs
from bot.sandbox.faults import Fault
from tests.stories.setting import NUMBERS
from tests.stories.world import World


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What goes to stderr as JSON lines, from the most talkative level on."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    stderr = io.StringIO()
    with redirect_stderr(stderr):
        logs.configure("json", logging.DEBUG)
    yield stderr
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    """Each line by itself is JSON."""
    return [json.loads(line) for line in written.getvalue().splitlines()]


def said(written: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in lines(written) if line["event"] == event]


async def a_night(story: World) -> None:
    """An outage with everything that can be typed and clicked, Twilio failing in the middle."""
    await story.deploys("v1.42", by="bo-dev")
    await story.goes_down()
    await story.texts("ana", "1")
    await story.texts("bo", "web")
    story.sandbox.twilio.faults.set(Fault.ERROR)
    await story.passes(seconds=200, step=5)
    story.sandbox.twilio.faults.clear()
    await story.clicks("bo", "ack")
    story.services["checkout"].mend()
    await story.passes(seconds=40, step=5)


async def test_a_night_can_be_read_in_the_log(story: World, written: io.StringIO) -> None:
    await a_night(story)
    triggered = said(written, "triggered")[0]
    assert triggered["incident"] == 1
    assert triggered["service"] == "checkout"
    assert "HTTP 503" in triggered["text"]
    assert {(line["person"], line["channel"]) for line in said(written, "page")} >= {
        ("ana", "sms"),
        ("bo", "sms"),
    }
    assert [line["by"] for line in said(written, "acknowledged")] == ["Ana", "Bo"]
    assert "Twilio" in said(written, "trouble")[0]["text"]
    assert said(written, "resolved")


async def test_the_log_holds_no_secret_and_no_phone_number(
    story: World, written: io.StringIO
) -> None:
    await a_night(story)
    text = written.getvalue()
    kept = [name for name, value in story.installed.env.items() if secret(name) and value in text]
    assert kept == []
    assert [who for who, number in NUMBERS.items() if number[1:] in text] == []
    assert "/login/W" not in text


def secret(variable: str) -> bool:
    return variable.endswith(("_KEY", "_TOKEN", "_SECRET"))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("to +15005550101 failed", "to […01] failed"),
        ("To=%2B15005550101&x", "To=%2B[…01]&x"),
        ("+1 (500) 555-0101", "[…01]"),
        ("+44 20 7946 0958, then", "[…58], then"),
        ("Bearer abc.def-1", "[secret]"),
        ("xoxb-12-ab refused", "[secret] refused"),
        ("postgresql://me:p%40ss@db/x", "postgresql://[secret]@db/x"),
        ("/login/WyJhbmEi.x_y-z sent", "/login/[secret] sent"),
        ("ghp_0123456789abcdef", "[secret]"),
        ("took 1500 ms at 2026-11-27T03:12:00+00:00", "took 1500 ms at 2026-11-27T03:12:00+00:00"),
    ],
)
def test_numbers_keep_two_digits_and_tokens_nothing(text: str, clean: str) -> None:
    assert logs.redact(text) == clean


def test_a_tick_that_outlasts_its_interval_is_no_news(written: io.StringIO) -> None:
    ticks = logging.getLogger("apscheduler.scheduler")
    ticks.warning("skipped: maximum number of running instances reached")
    ticks.error("something broke")
    assert [line["event"] for line in lines(written)] == ["something broke"]
