"""What an auditor reads of a deployment, and what a spreadsheet makes of it."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import audit_report, spreadsheet
from bot.core.deployment import Commit, Deployment, DeploymentState
from bot.core.release import Release, ReleaseState, StagingCheck, lists_part
from tests.core.release_world import ReleaseWorld
from tests.core.world import START, policy

COMMITS = (Commit("b" * 40, author="Bo"), Commit("c" * 40, author="Ana"), Commit("d" * 40))
DEPLOYED = Deployment(
    "d1",
    "checkout",
    "production",
    "v1.42",
    "b" * 40,
    "a" * 40,
    DeploymentState.SUCCEEDED,
    START,
    START,
    START,
    commits=(*COMMITS, Commit("e" * 40, author="Bo")),
)
SIGNED = Release(
    "r1",
    "checkout",
    "v1.42",
    "b" * 40,
    "a" * 40,
    None,
    START,
    ReleaseState.DEPLOYED,
    decided_by="mia",
    decided_at=START,
    checks=(
        StagingCheck("health", "up", START),
        StagingCheck("queue", "degraded", START - timedelta(minutes=1)),
        StagingCheck("later", "down", START + timedelta(minutes=1)),
    ),
)


def line(release: Release | None = None, **changes: object) -> audit_report.Line:
    deployment = replace(DEPLOYED, **changes)  # type: ignore[arg-type]
    releases = {} if release is None else {"d1": release}
    (found,) = audit_report.lines([deployment], {}, releases, policy())
    return found


def test_it_names_range_and_developers_once_each() -> None:
    found = line()
    assert found.commit_range == "aaaaaaaaaaaa..bbbbbbbbbbbb"
    assert found.developers == ("Bo", "Ana")
    assert (found.commits, found.result) == (4, "succeeded")
    assert line(previous_sha=None).commit_range == "bbbbbbbbbbbb"
    assert line(rollback=True).result == "succeeded (rollback)"


def test_developers_are_the_people_whom_four_eyes_count() -> None:
    commits = (
        Commit("1" * 40, author="bo", co_authors=("Ana <ana@x.y>", "Pat <pat@x.y>")),
        Commit("2" * 40, login="cy-dev"),
        Commit("3" * 40, author="renovate[bot]"),
    )
    assert line(commits=commits).developers == ("Bo", "Ana", "Pat", "cy-dev")


def test_a_part_that_was_ticked_carries_the_signature_of_its_release() -> None:
    world = ReleaseWorld()
    world.ready("run:7")
    world.approves("mia", "run:7")
    world.ticks("kai", id_="run:7")
    (part,) = world.scene.deployments
    release = world.release("run:7")
    assert release.id in audit_report.may_list(part)
    assert lists_part(release, part)
    (found,) = audit_report.lines([part], {}, {part.id: release}, world.policy)
    assert (found.approver, found.deployed_by) == ("mia", "Kai")
    nobody = replace(release, decided_by=None, decided_at=None)
    for other in (nobody, replace(release, state=ReleaseState.REJECTED)):
        (found,) = audit_report.lines([part], {}, {part.id: other}, world.policy)
        assert (found.approver, found.checks_at_approval) == ("not signed", "")
    assert audit_report.may_list(DEPLOYED) == ()
    assert not lists_part(release, replace(part, id="part:run:database"))


def test_who_signed_and_how_the_checks_stood_then() -> None:
    assert (line().approver, line().approved_at) == ("not signed", None)
    found = line(SIGNED)
    assert (found.approver, found.approved_at) == ("mia", START)
    assert found.checks_at_approval == "health up; queue degraded"
    hurried = replace(SIGNED, emergency="back")
    assert line(hurried).approver == "mia, not signed a second time (emergency)"
    assert line(replace(hurried, second_by="kai")).approver == "mia, kai (emergency)"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@sum(a)", "\t=1", "  =1", "\r=1", "＝1"])
def test_a_spreadsheet_runs_no_cell(value: str) -> None:
    assert spreadsheet.cell(value) == f"'{value}"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2))
def test_a_line_is_read_as_it_was_written(values: list[str]) -> None:
    written = spreadsheet.line(values)
    assert written.endswith("\r\n")
    (read,) = csv.reader(io.StringIO(written, newline=""))
    assert [cell.removeprefix("'") for cell in read] == [it.removeprefix("'") for it in values]
