"""What can be typed after `/midwatch`."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.moments import OnDay, duration
from bot.core.wording.answers import help_text
from bot.slack.commands import (
    USAGE,
    Act,
    Command,
    Help,
    Lengthen,
    Loud,
    Question,
    Quiet,
    Stats,
    Tell,
    parse,
)
from bot.slack.override_words import Cover, EndCover
from bot.slack.period_words import Period

local = datetime.fromisoformat
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TABLE: list[tuple[str, Command]] = [
    ("", Question("status")),
    ("   ", Question("status")),
    ("status", Question("status")),
    ("STATUS", Question("status")),
    ("?", Question("status")),
    ("ack 12", Act("ack", 12)),
    ("Ack #12", Act("ack", 12)),
    ("/midwatch ack 12", Act("ack", 12)),  # typed into the direct message
    ("<@U0MIDWATCH> ack 12", Act("ack", 12)),  # a mention
    ("<@U0MIDWATCH|midwatch>: ack 12", Act("ack", 12)),
    ("ack", Act("ack")),
    ("ack all", Act("ack_all")),
    ("12", Act("ack", 12)),  # as by SMS
    ("all", Act("ack_all")),
    ("12 esc", Act("escalate", 12)),
    ("12 ok", Act("resolve", 12)),
    ("12 ok 30m", Quiet(30 * MINUTE, number=12)),
    ("１２", Act("ack", 12)),  # full-width digits
    ("resolve 12", Act("resolve", 12)),
    ("escalate 12", Act("escalate", 12)),
    ("open checkout cards fail", Tell("open", "checkout", "cards fail")),
    ("open checkout", Tell("open", "checkout", "")),
    ("deployed checkout new voucher table", Tell("deployed", "checkout", "new voucher table")),
    ("deployments", Question("deployments")),
    ("deployments checkout", Question("deployments", "checkout")),
    ("on-call", Question("on_call")),
    ("on call", Question("on_call")),
    ("oncall", Question("on_call")),
    ("on-call 2026-10-25 01:30", Question("on_call", at=local("2026-10-25 01:30"))),
    ("on call at 18:00", Question("on_call", at=time(18))),
    ("on-call tomorrow", Help("on-call", "on-call tomorrow")),
    ("on-call calendar", Question("calendar")),
    ("on call calendar", Question("calendar")),
    ("override", Question("overrides")),
    ("override list", Question("overrides")),
    ("override bo 18:00-09:00", Cover("bo", time(18), time(9))),
    ("override Bo Lee 9:00 to 17:30", Cover("Bo Lee", time(9), time(17, 30))),
    ("override <@U0BO|bo> from now until 09:00", Cover("<@U0BO|bo>", None, time(9))),
    ("override bo 18:00 – 09:00 for ana", Cover("bo", time(18), time(9), "ana")),
    (
        "override bo 2026-12-24 18:00 to 2026-12-26 09:00 for me in it",
        Cover("bo", local("2026-12-24 18:00"), local("2026-12-26 09:00"), "me", "it"),
    ),
    ("override end 3", EndCover(3)),
    ("override end #3", EndCover(3)),
    ("override end", Help("override end 3", "override end")),
    ("override bo", Help("override bo 18:00-09:00", "override bo")),
    ("override bo 25:00-09:00", Help("override bo 18:00-09:00", "override bo 25:00-09:00")),
    ("login", Question("sign_in")),
    ("web", Question("sign_in")),
    ("silence 12 30m", Quiet(30 * MINUTE, number=12)),
    ("unsilence 12", Loud(12)),
    ("12 loud", Loud(12)),
    ("unsilence checkout", Loud(service="checkout")),
    ("unsilence all", Loud()),
    ("unsilence", Help("unsilence 12", "unsilence")),
    ("silence 12 90", Quiet(90 * MINUTE, number=12)),
    ("silence #12 1h30m noisy", Quiet(HOUR + 30 * MINUTE, number=12, reason="noisy")),
    ("maintenance checkout 2h", Quiet(2 * HOUR, service="checkout", planned=True)),
    ("maintenance all 2 hours new disks", Quiet(2 * HOUR, reason="new disks", planned=True)),
    ("maintenance", Question("quiets")),
    ("maintenance list", Question("quiets")),
    ("maintenance end #3", Loud(quiet=3)),
    ("maintenance extend 3 1h", Lengthen(3, HOUR)),
    ("maintenance extend 3", Help("maintenance extend 3 1h", "maintenance extend 3")),
    ("maintenance end", Help("maintenance end 3", "maintenance end")),
    (
        "maintenance checkout, search,payments 22:00-23:30 new disks",
        Quiet(
            None,
            service="checkout",
            more=("search", "payments"),
            reason="new disks",
            planned=True,
            start=time(22),
            end=time(23, 30),
        ),
    ),
    (
        "maintenance checkout tomorrow 22:00-23:30 x",
        Quiet(
            None,
            service="checkout",
            reason="x",
            planned=True,
            start=OnDay("tomorrow", time(22)),
            end=time(23, 30),
        ),
    ),
    (
        "maintenance all Friday 22:00 - 02:00 x",
        Quiet(None, reason="x", planned=True, start=OnDay("fri", time(22)), end=time(2)),
    ),
    (
        "maintenance all 2026-12-01 22:00 2h x",
        Quiet(2 * HOUR, reason="x", planned=True, start=local("2026-12-01 22:00")),
    ),
    (
        "maintenance all until 09:00 x",
        Quiet(None, reason="x", planned=True, end=time(9)),
    ),
    (
        "maintenance all 25:00-26:00 x",
        Help("maintenance SERVICE 2h reason", "maintenance all 25:00-26:00 x"),
    ),
    ("help", Help()),
    # what was meant is named
    ("resolve", Help("resolve 12", "resolve ")),
    ("resolve checkout", Help("resolve 12", "resolve checkout")),
    ("resovle 12", Help("resolve 12", "resovle 12")),
    ("ack 12 13", Help("ack 12", "ack 12 13")),
    ("silence checkout 2h vendor", Quiet(2 * HOUR, service="checkout", reason="vendor")),
    ("silence all 2h", Quiet(2 * HOUR)),
    ("silence checkout", Help("silence 12 30m", "silence checkout")),
    ("silence 12", Help("silence 12 30m", "silence 12")),
    ("silence 12 99w", Help("silence 12 30m", "silence 12 99w")),  # nobody means 99 weeks
    ("maintenance checkout", Help("maintenance SERVICE 2h reason", "maintenance checkout")),
    ("maintenance checkout 2", Help("maintenance SERVICE 2h reason", "maintenance checkout 2")),
    ("open", Help("open SERVICE what happened", "open")),
    ("stats", Stats()),
    ("stats 90d checkout", Stats(Period(90), "checkout")),
    ("stat", Help("stats", "stat")),
    ("12 not me", Help(None, "12 not me")),
]


@pytest.mark.parametrize(("text", "command"), TABLE)
def test_each_command_is_read(text: str, command: Command) -> None:
    assert parse(text) == command


@given(st.text(max_size=200) | st.from_regex(r"(silence|maintenance|ack|open|override bo) .{0,60}"))
def test_arbitrary_text_never_raises_and_help_fits_a_message(text: str) -> None:
    command = parse(text)
    if isinstance(command, Help):
        words = help_text(USAGE, command.about, command.said)
        assert len(words) < 3000
        assert "<!" not in words
    if isinstance(command, Quiet):
        assert command.lasts is None or timedelta() < command.lasts <= timedelta(days=7)


@given(st.integers(1, 167), st.sampled_from(["h", " hours", "hr"]), st.text(max_size=20))
def test_a_duration_is_read_and_what_follows_is_the_reason(
    hours: int, unit: str, reason: str
) -> None:
    found = duration(f"{hours}{unit} because {reason}")
    assert found is not None
    assert found[0] == hours * HOUR
    assert found[1].startswith("because")


def test_help_names_every_usage_and_each_usage_is_understood() -> None:
    words = help_text(USAGE, None, "")
    for usage in USAGE:
        assert f"/midwatch {usage}" in words
        assert usage == "help" or not isinstance(parse(usage), Help)
