"""What `doctor` says of sources, senders and checks, from what a configuration and a database
hold. Whatever is found by itself (a hook, a kind) is covered without being listed here."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import checks
from bot.doctor import probes, senders, sources
from bot.doctor.finding import Finding, State, named
from bot.doctor.known import Known
from bot.hook import refusals_of, sender_called
from bot.ports import Call, SourceStatus, StoredResult
from bot.sources import hooks
from config import Config, load

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TOKENS = {"HOOK_TOKEN_CI": "token-of-the-pipeline", "HOOK_TOKEN_CRON": "token-of-the-cron-box"}
GITHUB = {"GITHUB_WEBHOOK_SECRET": "a-secret-for-github"}
FILE = """
people: {ana: {name: Ana, phone: "+15005550101"}}
teams: {it: {members: [ana]}}
senders: {ci: [deployments], cron: [heartbeats]}
services:
  checkout:
    repository: acme/checkout
    checks: [{http: "http://127.0.0.1:9/", name: health}, {tcp: "127.0.0.1:9", name: port}]
  backup:
    checks: [{heartbeat: nightly, period: 1d, name: nightly}]
"""
HEALTH, PORT, NIGHTLY = ("checkout", "health"), ("checkout", "port"), ("backup", "nightly")


def configured(folder: Path, text: str = FILE, **env: str) -> Config:
    file = folder / "midwatch.yaml"
    file.write_text(text)
    return load(file, env)


def heard(*statuses: SourceStatus, **more: Any) -> Known:
    deployed = frozenset({("checkout", "production")})
    given = {"sources": {it.name: it for it in statuses}, "deployed": deployed}
    return Known(**(given | more))


def probed(**outcomes: str) -> dict[tuple[str, str], StoredResult]:
    """The last results a moment ago; `unknown:REASON` names a reason."""
    found = {}
    for key in (HEALTH, PORT, NIGHTLY):
        outcome, _, reason = outcomes.get(key[1], "up").partition(":")
        at = NOW - timedelta(seconds=9)
        found[key] = StoredResult(*key, "http", outcome, reason, f"because of {reason}", at)
    return found


def said(found: list[Finding], state: State) -> str:
    return " | ".join(f"{it.what} ({it.mend})" for it in found if it.state is state)


# Sources


def test_every_hook_is_told_of_whether_it_is_open_or_not(tmp_path: Path) -> None:
    for env in ({}, TOKENS | GITHUB):
        told = " ".join(it.what for it in sources.look(configured(tmp_path, **env), None, NOW))
        assert not [name for name in hooks() if name not in told]


def test_a_closed_hook_names_what_would_open_it(tmp_path: Path) -> None:
    found = sources.look(configured(tmp_path), None, NOW)
    assert "github: GITHUB_WEBHOOK_SECRET is not set" in said(found, State.OFF)
    assert "no token opens a hook" in said(found, State.OFF)
    assert "HOOK_TOKEN_<SENDER>" in said(found, State.OFF)


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (SourceStatus("github", NOW - 180 * MINUTE), State.OK, "last good 3 h ago"),
        (SourceStatus("github"), State.OK, "never heard of"),
        (SourceStatus("github", NOW - 34 * DAY), State.WARN, "last good 34 d ago"),
        # A mistake of today is told, even if something good came after it from somebody else.
        (
            SourceStatus("github", NOW, NOW - 2 * MINUTE, "no such x"),
            State.WARN,
            "2 min ago: no such",
        ),
        (SourceStatus("github", NOW, NOW - 3 * DAY, "old"), State.OK, "last good 0 s ago"),
        # An old one, after which nothing good came, is still the last word.
        (SourceStatus("github", NOW - 9 * DAY, NOW - 3 * DAY, "bad"), State.WARN, "3 d ago: bad"),
        (SourceStatus("github", None, NOW - 3 * DAY, "bad"), State.WARN, "3 d ago: bad; never"),
    ],
)
def test_a_source_says_when_it_was_last_heard_of(
    tmp_path: Path, status: SourceStatus, state: State, words: str
) -> None:
    found = sources.look(configured(tmp_path, **TOKENS, **GITHUB), heard(status), NOW)
    mine = [it for it in found if it.what.startswith("github")]
    assert [it.state for it in mine] == [state]
    assert words in mine[0].what


@pytest.mark.parametrize("env", [{}, TOKENS | GITHUB])
def test_a_refused_delivery_is_told_for_a_day(tmp_path: Path, env: dict[str, str]) -> None:
    why = "a delivery was refused: its token is wrong"
    status = SourceStatus(refusals_of("deployments"), None, NOW - 3 * MINUTE, why)
    config = configured(tmp_path, **env)
    found = sources.look(config, heard(status), NOW)
    assert "deployments: 3 min ago a delivery was refused: its token is wrong" in said(
        found, State.WARN
    )
    assert "refused: its" not in said(sources.look(config, heard(status), NOW + DAY), State.WARN)


def test_a_repository_whose_deployments_were_never_reported_is_told_by_service(
    tmp_path: Path,
) -> None:
    config = configured(tmp_path, **TOKENS)
    for deployed in (frozenset[Any](), frozenset({("checkout", "staging")})):
        found = sources.look(config, heard(deployed=deployed), NOW)
        assert "no deployment of checkout was ever reported" in said(found, State.WARN)
    assert said(sources.look(config, heard(), NOW), State.WARN) == ""


def test_a_heartbeat_that_cannot_be_called_fails(tmp_path: Path) -> None:
    found = sources.look(configured(tmp_path), None, NOW)
    assert "backup: a heartbeat is awaited" in said(found, State.FAIL)
    assert said(sources.look(configured(tmp_path, **TOKENS), None, NOW), State.FAIL) == ""


def test_a_source_that_is_asked_shows_its_trouble_and_its_silence(tmp_path: Path) -> None:
    config = configured(tmp_path, **TOKENS, GITHUB_TOKEN="ghp_made_up_token_0123")

    def asked(status: SourceStatus) -> list[Finding]:
        return sources.look(config, heard(status, results=probed()), NOW)

    fine = SourceStatus("github API", NOW - MINUTE)
    assert "github was asked: last good 1 min ago" in said(asked(fine), State.OK)
    refused = dataclasses.replace(fine, error_at=NOW, error="401 Bad credentials")
    assert "401 Bad credentials (look at GITHUB_TOKEN" in said(asked(refused), State.WARN)
    silent = dataclasses.replace(fine, seen_at=NOW - 3 * DAY)
    assert "github was asked: last good 3 d ago" in said(asked(silent), State.WARN)
    without = sources.look(configured(tmp_path, **TOKENS), heard(silent), NOW)
    assert "was asked" not in said(without, State.WARN) + said(without, State.OK)


# Senders


def test_a_sender_shows_its_rights_its_token_and_when_it_was_heard_of(tmp_path: Path) -> None:
    config = configured(tmp_path, HOOK_TOKEN_CI=TOKENS["HOOK_TOKEN_CI"])
    found = senders.look(config, heard(SourceStatus(sender_called("ci"), NOW - 2 * MINUTE)), NOW)
    assert "ci (may send deployments): heard of 2 min ago" in said(found, State.OK)
    assert "cron: not let in without HOOK_TOKEN_CRON" in said(found, State.OFF)
    assert "ci (may send deployments): never heard of" in said(
        senders.look(config, heard(), NOW), State.WARN
    )
    assert "its token is set" in said(senders.look(config, None, NOW), State.OK)


# Checks


def test_good_checks_are_one_line_and_those_that_are_down_are_named(tmp_path: Path) -> None:
    found = probes.look(configured(tmp_path), heard(results=probed(health="down")), NOW)
    assert [it.what for it in found] == ["3 checks probed lately: 2 up, 1 down (checkout/health)"]


@pytest.mark.parametrize("reason", [*probes._MENDS, "something_new"])
def test_a_result_that_tells_nothing_is_shouted_about_with_its_mend(
    tmp_path: Path, reason: str
) -> None:
    results = probed(health=f"unknown:{reason}")
    found = probes.look(configured(tmp_path), heard(results=results), NOW)
    shouted = said(found, State.WARN if reason == "late" else State.FAIL)
    assert (
        f"checkout/health: a probe tells nothing, so no outage would be told (because of {reason}"
        in shouted
    )
    assert probes._MENDS.get(reason, "midwatch probe") in shouted
    assert "2 checks probed lately: 2 up" in said(found, State.OK)


def test_many_checks_with_one_trouble_are_one_line(tmp_path: Path) -> None:
    many = "\n".join(
        f'  s{number}: {{checks: [{{tcp: "127.0.0.1:9", name: port, every: 1s}}]}}'
        for number in range(40)
    )
    (found,) = probes.look(configured(tmp_path, FILE + many), None, NOW)
    assert found.state is State.WARN
    assert found.what.startswith("s0/port, s1/port, s2/port, s3/port, s4/port and 35 more: a probe")


def test_a_check_that_fell_silent_while_others_are_probed_fails(tmp_path: Path) -> None:
    results = probed()
    results[PORT] = dataclasses.replace(results[PORT], at=NOW - 7 * MINUTE)
    del results[NIGHTLY]
    found = probes.look(configured(tmp_path), heard(results=results), NOW)
    assert "checkout/port: not probed for 7 min or longer" in said(found, State.FAIL)
    assert "backup/nightly: never probed" in said(found, State.WARN)


@pytest.mark.parametrize(
    ("results", "runs", "state", "words"),
    [
        ({}, False, State.WARN, "3 checks: nothing was probed yet (start Midwatch"),
        ({}, True, State.WARN, "nothing was probed yet (look again in a minute"),
        (probed(), False, State.WARN, "nothing was probed for 24 h (start Midwatch"),
        (probed(), True, State.FAIL, "nothing was probed for 24 h (look again"),
    ],
)
def test_where_nothing_is_probed_one_line_says_it_for_all(
    tmp_path: Path, results: Any, runs: bool, state: State, words: str
) -> None:
    known = heard(results=results, runs=runs)
    found = probes.look(configured(tmp_path), known, NOW + DAY)
    assert words in said(found, state)
    assert len(found) == 1


def test_a_job_that_never_called_in_is_told(tmp_path: Path) -> None:
    config, call = configured(tmp_path), Call("nightly", NOW - 9 * DAY)
    found = probes.look(config, heard(results=probed(), calls={"nightly": call}), NOW)
    assert "backup/nightly: has never called in" in said(found, State.WARN)
    for column in ("ok_at", "start_at", "fail_at", "warn_at"):
        called = dataclasses.replace(call, **{column: NOW - MINUTE})  # type: ignore[arg-type]
        found = probes.look(config, heard(results=probed(), calls={"nightly": called}), NOW)
        assert said(found, State.WARN) == ""


async def test_a_kind_says_itself_what_is_in_the_way_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def examine(options: Any) -> checks.Obstacle:
        if options.label == "port":
            raise PermissionError
        return checks.Obstacle("its program is not there", "install it")

    kinds = {
        name: dataclasses.replace(checks.load(name), examine=examine) for name in ("http", "tcp")
    }
    found = {**{name: checks.load(name) for name in checks.kinds()}, **kinds}
    monkeypatch.setattr(checks, "_found", lambda: found)
    seen = await probes.obstacles(configured(tmp_path))
    told = said(seen.findings, State.FAIL)
    assert "checkout/health: its program is not there (install it)" in told
    assert "checkout/port: could not be examined (PermissionError)" in told


def test_names_are_few() -> None:
    assert named("abcdef") == "a, b, c, d, e and f"
    assert named("abcdefg") == "a, b, c, d, e and 2 more"
