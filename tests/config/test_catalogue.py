"""The service catalogue: files of a folder, read as one with the main file."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import Config, ConfigError, Problem, load
from config.reload import Bad, New, Unchanged, fingerprint, look_again
from tests.config.worlds import PEOPLE, SMALL, TEAMS

MAIN = SMALL + "catalogue: services.d\n"
SEARCH = """
services:
  search:
    teams: [development]
    checks:
      - {http: "https://search.example.com/health"}
"""


class Folder:
    """A main file with its catalogue beside it."""

    def __init__(self, path: Path, main: str = MAIN) -> None:
        self.path, self.main = path, path / "midwatch.yaml"
        self.main.write_text(main, encoding="utf-8")
        (path / "services.d").mkdir()

    def has(self, name: str, content: str | bytes) -> Path:
        file = self.path / "services.d" / name
        raw = content if isinstance(content, bytes) else content.encode()
        file.write_bytes(raw)
        return file

    def loads(self) -> Config:
        return load(self.main, {})

    def problems(self) -> list[str]:
        with pytest.raises(ConfigError) as refused:
            self.loads()
        return [self.told(problem) for problem in refused.value.problems]

    def told(self, one: Problem) -> str:
        return f"{Path(one.file).name}:{one.line}: {one.where}: {one.what}"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_each_repository_owns_its_file(folder: Folder) -> None:
    folder.has("search.yaml", SEARCH)
    folder.has("mail.json", '{"services": {"mail": {"checks": []}}}')
    found = folder.loads()
    assert list(found.services) == ["mail", "search"]
    assert Path(found.origins["services.search"]).name == "search.yaml"


def test_people_and_teams_may_stand_there_too(folder: Folder) -> None:
    folder.has(
        "kai.yaml", 'people:\n  kai: {phone: "+15005550109"}\nteams:\n  ops: {members: [kai]}'
    )
    folder.has("search.yaml", SEARCH.replace("development", "ops"))
    found = folder.loads()
    assert set(found.people) == {"ana", "bo", "mia", "kai"}
    assert found.teams_of("search") == ("ops",)


def test_splitting_a_file_changes_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    rest = SMALL.replace(PEOPLE, "").replace(TEAMS, "") + "defaults: {timeout: 3s}\n"
    whole = Folder(tmp_path / "a", rest + PEOPLE + TEAMS + SEARCH)
    split = Folder(tmp_path / "b", rest + "catalogue: services.d\n")
    split.has("people.yaml", PEOPLE)
    split.has("teams.yaml", TEAMS)
    split.has("search.yaml", SEARCH)
    one, other = whole.loads(), split.loads()
    for name in ("people", "teams", "services", "canaries", "slack", "defaults"):
        assert getattr(one, name) == getattr(other, name)
    assert other.services["search"].checks[0].options.timeout.total_seconds() == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("services:\n  search: {chekcs: []}", "x.yaml:2: services.search.chekcs: unknown key"),
        (
            SEARCH.replace("development", "ghosts"),
            "x.yaml:4: services.search.teams[0]: unknown team `ghosts`",
        ),
        ("storm: 3", "x.yaml:1: storm: only services, people and teams stand here"),
        (
            "services: [search]",
            "x.yaml:1: services: a list, where a mapping (`key: value`) is expected",
        ),
        ("- search", "x.yaml:1: : not a mapping"),
        ("", "x.yaml:1: : the file is empty"),
        ("services: {search: {checks: [}", "x.yaml:1: : this bracket or quote is not closed"),
        (b"services: {\xff: {}}", "x.yaml:1: : not UTF-8 text"),
        ("services: {search: {}}\n---\nservices: {}", "x.yaml:2: : a second document begins here"),
        (
            "services: {search: {}, search: {}}",
            "x.yaml:1: services.search: the key stands here a second time",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_own_file_and_line(
    folder: Folder, content: str | bytes, told: str
) -> None:
    folder.has("x.yaml", content)
    assert any(one.startswith(told) for one in folder.problems()), folder.problems()


def test_a_name_that_stands_twice_is_told_with_both_places(folder: Folder) -> None:
    folder.has("a.yaml", SEARCH)
    folder.has("b.yaml", "\n\n" + SEARCH)
    (told,) = folder.problems()
    assert told.startswith("b.yaml:5: services.search: stands a second time (first in line 3 of ")
    assert told.endswith("a.yaml)")


def test_a_file_that_cannot_be_read_is_told_alone(folder: Folder) -> None:
    """What it would have brought is not called unknown."""
    folder.has("a.yaml", "services: {shop: {depends_on: [search]}}")
    folder.has("b.yaml", SEARCH + "\tx")
    assert len(folder.problems()) == 1


def test_a_folder_that_is_not_there_is_told_where_it_is_named(folder: Folder) -> None:
    (folder.path / "services.d").rmdir()
    (told,) = folder.problems()
    assert "catalogue: the folder there is no such folder" in told or "no such folder" in told
    assert told.startswith("midwatch.yaml:")


def test_an_empty_folder_is_fine_and_other_files_in_it_are_not_read(folder: Folder) -> None:
    folder.has(".search.yaml.swp", "nonsense: [")
    folder.has(".hidden.yaml", "nonsense: [")
    folder.has("README.md", "nonsense: [")
    folder.has("search.yaml~", "nonsense: [")
    assert folder.loads().services == {}


def test_files_that_change_come_and_go_are_taken_one_change_at_a_time(folder: Folder) -> None:
    config, seen = folder.loads(), fingerprint(folder.main)
    assert isinstance(look_again(config, {}, seen), Unchanged)
    file = folder.has("search.yaml", SEARCH)
    added = look_again(config, {}, seen)
    assert isinstance(added, New)
    assert added.changes == ("services.search added (search.yaml)",)
    folder.has("search.yaml", SEARCH.replace("https", "http"))
    changed = look_again(added.config, {}, added.seen)
    assert isinstance(changed, New)
    assert changed.changes == ("services.search changed: checks (search.yaml)",)
    file.unlink()
    gone = look_again(changed.config, {}, changed.seen)
    assert isinstance(gone, New)
    assert gone.changes == ("services.search removed (search.yaml)",)
    assert isinstance(look_again(gone.config, {}, gone.seen), Unchanged)


def test_a_bad_file_is_told_once_and_its_mending_is_taken(folder: Folder) -> None:
    config, seen = folder.loads(), fingerprint(folder.main)
    folder.has("search.yaml", "")
    bad = look_again(config, {}, seen)
    assert isinstance(bad, Bad)
    assert isinstance(look_again(config, {}, bad.seen), Unchanged)
    folder.has("search.yaml", SEARCH)
    assert isinstance(look_again(config, {}, bad.seen), New)


def test_a_catalogue_that_was_just_named_is_looked_at_although_a_file_of_it_is_bad(
    tmp_path: Path,
) -> None:
    folder = Folder(tmp_path, SMALL)
    config, seen = folder.loads(), fingerprint(folder.main)
    folder.has("search.yaml", "storm: 3")
    folder.main.write_text(MAIN, encoding="utf-8")
    bad = look_again(config, {}, seen)
    assert isinstance(bad, Bad)
    folder.has("search.yaml", SEARCH)
    assert isinstance(look_again(config, {}, bad.seen), New)


def test_the_swap_of_a_mounted_volume_is_one_change(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: files are links through a folder that is swapped."""
    folder = Folder(tmp_path)
    mount = folder.path / "services.d"
    for version, text in (("..1", SEARCH), ("..2", SEARCH.replace("search:", "find:"))):
        (mount / version).mkdir()
        (mount / version / "search.yaml").write_text(text, encoding="utf-8")
    os.symlink("..1", mount / "..data")
    os.symlink("..data/search.yaml", mount / "search.yaml")
    config, seen = folder.loads(), fingerprint(folder.main)
    os.symlink("..2", mount / "..new")
    os.replace(mount / "..new", mount / "..data")
    found = look_again(config, {}, seen)
    assert isinstance(found, New)
    assert list(found.config.services) == ["find"]


def test_hundreds_of_files_are_read_in_a_moment(folder: Folder) -> None:
    for number in range(300):
        folder.has(f"s{number}.yaml", SEARCH.replace("search", f"s{number}"))
    started = time.monotonic()
    assert len(folder.loads().services) == 300
    first = fingerprint(folder.main)
    again = time.monotonic()
    assert fingerprint(folder.main) == first
    assert time.monotonic() - again < (again - started) / 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200) | st.text(alphabet="services:{}[]- \n\tab\"'&*!|>#", max_size=80))
def test_whatever_a_file_holds_it_loads_or_is_refused(folder: Folder, content: bytes | str) -> None:
    folder.has("x.yaml", content if isinstance(content, bytes) else content.encode())
    told: tuple[Problem, ...] = ()
    try:
        folder.loads()
    except ConfigError as refused:
        told = refused.problems
    assert all(problem.file.endswith("x.yaml") for problem in told)
