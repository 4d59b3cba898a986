"""The tree keeps its promises: documents name what exists, nothing lies around, files are small.

Each rule is a function from text or paths to what is wrong, so that it can be shown to find it.
"""

import ast
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TOP_LEVEL = {
    *(".ci", "bot", "checks", "config", "docs", "tests"),
    *(
        ".gitignore",
        "LICENSE",
        "Makefile",
        "Procfile",
        "README.md",
        "pyproject.toml",
        "requirements.lock",
    ),
}
FILE_LINES = 350
FUNCTION_LINES = 60
YOURS = {"config/midwatch.yaml"}
"""Paths that the documents name and that the reader is to make."""
KNOW_EVERYTHING = {
    "bot.wiring",
    "bot.running",
    "bot.beside",
    "bot.cli",
    "bot.commands",
    "bot.demo_pipeline",
    "bot.doctor",
    "bot.demo",
    "bot.demo_controls",
}

DOCUMENTS = [path for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")] if path.exists()]


def kept_files() -> list[Path]:
    """What is committed, or would be with `git add --all`; all there is in an unpacked archive."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        entries = [entry for entry in ROOT.iterdir() if entry.name not in {".git", ".venv"}]
        return [path for entry in entries for path in [entry, *entry.rglob("*")] if path.is_file()]
    names = sorted(set(filter(None, listed.stdout.split("\0"))))
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def named_paths(text: str) -> set[str]:
    """The paths of this repository that a document names in words or code; `*` may stand in one."""
    tops = "|".join(re.escape(name) for name in sorted(TOP_LEVEL, key=len, reverse=True))
    found = re.findall(rf"(?<![\w/.@-])((?:{tops})(?:/[\w.*-]+)*/?)(?![\w-])", text)
    return {path.rstrip(".") for path in found if "/" in path or "." in path.strip(".")}


def exists(path: str) -> bool:
    """A picture may name a module without its ending: `checks/http`."""
    return any(ROOT.glob(path)) or (ROOT / f"{path}.py").is_file()


def linked_paths(text: str) -> set[str]:
    """The targets of Markdown links and pictures that are files, without `#section`."""
    targets = re.findall(r"\]\(<?([^)\s>]+)", text)
    files = {target.partition("#")[0] for target in targets if "://" not in target}
    return {target for target in files if target and not target.startswith(("mailto:", "/"))}


def machine_paths(text: str) -> list[str]:
    """Paths that exist on somebody's machine only."""
    return re.findall(r"(?<![\w./:~$}-])/(?:root|work|Users/\w+|home/\w+)/[\w.-]+", text)


def hosts(lock: str) -> list[str]:
    return re.findall(r"\S*://\S*|^-.*|.*\b(?:index|find-links)\b.*", lock, re.MULTILINE)


def long_functions(source: str) -> list[str]:
    functions = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    return [f"{name}: {lines}" for name, lines in lengths.items() if lines > FUNCTION_LINES]


def text_of(path: Path) -> str:
    """The text of a file; of a picture or another binary file, nothing."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def own_sources() -> list[Path]:
    """The Python files that the limits hold for: not the tests, not generated migrations."""
    python = [path for path in kept_files() if path.suffix == ".py"]
    return [
        path
        for path in python
        if path.relative_to(ROOT).parts[0] != "tests" and "versions" not in path.parts
    ]


def test_there_is_a_readme_and_documentation() -> None:
    names = {str(path.relative_to(ROOT)) for path in DOCUMENTS}
    assert "README.md" in names
    assert any(name.startswith("docs/") for name in names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    missing = [path for path in named_paths(text) - YOURS if not exists(path)]
    missing += [path for path in linked_paths(text) if not (document.parent / path).exists()]
    assert missing == []


def test_the_top_level_holds_nothing_else() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in kept_files()}
    assert found == TOP_LEVEL


def test_what_an_installation_leaves_in_its_checkout_is_never_committed() -> None:
    left = ["midwatch.db", "midwatch.db-wal", "midwatch.db.lock"]
    left += ["midwatch-journal-0815.jsonl", "build/lib", "midwatch.egg-info/PKG-INFO"]
    patterns = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    kept = [path for path in left if not any(ignores(line, path) for line in patterns)]
    assert kept == []


def ignores(pattern: str, path: str) -> bool:
    """Whether a line of .gitignore that begins at the top covers the path."""
    if pattern.endswith("/"):
        return path.startswith(pattern[1:])
    return pattern.startswith("/") and fnmatch(path, pattern[1:])


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {str(path): machine_paths(text_of(path)) for path in kept_files()}
    assert {path: paths for path, paths in found.items() if paths} == {}


def test_the_lock_names_no_host_and_hashes_everything() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.findall(r"^[a-z0-9].*==.*(?:\n {4}.*)*", lock, re.MULTILINE)
    assert hosts(lock) == []
    assert len(entries) > 50
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[^\w.-]", wish)[0].lower() for wish in asked}
    lock = (ROOT / "requirements.lock").read_text()
    assert names - set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)) == set()


def test_files_and_functions_are_small() -> None:
    sources = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in own_sources()}
    lines = {str(path): len(text.splitlines()) for path, text in sources.items()}
    functions = {str(path): long_functions(text) for path, text in sources.items()}
    assert {path: count for path, count in lines.items() if count > FILE_LINES} == {}
    assert {path: found for path, found in functions.items() if found} == {}


def test_a_contract_speaks_for_every_module() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contracts = [contract for contract in settings["contracts"] if contract["type"] == "only"]
    spoken_for = {name for contract in contracts for name in contract["source_modules"]}
    entries = [path for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or path.is_dir()]
    modules = {f"bot.{path.stem}" for path in entries if not path.stem.startswith("__")}
    assert modules - spoken_for - KNOW_EVERYTHING == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see `bot/engine.py`.", {"bot/engine.py"}),
        ("in checks/http.py, and tests/*.py", {"checks/http.py", "tests/*.py"}),
        ("`bot/sandbox/` listens", {"bot/sandbox/"}),
        ("the [lock](requirements.lock)", {"requirements.lock"}),
        ("ends with docs/glossary.md.", {"docs/glossary.md"}),
        ("POST /hooks/bot/x, a bot, the checks", set()),
        ("https://example.com/docs/a.md", set()),
    ],
)
def test_paths_are_found_in_prose(text: str, found: set[str]) -> None:
    assert named_paths(text) == found


def test_the_rules_find_what_they_forbid() -> None:
    long = "def f():\n" + "    x = 1\n" * FUNCTION_LINES
    at_home = "/".join(["", "home", "ana", "midwatch"])
    assert long_functions(long) == ["f: 61"]
    assert long_functions("def f():\n    return 1\n") == []
    assert machine_paths(f"cd {at_home}") == [at_home]
    assert machine_paths("GET /api/{0}/x and ~/{0}/x and https://h/root/x".format("work")) == []
    assert hosts("--index-url x\na==1 @ https://h/a.whl\n") != []
    assert linked_paths("![a](docs/a.png) [b](https://h/b) [c](#c) [d](d.md#e)") == {
        "docs/a.png",
        "d.md",
    }
