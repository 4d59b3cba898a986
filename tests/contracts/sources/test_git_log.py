"""`git log` of a real repository as the commits of the generic hook."""

import json
import subprocess
from pathlib import Path

import pytest

from bot.core.deployment import RangeKnown, apply
from bot.core.events import DeploymentReported
from bot.core.release_events import ReleaseAnnounced
from bot.hook import Incoming, Known
from bot.sources import git_log
from bot.sources import releases as release_hook
from bot.sources.generic import HOOK
from bot.sources.git_log import GitFailed, fitting
from tests.contracts.hooks.world import NOW, POLICY


class Repository:
    """A git repository that knows nothing of the machine's configuration."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        identity = ["-c", "user.name=Bo Dév", "-c", "user.email=bo@example.com"]
        command = ["git", *identity, "-c", "commit.gpgsign=false", *words]
        done = subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str, *files: str) -> str:
        for name in files:
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(message)
        if files:
            self.git("add", "--", *files)
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_commits_come_oldest_first_with_their_files(repository: Repository) -> None:
    first = repository.commit("feat: begin", "a.py")
    second = repository.commit("fix: round vouchers\n\nCloses #7", "cart.py", "db/ä 7.sql")
    third = repository.commit("chore: nothing")
    found = git_log.commits(first, third, repository.path).commits
    assert [commit["sha"] for commit in found] == [second, third]
    assert found[0]["message"] == "fix: round vouchers\n\nCloses #7"
    assert found[0]["author"] == "Bo Dév"
    assert found[0]["files"] == ["cart.py", "db/ä 7.sql"]
    assert found[1]["files"] == []


def test_the_hook_takes_what_git_tells(repository: Repository) -> None:
    first = repository.commit("one", "a")
    last = repository.commit("two", "b")
    commits = git_log.commits(first, last, repository.path).commits
    body = {"id": "d", "service": "checkout", "status": "started", "commits": commits}
    incoming = Incoming({}, json.dumps(body).encode(), {})
    assert HOOK.parse(incoming, Known(POLICY, NOW)).events


def test_a_message_may_contain_anything(repository: Repository) -> None:
    first = repository.commit("one")
    odd = "odd \x1f message \x1e\nwith -- lines"
    strange = repository.commit(odd, "a", "b \x1e\x1f.py")
    found = git_log.commits(first, strange, repository.path).commits
    assert [commit["message"] for commit in found] == [odd]
    assert found[0]["files"] == ["a", "b \x1e\x1f.py"]


def test_a_merge_is_one_commit_among_the_others(repository: Repository) -> None:
    first = repository.commit("one", "a")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", "b")
    repository.git("checkout", "-q", "main")
    repository.commit("main", "c")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    found = git_log.commits(first, "HEAD", repository.path).commits
    assert {commit["message"] for commit in found} == {"side", "main", "Merge side"}


def test_nothing_between_two_equal_revisions(repository: Repository) -> None:
    first = repository.commit("one")
    assert git_log.commits(first, first, repository.path).commits == []


def test_a_range_that_is_longer_than_a_report_says_so_to_whoever_signs(
    repository: Repository,
) -> None:
    first = repository.commit("one")
    made = (
        f"commit refs/heads/main\ncommitter Mia <m@x.y> {number} +0000\ndata 1\nx\n"
        + (f"from {first}\n" if number == 1 else "")
        for number in range(1, 1002)
    )
    whole = repository.path / "many"
    whole.write_text("".join(made))
    with whole.open() as stream:
        subprocess.run(
            ["git", "fast-import", "--quiet"], cwd=repository.path, check=True, stdin=stream
        )
    almost = git_log.commits(first, "HEAD~1", repository.path)
    assert (len(almost.commits), almost.cut) == (1000, False)
    found = git_log.commits(first, "HEAD", repository.path)
    assert (len(found.commits), found.cut) == (1000, True)


@pytest.mark.parametrize(("cut", "whole"), [({}, True), ({"commits_cut": True}, False)])
def test_the_hook_believes_a_pipeline_that_its_list_is_cut(
    cut: dict[str, bool], whole: bool
) -> None:
    body = {"id": "b", "service": "checkout", "version": "v1", "commits": [{"sha": "1"}], **cut}
    release = release_hook.parse(Incoming({}, json.dumps(body).encode(), {}), Known(POLICY, NOW))
    ((_, announced),) = release.events
    assert isinstance(announced, ReleaseAnnounced)
    assert announced.release.commits_cut is not whole
    body["status"] = "succeeded"
    deployed = HOOK.parse(Incoming({}, json.dumps(body).encode(), {}), Known(POLICY, NOW))
    ((_, reported),) = deployed.events
    assert isinstance(reported, DeploymentReported)
    known = apply(None, reported.report, NOW).range_known
    assert known is (RangeKnown.UNKNOWN if whole else RangeKnown.COMMITS_CUT)


def test_a_migration_is_told_however_many_files_a_commit_has(repository: Repository) -> None:
    first = repository.commit("one")
    many = [f"a/{number}" for number in range(310)]
    last = repository.commit("two", *many, "z/migrations/0002_drop.sql")
    (commit,) = git_log.commits(first, last, repository.path).commits
    assert isinstance(commit["files"], list)
    assert len(commit["files"]) == 300
    assert commit["files"][-1] == "z/migrations/0002_drop.sql"
    (small,) = fitting([commit], 1000)
    assert small["files"] == ["z/migrations/0002_drop.sql"]


def test_what_git_cannot_tell_is_said_in_words(repository: Repository, tmp_path: Path) -> None:
    repository.commit("one")
    with pytest.raises(GitFailed, match=r"does not know deadbeef.*fetch-depth"):
        git_log.commits("deadbeef", "HEAD", repository.path)
    with pytest.raises(GitFailed, match="not a revision"):
        git_log.commits("--output=/tmp/x", "HEAD", repository.path)
    with pytest.raises(GitFailed, match="not installed, or the directory"):
        git_log.commits("a", "b", tmp_path / "missing")
    with pytest.raises(GitFailed, match="took longer"):
        git_log.commits("HEAD", "HEAD", repository.path, timeout_seconds=0.0)


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    subprocess.run(["git", "--version"], check=True, capture_output=True)
    with pytest.raises(GitFailed, match="not a git repository"):
        git_log.commits("a", "b", Path("/"))


def test_what_does_not_fit_loses_files_first_then_the_oldest() -> None:
    many: list[dict[str, object]] = [
        {"sha": str(number), "message": "m" * 50, "files": ["f" * 90] * 10} for number in range(50)
    ]
    whole = len(json.dumps(many))
    assert fitting(many, whole) == many
    half = fitting(many, whole // 2)
    assert len(json.dumps(half)) <= whole // 2
    assert len(half) == 50
    assert half[-1]["files"]
    assert not half[0]["files"]
    few = fitting(many, 1000)
    assert len(json.dumps(few)) <= 1000
    assert few[-1]["sha"] == "49"
    assert 0 < len(few) < 50
    assert fitting(many, 10) == []
