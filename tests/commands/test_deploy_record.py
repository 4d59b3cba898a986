"""`deploy record`: what a pipeline sends, and how it ends when something is wrong."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.commands.frame import Stop
from bot.commands.posting import post
from bot.sandbox.server import listening
from tests.commands.world import HOOK_TOKEN, World, read

AT_ONCE = (0.0, 0.0)
REPORT = ("deploy", "record", "--service", "checkout", "--version", "v1.42", "--id", "d-1")


class Hook:
    """Stands where `/hooks/deployments` is. Gives the answers in their order, the last for ever."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[str, Any]] = []
        self.url = ""

    async def handle(self, request: Request) -> Response:
        self.seen.append((request.headers["authorization"], json.loads(await request.body())))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def reports(self) -> list[Any]:
        return [report for _, report in self.seen]


def recorded() -> Response:
    body = {
        "id": "d-1",
        "service": "checkout",
        "environment": "production",
        "status": "succeeded",
    }
    return JSONResponse(body)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found = Hook(recorded())
    routes = [Route("/hooks/deployments", found.handle, methods=["POST"])]
    async with listening(Starlette(routes=routes)) as url:
        found.url = url
        yield found


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Bo", "-c", "user.email=bo@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, Sequence[str]]:
    """A checkout with three commits, and their revisions."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    revisions = []
    for message in ("first", "feat: voucher page", "fix: rounding"):
        (folder / "file").write_text(message)
        git(folder, "add", "file")
        git(folder, "commit", "-q", "-m", message)
        revisions.append(git(folder, "rev-parse", "HEAD"))
    return folder, revisions


async def test_a_report_goes_out_with_its_token_and_commits(
    world: World, hook: Hook, repository: tuple[Path, Sequence[str]]
) -> None:
    folder, (first, _, last) = repository
    more = ("--previous", first, "--sha", last, "--by", "Bo", "--repository", str(folder))
    result = await world.runs(*REPORT, *more, "--url", "https://ci/1", env={"PUBLIC_URL": hook.url})
    assert result.exit_code == 0, result.output
    assert "Recorded: v1.42 of checkout to production, succeeded, 2 commits." in result.stdout
    assert hook.seen[0][0] == f"Bearer {HOOK_TOKEN}"
    report = hook.reports[0]
    assert [commit["message"] for commit in report["commits"]] == [
        "feat: voucher page",
        "fix: rounding",
    ]
    assert report["commits"][0]["files"] == ["file"]
    assert report["previous_sha"] == first
    assert report["sha"] == last
    assert report["by"] == "Bo"
    assert "finished_at" in report
    assert "started_at" not in report


def test_what_people_still_have_to_do_is_told(world: World) -> None:
    more = ("--by-hand-part", "rotate the key", "--by-hand-part", "tell the bank", "--dry-run")
    assert read(world.run(*REPORT, *more))["by_hand_parts"] == ["rotate the key", "tell the bank"]
    assert "by_hand_parts" not in read(world.run(*REPORT, "--dry-run"))


async def test_tags_are_told_as_commits_and_what_is_deployed_is_head(
    world: World, hook: Hook, repository: tuple[Path, Sequence[str]]
) -> None:
    folder, (first, _, last) = repository
    git(folder, "tag", "v1.41", first)
    more = ("--previous", "v1.41", "--repository", str(folder))
    result = await world.runs(*REPORT, *more, env={"PUBLIC_URL": hook.url})
    assert result.exit_code == 0, result.output
    report = hook.reports[0]
    assert (report["previous_sha"], report["sha"]) == (first, last)
    assert len(report["commits"]) == 2


def test_what_ran_before_is_enough_in_a_checkout(
    world: World, repository: tuple[Path, Sequence[str]], tmp_path: Path
) -> None:
    folder, (first, _, last) = repository
    words = ("deploy", "record", "--service", "checkout", "--id", "d-1", "--dry-run")
    report = read(world.run(*words, "--previous", "HEAD~2", "--repository", str(folder)))
    assert (report["previous_sha"], report["sha"]) == (first, last)
    (tmp_path / "nothing").mkdir()
    elsewhere = ("--previous", "HEAD~2", "--repository", str(tmp_path / "nothing"))
    refused = world.run(*words, *elsewhere)
    assert refused.exit_code == 2
    assert "--version, --sha, or both" in refused.stderr
    assert "previous_sha" not in read(world.run(*words, *elsewhere, "--version", "v1"))


async def test_the_host_option_wins_and_json_is_the_answer(world: World, hook: Hook) -> None:
    more = ("--host", f"{hook.url}/", "--status", "started", "--json")
    result = await world.runs(*REPORT, *more, env={"PUBLIC_URL": "http://127.0.0.1:9"})
    assert result.exit_code == 0, result.output
    assert read(result)["id"] == "d-1"
    assert hook.reports[0]["status"] == "started"
    assert "started_at" in hook.reports[0]


async def test_a_sender_has_a_token_of_its_own(world: World, hook: Hook) -> None:
    tokens = {"PUBLIC_URL": hook.url, "HOOK_TOKEN_MY_CI": "another-token-0123"}
    await world.runs(*REPORT, "--sender", "my-ci", env=tokens)
    await world.runs(*REPORT, env=tokens | {"HOOK_TOKEN": None})
    assert [token for token, _ in hook.seen] == ["Bearer another-token-0123"] * 2


def test_a_token_may_be_in_a_file(world: World) -> None:
    missing = {"HOOK_TOKEN": None, "HOOK_TOKEN_FILE": str(world.folder / "none")}
    result = world.run(*REPORT, "--host", "http://127.0.0.1:9", env=missing)
    assert result.exit_code == 2
    assert "HOOK_TOKEN_FILE" in result.stderr


def test_a_dry_run_prints_the_report_and_needs_neither_token_nor_address(world: World) -> None:
    words = (*REPORT, "--by-hand", "--artifact", "sha256:12", "--dry-run")
    result = world.run(*words, env={"HOOK_TOKEN": None})
    report = read(result)
    assert result.exit_code == 0
    assert report["by_hand"] is True
    assert report["artifact"] == "sha256:12"
    assert "sha" not in report


async def test_a_clone_that_is_too_shallow_is_recorded_without_commits_and_says_so(
    world: World, hook: Hook, repository: tuple[Path, Sequence[str]]
) -> None:
    folder, (_, _, last) = repository
    more = ("--previous", "0123456", "--sha", last, "--repository", str(folder))
    result = await world.runs(*REPORT, *more, env={"PUBLIC_URL": hook.url})
    assert result.exit_code == 0
    assert "without its commits" in result.stderr
    assert "fetch more history" in result.stderr
    assert hook.reports[0]["commits"] == []


@pytest.mark.parametrize(
    ("words", "env", "told"),
    [
        (("--service", "checkout"), {}, "--version, --sha"),
        (("--service", "checkout", "--version", "v1"), {}, "PUBLIC_URL"),
        (("--service", "checkout", "--version", "v1", "--host", "midwatch"), {}, "not a URL"),
        (("--service", "c", "--version", "v1", "--host", "http://["), {}, "not a URL"),
        (
            ("--service", "checkout", "--version", "v1", "--host", "http://127.0.0.1:9"),
            {"HOOK_TOKEN": None},
            "HOOK_TOKEN is not set",
        ),
        (("--service", "checkout", "--version", "v1", "--status", "fine"), {}, "fine"),
    ],
)
def test_wrong_usage_says_what_to_set(
    world: World, words: tuple[str, ...], env: dict[str, str | None], told: str
) -> None:
    result = world.run("deploy", "record", *words, env=env)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (JSONResponse({"error": "is missing", "field": "service"}, 400), 2, "service: is missing"),
        (JSONResponse({"error": "unauthorized"}, 401), 2, "token"),
        (JSONResponse({"error": "too large"}, 413), 2, "1 MiB"),
        (Response("<html>", 200), 2, "not Midwatch"),
        (Response(status_code=301, headers={"Location": "https://x/"}), 2, "final URL"),
        (Response(status_code=404), 1, "PUBLIC_URL"),
    ],
)
async def test_a_refusal_ends_at_once_with_its_reason(
    world: World, hook: Hook, answer: Response, code: int, told: str
) -> None:
    hook.answers = [answer]
    result = await world.runs(*REPORT, env={"PUBLIC_URL": hook.url})
    assert result.exit_code == code
    assert told in result.stderr
    assert HOOK_TOKEN not in result.output
    assert len(hook.seen) == 1


async def test_a_server_that_is_starting_is_tried_again(hook: Hook) -> None:
    hook.answers = [Response(status_code=503), Response(status_code=429), recorded()]
    answer = await post(f"{hook.url}/hooks/deployments", "t", {"id": "d-1"}, pauses_seconds=AT_ONCE)
    assert answer["id"] == "d-1"
    assert len(hook.seen) == 3


async def test_a_server_that_stays_away_ends_the_step_with_one(hook: Hook) -> None:
    hook.answers = [JSONResponse({"error": "the database does not answer: try again"}, 503)]
    with pytest.raises(Stop, match="3 tries: the database does not answer") as stop:
        await post(f"{hook.url}/hooks/deployments", "t", {}, pauses_seconds=AT_ONCE)
    assert stop.value.code == 1
    with pytest.raises(Stop, match="connection failed") as stop:
        await post("http://127.0.0.1:9/hooks/deployments", "t", {}, pauses_seconds=AT_ONCE)
    assert stop.value.code == 1


async def test_a_server_that_never_answers_ends_each_try() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/hooks/deployments"
        with pytest.raises(Stop, match="no answer within"):
            await post(url, "t", {}, pauses_seconds=AT_ONCE, try_seconds=0.05)


def test_reports_of_one_pipeline_run_name_the_same_deployment(world: World) -> None:
    def id_of(status: str, run: str, attempt: str = "1") -> str:
        words = ("deploy", "record", "--service", "checkout", "--version", "v1", "--status", status)
        env = {"GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": attempt}
        found = read(world.run(*words, "--dry-run", env=env))["id"]
        assert isinstance(found, str)
        return found

    assert id_of("started", "7") == id_of("succeeded", "7")
    assert id_of("started", "8") != id_of("started", "7")
    assert id_of("succeeded", "7", "2") != id_of("succeeded", "7"), "it was started again"


def test_without_a_run_or_an_id_a_warning_says_what_that_means(world: World) -> None:
    names = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG", "BUILDKITE_BUILD_ID")
    nowhere: dict[str, str | None] = dict.fromkeys((*names, "CIRCLE_WORKFLOW_ID", "BUILD_BUILDID"))
    words = ("deploy", "record", "--service", "checkout", "--version", "v1", "--dry-run")
    result = world.run(*words, env=nowhere)
    assert read(result)["id"].startswith("checkout-production-v1-")
    assert "No --id" in result.stderr
