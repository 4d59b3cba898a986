"""The file changes while Midwatch runs: a good one is taken, a bad one keeps the old."""

from pathlib import Path

import pytest

from config import Config, load
from config.reload import Bad, New, Seen, Unchanged, fingerprint, look_again
from tests.config.worlds import SMALL


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "midwatch.yaml"
    path.write_text(SMALL)
    return path


def loaded(file: Path) -> tuple[Config, Seen]:
    return load(file, {}), fingerprint(file)


def test_a_file_that_did_not_change_is_left_alone(file: Path) -> None:
    config, seen = loaded(file)
    file.touch()
    assert look_again(config, {}, seen) == Unchanged()


def test_a_changed_file_is_taken_and_says_what_changed(file: Path) -> None:
    config, seen = loaded(file)
    file.write_text(
        SMALL.replace("+15005550103", "+15005550109").replace("name: IT", "name: Infra")
        + "storm: 9\nservices: {checkout: {}}\nwatchdog: {ping: 'https://hc.example/hush'}\n"
    )
    answer = look_again(config, {}, seen)
    assert isinstance(answer, New)
    assert answer.config.storm == 9
    assert answer.changes == (
        "people.mia changed: phone",
        "teams.it changed: name",
        "services.checkout added",
        "storm: 5 -> 9",
        "watchdog changed",
    )
    assert look_again(answer.config, {}, answer.seen) == Unchanged()


def test_a_bad_file_keeps_the_old_one_and_is_told_once(file: Path) -> None:
    config, seen = loaded(file)
    file.write_text(SMALL + "strom: 9\n")
    answer = look_again(config, {}, seen)
    assert isinstance(answer, Bad)
    assert [problem.where for problem in answer.problems] == ["strom"]
    assert look_again(config, {}, answer.seen) == Unchanged()


def test_a_file_that_vanished_is_bad_and_one_that_came_back_is_good(file: Path) -> None:
    config, seen = loaded(file)
    file.unlink()
    gone = look_again(config, {}, seen)
    assert isinstance(gone, Bad)
    assert gone.problems[0].what == "there is no such file"
    assert look_again(config, {}, gone.seen) == Unchanged()
    file.write_text(SMALL)
    back = look_again(config, {}, gone.seen)
    assert isinstance(back, New)
    assert back.changes == ()


def test_what_is_removed_and_what_a_sender_may_do_are_told(file: Path) -> None:
    file.write_text(SMALL + "senders: {ci: [deployments], cron: [heartbeats]}\n")
    config, seen = loaded(file)
    file.write_text(SMALL + "senders: {ci: [deployments, releases]}\n")
    answer = look_again(config, {}, seen)
    assert isinstance(answer, New)
    assert answer.changes == ("senders.ci changed: its rights", "senders.cron removed")
