"""Real programs: plugins of Debian's, and those that do what no plugin should."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from pydantic import ValidationError

from checks import Context, Outcome, Result, load, run
from checks.command import CommandOptions, examine
from tests.contracts.checks.clock import now
from tests.contracts.checks.servers import closed_port, says, serving

PLUGINS = Path("/usr/lib/nagios/plugins")
LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [
    asyncio.new_event_loop,
    uvloop.new_event_loop,
]


def command(*argv: object, **more: object) -> CommandOptions:
    written = {"command": [str(word) for word in argv], "timeout": "5s", **more}
    return CommandOptions.model_validate(written)


async def probed(*argv: object, **more: object) -> Result:
    return await run(load("command"), command(*argv, **more), Context(now=now))


async def sh(script: str, **more: object) -> Result:
    return await probed("/bin/sh", "-c", script, **more)


@pytest.fixture
def plugin() -> Callable[[str], Path]:
    def find(name: str) -> Path:
        if not (PLUGINS / name).exists():
            pytest.skip(f"{name} is not on this machine (Debian: monitoring-plugins-basic)")
        return PLUGINS / name

    return find


@pytest.mark.parametrize(
    ("code", "outcome", "detail", "answered"),
    [
        (0, "up", "OK: hello", True),
        (1, "degraded", "WARNING: hello", True),
        (2, "down", "CRITICAL: hello", False),  # nobody knows, so the canaries are asked
        (3, "unknown", "UNKNOWN: hello", True),
    ],
)
async def test_check_dummy_says_how_it_is(
    plugin: Callable[[str], Path], code: int, outcome: str, detail: str, answered: bool
) -> None:
    result = await probed(plugin("check_dummy"), code, "hello")
    assert (result.outcome.value, result.detail, result.answered) == (outcome, detail, answered)
    assert result.seconds.total is not None


async def test_a_plugin_is_found_by_its_name_alone(plugin: Callable[[str], Path]) -> None:
    plugin("check_dummy")
    assert (await probed("check_dummy", 0)).outcome is Outcome.UP


async def test_check_http_asks_a_server(plugin: Callable[[str], Path]) -> None:
    good = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    bad = b"HTTP/1.0 503 Out\r\nContent-Length: 0\r\n\r\n"
    seen = {}
    for answer in (good, bad):
        async with serving(says(answer)) as port:
            result = await probed(plugin("check_http"), "-I", "127.0.0.1", "-p", port)
        seen[result.outcome] = result.detail
    assert set(seen) == {Outcome.UP, Outcome.DOWN}
    assert "HTTP/1.0 503 Out" in seen[Outcome.DOWN]


async def test_check_tcp_finds_nobody(plugin: Callable[[str], Path]) -> None:
    result = await probed(plugin("check_tcp"), "-H", "127.0.0.1", "-p", closed_port())
    assert (result.outcome, result.reason) == (Outcome.DOWN, "critical")
    assert "refused" in result.detail


async def test_a_crash_is_no_outage() -> None:
    result = await sh("kill -SEGV $$")
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "crashed")


async def test_no_shell_reads_the_arguments() -> None:
    result = await probed("/bin/echo", "$HOME;", "`id`", "| a", "é\n")
    assert result.detail == "$HOME; `id`"


async def test_a_plugin_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hush")
    result = await sh("/usr/bin/env | sort | tr '\\n' ' '; pwd", env={"OWN": "1", "LANG": "C"})
    assert "hush" not in result.detail
    names = [word.partition("=")[0] for word in result.detail.split() if "=" in word]
    assert set(names) <= {"PATH", "LANG", "OWN", "PWD", "SHLVL", "_"}
    assert "OWN=1" in result.detail
    assert "LANG=C " in result.detail


async def test_it_reads_nothing_and_runs_where_it_is_told(tmp_path: Path) -> None:
    script = tmp_path / "check"
    script.write_text("#!/bin/sh\ncat\npwd\n", encoding="utf-8")
    script.chmod(0o755)
    result = await probed("./check", directory=str(tmp_path))
    assert result.detail == str(tmp_path)


async def test_long_output_is_cut_and_waits_for_nobody() -> None:
    result = await sh("head -c 700000 /dev/zero | tr '\\0' x; exit 2")
    assert (result.outcome, len(result.detail)) == (Outcome.DOWN, 200)


async def test_endless_output_is_ended_long_before_the_deadline() -> None:
    started = time.monotonic()
    result = await probed("/usr/bin/yes")
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "flood")
    assert time.monotonic() - started < 2


def children() -> set[str]:
    """The numbers of our own, zombies too."""
    shown = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            shown.append(path.read_text(encoding="utf-8", errors="replace"))
    own = str(os.getpid())
    return {line.split()[0] for line in shown if line.rpartition(")")[2].split()[1] == own}


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Killed, and not yet buried by whoever is init here: not running either.
    with contextlib.suppress(OSError):
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return False


HOLDS = """sh -c 'trap "" TERM; echo OK; echo $$ >pid; sleep 60' & until test -s pid; do :; done;"""
"""A grandchild that ignores SIGTERM and keeps the output open."""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("loop", LOOPS)
def test_nothing_stays_behind(
    loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path
) -> None:
    """After the end of a plugin, at its deadline, and when its probe is cancelled."""
    grandchild, before = tmp_path / "pid", children()

    async def gone() -> None:
        if not grandchild.exists():
            return  # a busy machine: killed before it could say its number
        pid = int(grandchild.read_text(encoding="utf-8") or 0)
        async with asyncio.timeout(2):
            while running(pid):
                await asyncio.sleep(0.01)
        grandchild.unlink()

    async def stories() -> None:
        there = str(tmp_path)
        await sh("true")  # what a first process opens stays open
        files, tasks = open_files(), asyncio.all_tasks()
        result = await sh(f"{HOLDS} exit 0", directory=there)
        assert (result.outcome, result.detail) == (Outcome.UP, "OK")
        await gone()
        late = await sh(f"trap '' TERM; {HOLDS} sleep 60", directory=there, timeout="200ms")
        assert (late.outcome, late.reason, late.answered) == (Outcome.DOWN, "timeout", False)
        await gone()
        task = asyncio.create_task(sh(f"{HOLDS} sleep 60", directory=there))
        while not grandchild.exists() or not grandchild.read_text(encoding="utf-8"):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gone()
        assert (open_files(), asyncio.all_tasks()) == (files, tasks)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(stories())
    assert children() <= before


def at_work(folder: Path) -> list[str]:
    """The processes that run there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            found += [path.parent.name] if path.readlink() == folder else []
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("loop", LOOPS)
def test_a_probe_that_is_cancelled_while_it_starts_leaves_nothing(
    loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path
) -> None:
    async def story() -> None:
        for steps in range(1, 6):
            task = asyncio.create_task(sh("sleep 60 & sleep 60", directory=str(tmp_path)))
            for _ in range(steps):
                await asyncio.sleep(0)
            time.sleep(0.02)  # this process is busy, the program is quicker
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with asyncio.timeout(2):
            while at_work(tmp_path):
                await asyncio.sleep(0.01)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())


@pytest.mark.parametrize("loop", LOOPS)
def test_many_run_at_once(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def story() -> list[Result]:
        return await asyncio.gather(*(sh(f"echo {one}; exit 2") for one in range(40)))

    with asyncio.Runner(loop_factory=loop) as runner:
        results = runner.run(story())
    assert [result.detail for result in results] == [str(one) for one in range(40)]
    assert {result.reason for result in results} == {"critical"}


@pytest.mark.parametrize(
    ("script", "mode", "says"),
    [
        ("#!/bin/sh\n", 0o644, "own may not be run by Midwatch's user: make it executable"),
        ("#!/no/such/interpreter\n", 0o755, "own cannot be run, because the interpreter"),
        ("\x7fELF nothing", 0o755, "own is no program of this machine"),
        (None, 0, "own is not there: install the plugin, or name its whole path"),
    ],
)
async def test_what_cannot_be_run_is_our_own_fault_and_says_how_to_mend_it(
    script: str | None, mode: int, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "own"
    if script is not None:
        path.write_text(script, encoding="utf-8")
        path.chmod(mode)
    result = await probed(path)
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "not_run")
    assert result.detail.startswith(says)


async def test_a_directory_that_is_not_there_is_named() -> None:
    options = command("/bin/true", directory="/no/such/folder")
    obstacle = examine(options)
    assert obstacle is not None
    assert "`directory`" in obstacle.what
    assert (await run(load("command"), options, Context(now=now))).reason == "not_run"
    assert examine(command("true")) is None


async def test_more_arguments_than_a_machine_takes() -> None:
    result = await probed("/bin/true", *["x" * 10_000] * 400)
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "not_run")
    assert "too many arguments" in result.detail


@pytest.mark.parametrize(
    "written",
    ["check_disk -w 10%", [], [""], ["/"], [" "], [7], [None], ["a", 5], ["a\x00b"], {"a": "b"}],
)
def test_what_is_no_command_line_is_refused(written: object) -> None:
    with pytest.raises(ValidationError, match="command"):
        CommandOptions.model_validate({"command": written})


def test_a_command_in_one_text_is_told_how_to_write_it() -> None:
    with pytest.raises(ValidationError, match=r"no shell is used: write it as a list, such as \["):
        CommandOptions.model_validate({"command": "check_disk -w 10%"})


def test_arguments_and_variables_are_in_no_name() -> None:
    made = command("/opt/check_mysql", "-p", "hush", env={"MYSQL_PWD": "hush"})
    assert (made.target, made.label) == ("check_mysql", "check_mysql")


@pytest.mark.parametrize("env", [{"1A": "x"}, {"A=B": "x"}, {"": "x"}, {"A": "x\x00"}, {"A": 1}])
def test_variables_that_cannot_be_are_refused(env: object) -> None:
    with pytest.raises(ValidationError, match="env"):
        command("/bin/true", env=env)
