"""A chart is drawn in a process of its own, and what goes wrong there hurts nobody."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.core.charts.bars import Bar, bars
from bot.core.charts.look import Look
from bot.drawing import Drawer
from bot.drawing.drawer import COMMAND
from bot.ports import CannotDraw
from tests.engine.ports import FakeClock

CHART = json.dumps(
    {
        "data": {"values": [{"week": "a", "deployments": 3}, {"week": "b", "deployments": 5}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "week", "type": "nominal"},
            "y": {"field": "deployments", "type": "quantitative"},
        },
    }
)


def drawer(command: Sequence[str] = COMMAND, within_seconds: float = 20.0, **more: int) -> Drawer:
    return Drawer(SystemClock(), command=command, within_seconds=within_seconds, **more)


def counting(tmp_path: Path, then: str) -> tuple[list[str], Path]:
    """A child that leaves a mark each time it is started."""
    marks = tmp_path / "marks"
    program = f"open({str(marks)!r}, 'a').write('x'); {then}"
    return [sys.executable, "-I", "-c", program], marks


async def test_one_description_gives_a_page_its_svg_and_slack_its_png() -> None:
    mine = drawer()
    (svg,) = await mine.draw([CHART], "svg")
    (png,) = await mine.draw([CHART], "png")
    assert svg.startswith(b"<svg")
    assert b"deployments" in svg
    assert png.startswith(b"\x89PNG")


async def test_a_long_name_of_emoji_is_drawn() -> None:
    """Where the drawing library cuts a name itself it cuts an emoji in two, and draws nothing."""
    names = ("🔥" * 40, "x" + "🔥" * 40, "Team 🔥 of everything that is on fire 🔥")
    looks = (Look(size="narrow"), Look(size="wide"))
    charts = [
        bars("nights", "Nights", "", [Bar(name, 3, "3 nights, 9 pages")], look, "")
        for name in names
        for look in looks
    ]
    drawn = await drawer().draw([it.spec for it in charts], "svg")
    assert all("…".encode() in it for it in drawn)


async def test_nothing_is_fetched_from_anywhere() -> None:
    """Were it fetched, the connection would arrive here."""
    asked = asyncio.Event()

    async def visited(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        writer.close()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    spec = json.loads(CHART) | {"data": {"url": f"http://127.0.0.1:{port}/numbers.json"}}
    async with server:
        with pytest.raises(CannotDraw):
            await drawer().draw([json.dumps(spec)], "svg")
    assert not asked.is_set()


async def test_a_picture_is_drawn_once_however_many_look_at_it(tmp_path: Path) -> None:
    answer = 'import sys; sys.stdin.read(); print(\'{"pictures": ["QUJD"]}\')'
    command, marks = counting(tmp_path, answer)
    mine = drawer(command)
    pictures = await asyncio.gather(*(mine.draw([CHART], "svg") for _ in range(5)))
    assert pictures == [[b"ABC"]] * 5
    assert marks.read_text() == "x"
    await mine.draw([CHART + " "], "svg")  # other numbers: another picture
    assert marks.read_text() == "xx"


@pytest.mark.parametrize(
    ("then", "why"),
    [
        ("import os; os.abort()", "ended with status"),
        ("import sys; sys.exit(3)", "ended with status 3"),
        ("print('not a picture')", "no picture"),
        ("print('{\"pictures\": []}')", "0 of 1"),
        ("import signal; signal.pause()", "no answer"),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "far more"),
    ],
)
async def test_a_child_that_fails_is_survived(tmp_path: Path, then: str, why: str) -> None:
    command, _ = counting(tmp_path, "0")
    command[-1] = then
    seconds = 0.3 if "pause" in then else 20.0
    with pytest.raises(CannotDraw, match=why):
        await drawer(command, seconds).draw([CHART], "svg")


async def test_no_such_program_is_survived_too() -> None:
    with pytest.raises(CannotDraw, match="no process"):
        await drawer(["/nowhere/python"]).draw([CHART], "svg")


async def test_after_a_failure_it_is_left_alone_for_a_while(tmp_path: Path) -> None:
    command, marks = counting(tmp_path, "raise SystemExit(1)")
    clock = FakeClock()
    mine = Drawer(clock, command=command)
    for _ in range(3):
        with pytest.raises(CannotDraw):
            await mine.draw([CHART], "svg")
    assert marks.read_text() == "x"
    clock.forward(seconds=31)
    with pytest.raises(CannotDraw):
        await mine.draw([CHART], "svg")
    assert marks.read_text() == "xx"


async def test_what_is_remembered_has_a_bound(tmp_path: Path) -> None:
    answer = 'import sys; sys.stdin.read(); print(\'{"pictures": ["QUJD"]}\')'
    command, marks = counting(tmp_path, answer)
    mine = drawer(command, kept_bytes=4)
    for spec in ("1", "2", "1"):
        await mine.draw([spec], "svg")
    assert marks.read_text() == "xxx"
    await mine.draw(["1"], "svg")
    assert marks.read_text() == "xxx"


async def test_the_child_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    seen = tmp_path / "environment"
    program = f"import os; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))"
    with pytest.raises(CannotDraw):
        await drawer([sys.executable, "-I", "-c", program]).draw([CHART], "svg")
    assert "xoxb" not in seen.read_text()
