"""The service catalogue: files of a folder, read as one with the main file."""

import json
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Config, ConfigError, Problem, load, parse
from config.catalogue import LARGEST_FOLDER, LARGEST_PIECE, Piece
from config.document import compose
from config.document import data as data_of
from config.json_schema import catalogue_schema, json_schema
from config.reload import Bad, New, Unchanged, fingerprint, look_again
from config.seen import Glance
from tests.config.test_shipped_files import misfits
from tests.config.worlds import EXAMPLE, SMALL, TOKENS

MAIN = SMALL + "catalogue: services.d\n"
SEARCH = """
services:
  search:
    teams: [development]
    checks:
      - {http: "https://search.example.com/health"}
"""


PARTS: dict[str, dict[str, object]] = {
    "people": {
        "ana": {"phone": "+15005550101"},
        "bo": {"slack": "U0BO", "email": "bo@example.com"},
        "mia": {"phone": "+15005550103"},
    },
    "teams": {"it": {"members": ["ana", "mia"]}, "development": {"members": ["bo"]}},
    "services": {
        "shop": {"depends_on": ["search"], "checks": [{"tcp": "shop.example.com:443"}]},
        "search": {"teams": ["it"], "checks": [{"http": "https://search.example.com/"}]},
        "mail": {"repository": "acme/mail"},
    },
}
REST: dict[str, object] = {"defaults": {"timeout": "3s"}, "sign_off": {"approvers": ["mia", "bo"]}}
BOMB = [("x", "a"), *((f"*{c}", chr(ord(c) + 1)) for c in "abcd")]
"""Five times ten times as much as before."""


def piece(name: str, content: str | bytes) -> Piece:
    """A file of a catalogue, not on any disk."""
    raw = content if isinstance(content, bytes) else content.encode()
    return Piece(Path("services.d") / name, raw)


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


def test_more_than_one_folder_may_be_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path, SMALL + "catalogue: [services.d, people.d]\n")
    (tmp_path / "people.d").mkdir()
    (tmp_path / "people.d" / "kai.yaml").write_text('people: {kai: {phone: "+15005550109"}}')
    folder.has("search.yaml", SEARCH)
    found = folder.loads()
    assert ("kai" in found.people, "search" in found.services) == (True, True)


def test_defaults_of_the_main_file_are_those_of_every_check(tmp_path: Path) -> None:
    folder = Folder(tmp_path, MAIN + "defaults: {timeout: 3s}\n")
    folder.has("search.yaml", SEARCH)
    (check,) = folder.loads().services["search"].checks
    assert check.options.timeout == timedelta(seconds=3)
    folder.main.write_text(MAIN + "defaults: {timeout: soon}\n", encoding="utf-8")
    assert folder.problems() == ["midwatch.yaml:13: defaults.timeout: not a duration"]


@given(st.data())
def test_splitting_a_configuration_into_files_changes_nothing(data: st.DataObject) -> None:
    parts = [(section, name) for section, named in PARTS.items() for name in named]
    where = data.draw(st.lists(st.integers(0, 3), min_size=len(parts), max_size=len(parts)))
    written = [dict[str, dict[str, object]]() for _ in range(4)]
    for (section, name), file in zip(parts, where, strict=True):
        written[file].setdefault(section, {})[name] = PARTS[section][name]
    main = json.dumps({**REST, **written[0], "catalogue": "services.d"})
    files = [piece(f"{n}.json", json.dumps(one)) for n, one in enumerate(written) if n and one]
    split = parse(main, {}, read=lambda _folder: files)
    whole = parse(json.dumps({**REST, **PARTS}), {})
    for name in set(Config.model_fields) - {"catalogue", "files", "origins", "warnings"}:
        assert getattr(split, name) == getattr(whole, name), name
    assert [one.what for one in split.warnings] == [one.what for one in whole.warnings]
    assert len(split.origins) == sum(1 for file in where if file)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("services:\n  search: {chekcs: []}", "x.yaml:2: services.search.chekcs: unknown key"),
        (
            SEARCH.replace("development", "ghosts"),
            "x.yaml:4: services.search.teams[0]: unknown team `ghosts`",
        ),
        ("storm: 3", "x.yaml:1: storm: only services, people and teams stand in a file of the"),
        ("servces: {}", "x.yaml:1: servces: unknown key"),
        ("services: [search]", "x.yaml:1: services: not a mapping"),
        ("people:", "x.yaml:1: people: has no value"),
        ("services: {a: {depends_on: [b]}}", "x.yaml:1: services.a.depends_on[0]: unknown service"),
        ("services: {a: {depends_on: [a]}}", "x.yaml:1: services.a.depends_on[0]: services depend"),
        ("people: {kai: {phone: '+15005550101'}}", "x.yaml:1: people.kai.phone: ana has the same"),
        ("teams: {it: {members: [ana]}}", "x.yaml:1: teams.it: stands here a second time"),
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
    first = folder.path / "services.d" / "a.yaml"
    assert told == (
        f"b.yaml:5: services.search: stands here a second time (first in line 3 of {first})"
    )


def test_a_file_that_cannot_be_read_is_told_alone(folder: Folder) -> None:
    """What it would have brought is not called unknown."""
    folder.has("a.yaml", "services: {shop: {depends_on: [search]}}")
    folder.has("b.yaml", SEARCH + "\tx")
    assert len(folder.problems()) == 1


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("services.e", "12: catalogue: there is no such folder"),
        ("midwatch.yaml", "12: catalogue: not a folder"),
        (".", "12: catalogue: the folder that this file is in"),
        ("[services.d, services.d]", "12: catalogue: the same one stands here twice"),
        ("[]", "12: catalogue: is empty"),
        ("[5]", "12: catalogue[0]: a number, where text is expected"),
        ("{a: b}", "12: catalogue: not a folder"),
        ("", "12: catalogue: has no value"),
        ('"\\0"', "12: catalogue: a folder that cannot be read: bad path"),
    ],
)
def test_a_folder_that_is_none_is_told_where_it_is_named(
    tmp_path: Path, named: str, told: str
) -> None:
    folder = Folder(tmp_path, f"{SMALL}catalogue: {named}\n")
    assert folder.problems() == [f"midwatch.yaml:{told}"]


def test_files_that_are_too_large_together_are_refused(folder: Folder) -> None:
    """Each of them is small, and says much by aliases."""
    tens = "".join(f"{c}: &{c} [{', '.join([before] * 10)}]\n" for before, c in BOMB)
    for name in "abcde":
        folder.has(f"{name}.yaml", tens)
    assert "e.yaml:1: : with this file the catalogue is far too large" in folder.problems()


def test_a_folder_of_too_many_or_too_large_files_is_refused(folder: Folder) -> None:
    with folder.has("large.yaml", b"").open("r+b") as file:
        file.truncate(LARGEST_PIECE + 1)
    assert folder.problems() == ["large.yaml:0: : is larger than 1024 KiB"]
    with folder.has("huge.yaml", b"").open("r+b") as file:
        file.truncate(LARGEST_FOLDER)
    assert folder.problems() == ["midwatch.yaml:12: catalogue: a folder of more than 16 MiB"]


def test_an_empty_folder_is_fine_and_other_files_in_it_are_not_read(folder: Folder) -> None:
    folder.has(".search.yaml.swp", "nonsense: [")
    folder.has(".hidden.yaml", "nonsense: [")
    folder.has("README.md", "nonsense: [")
    folder.has("search.yaml~", "nonsense: [")
    (folder.path / "services.d" / "further").mkdir()
    (folder.path / "services.d" / "further" / "down.yaml").write_text("nonsense: [")
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


def test_the_times_of_files_are_not_trusted(folder: Folder) -> None:
    """The same length, the same time: some tools set the time of what they copy."""
    file = folder.has("search.yaml", SEARCH)
    os.utime(file, (1, 1))
    config, seen = folder.loads(), fingerprint(folder.main)
    folder.has("search.yaml", SEARCH.replace("https://search.", "https://s3arch."))
    os.utime(file, (1, 1))
    assert isinstance(look_again(config, {}, seen), New)


def test_what_changes_while_it_is_read_is_left_for_the_next_look(folder: Folder) -> None:
    """Half of a folder may be the old one: a service that moves must not be gone in between."""

    class Meanwhile(dict[str, str]):
        def get(self, *_: object) -> str:
            folder.has("mail.yaml", SEARCH.replace("search", "mail"))
            return ""

    config, seen = folder.loads(), fingerprint(folder.main)
    folder.has("search.yaml", SEARCH)
    unsure = look_again(config, Meanwhile(), seen)
    assert isinstance(unsure, Unchanged)
    found = look_again(config, {}, unsure.seen)
    assert isinstance(found, New)
    assert list(found.config.services) == ["mail", "search"]


def test_what_moves_from_one_file_to_another_is_no_change(folder: Folder) -> None:
    folder.has("search.yaml", SEARCH)
    config, seen = folder.loads(), fingerprint(folder.main)
    (folder.path / "services.d" / "search.yaml").rename(folder.path / "services.d" / "find.yaml")
    found = look_again(config, {}, seen)
    assert isinstance(found, New)
    assert found.changes == ()


def test_hundreds_of_files_are_read_in_a_moment(folder: Folder) -> None:
    for number in range(200):
        folder.has(f"s{number}.yaml", SEARCH.replace("search", f"s{number}"))
    started = time.process_time()
    assert len(folder.loads().services) == 200
    assert time.process_time() - started < 1.5


def test_files_that_have_settled_are_not_read_again(folder: Folder) -> None:
    """What is not read shows in the digest that is handed on."""
    file = folder.has("search.yaml", SEARCH)
    seen = fingerprint(folder.main)
    assert [glance.status for glance in seen.glances.values()] == [None]
    at = file.stat()
    status = (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)
    settled = replace(seen, glances={file: Glance(b"as before", status)})
    assert fingerprint(folder.main, settled).glances == settled.glances
    folder.has("search.yaml", SEARCH + " ")
    assert fingerprint(folder.main, settled).glances != settled.glances


def test_an_editor_is_told_what_may_stand_in_a_file_of_the_catalogue() -> None:
    schema = catalogue_schema()
    for text, fits in {
        "services: {search: {checks: []}}": True,
        "people: {kai: {slack: U0KAI}}": True,
        "storm: 5": False,
        "services: {search: {chekcs: []}}": False,
    }.items():
        root, _ = compose(text)
        assert root is not None
        assert (misfits(data_of(root), schema) == []) is fits, text
    whole, _ = compose("catalogue: services.d")
    assert whole is not None
    assert misfits(data_of(whole), json_schema()) == []


def test_the_example_of_a_catalogue_loads_beside_the_example() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    named = text.replace("# catalogue: services.d", "catalogue: example.d")
    assert named != text
    config = parse(named, TOKENS, EXAMPLE)
    assert config.warnings == ()
    assert config.teams_of("pricing") == ("development",)
    assert config.services["pricing"].checks[0].options.timeout == timedelta(seconds=8)


@settings(max_examples=60)
@given(st.binary(max_size=200) | st.text(alphabet="services:{}[]- \n\tab\"'&*!|>#", max_size=80))
def test_whatever_a_file_holds_it_loads_or_is_refused(content: bytes | str) -> None:
    file = piece("x.yaml", content)
    told: tuple[Problem, ...] = ()
    try:
        parse(MAIN, {}, read=lambda _folder: [file])
    except ConfigError as refused:
        told = refused.problems
        assert told
    assert all(problem.file.endswith("x.yaml") for problem in told)
