"""Make .venv fit to run Midwatch (`run`) or to test it (`test`). Called by .ci/setup.

Only the standard library is at hand here. The steps:

1. Nothing to do when the stamp of a finished set-up is still true.
2. Make .venv, or make it anew when an earlier set-up was cut short in it.
3. Install what requirements.lock says with pip, every file checked against its hash.
4. Put this checkout, and the `midwatch` command, into .venv.
5. For tests: Chromium and PostgreSQL from Debian, where we may install them.
6. Write the stamp, last of all, so that only a finished set-up has one.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from link import is_linked, link
from system import apt_install, test_packages

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / ".unfinished"
LOCK = ROOT / "requirements.lock"
TESTS_HEADING = "# -- tests and tools --"


class SetupError(Exception):
    """Set-up cannot go on; the text tells the reader what to type."""


def say(text: str) -> None:
    print(f"midwatch: {text}", flush=True)


def main(level: str) -> None:
    with one_at_a_time():
        if not is_fresh(level):
            set_up(level)
        if level == "test":
            add_system_packages()


def one_at_a_time() -> TextIO:
    """Wait for another set-up of this checkout; the operating system lets go when we end."""
    lock = (ROOT / "Makefile").open()
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another set-up is at work here, waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def is_fresh(level: str) -> bool:
    """Whether a set-up for this, or for more, was finished with today's lock, Python and place."""
    if UNFINISHED.exists() or not VENV_PYTHON.exists() or not is_wanted_python():
        return False
    name = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["name"]
    stamped = any(read(stamp_path(done)) == key(done) for done in {level, "test"})
    return stamped and is_linked(VENV, name)


def stamp_path(level: str) -> Path:
    return VENV / f".set-up-for-{level}"


def key(level: str) -> str:
    """Changes when the lock, the set-up itself, the Python or the place of the checkout does."""
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    parts = [venv_version(), str(ROOT), requirements(level), repr(project)]
    parts += [read(path) for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def requirements(level: str) -> str:
    """The part of the lock that this level needs: running comes first in the file, tests after."""
    text = read(LOCK)
    return text if level == "test" else text.partition(TESTS_HEADING)[0]


def venv_version() -> str:
    lines = read(VENV / "pyvenv.cfg").splitlines()
    versions = (line.partition("=")[2].strip() for line in lines if line.startswith("version"))
    return next(versions, "")


def is_wanted_python() -> bool:
    """Keep the Python that .venv has, unless the caller chose another one by name."""
    have = re.match(r"(\d+)\.(\d+)\.(\d+)", venv_version())
    version = tuple(map(int, have.groups())) if have else (0, 0, 0)
    if "MIDWATCH_PYTHON_CHOSEN" in os.environ:
        return version == sys.version_info[:3]
    return version >= (3, 11)


def set_up(level: str) -> None:
    if UNFINISHED.exists() or not VENV_PYTHON.exists() or not is_wanted_python():
        shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    (VENV / ".gitignore").write_text("*\n")
    (VENV / ".cache").mkdir(exist_ok=True)
    pip = make_venv()
    install(level, pip)
    link(ROOT, VENV)
    for done in {level, "run"}:
        stamp_path(done).write_text(key(done), encoding="utf-8")
    UNFINISHED.unlink()


def make_venv() -> list[str]:
    """Make .venv unless it is there; give the command that starts a pip working on it."""
    if not VENV_PYTHON.exists():
        say(f"making .venv with Python {sys.version.split()[0]}")
        if not has("ensurepip"):
            apt_install([f"python3.{sys.version_info.minor}-venv"], say)
            invalidate_caches()
        try:
            # The venv module of a Debian without python3-venv still makes one that has no pip.
            venv.EnvBuilder(symlinks=True, with_pip=has("ensurepip")).create(VENV)
        except (subprocess.CalledProcessError, SystemExit) as error:
            raise SetupError(f"{sys.executable} could not make .venv: {error}") from error
    if any(VENV.glob("lib/python3*/site-packages/pip/__main__.py")):
        return [str(VENV_PYTHON), "-m", "pip"]
    if has("pip"):
        return [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON)]
    raise SetupError(
        f"{sys.executable} can make no virtual environment: it has neither ensurepip nor pip.\n"
        "As root, type: apt-get update && apt-get install python3-venv\n"
        "and then the same make command again."
    )


def has(module: str) -> bool:
    """Whether this Python has a module; a folder that a removed package left behind is none."""
    spec = find_spec(module)
    return spec is not None and spec.origin is not None


def install(level: str, pip: list[str]) -> None:
    wanted = VENV / ".cache" / "requirements.txt"
    wanted.write_text(requirements(level), encoding="utf-8")
    count = sum("==" in line for line in requirements(level).splitlines())
    say(f"installing {count} packages into .venv, this once")
    options = ["--quiet", "--require-hashes", "--no-deps", "--no-compile"]
    command = [*pip, "install", *options, "--requirement", str(wanted)]
    if subprocess.run(command, env=pip_environment(), cwd=ROOT).returncode:
        # pip fetches and checks everything before it changes anything: .venv is as it was.
        UNFINISHED.unlink()
        raise SetupError(
            "pip could not install the packages; its own words are above.\n"
            "Without a way to the package index (no network, or a proxy is needed) set what pip\n"
            "reads, for example HTTPS_PROXY or PIP_INDEX_URL, and type the same make command again."
        )


def pip_environment() -> dict[str, str]:
    """The caller's environment (proxy, index, certificates), less what would mislead pip."""
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"}
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX"):
        env.pop(name, None)
    if not env.get("HOME"):
        # pip would make its cache in a folder named "~" or at the root of the disk.
        env["HOME"] = str(VENV / ".cache" / "home")
    return env


def add_system_packages() -> None:
    """Best effort: what is still missing afterwards, the tests that need it say by name."""
    missing = test_packages()
    if missing:
        apt_install(missing, say)


if __name__ == "__main__":
    if sys.argv[1:] not in (["run"], ["test"]):
        sys.exit("usage: .ci/setup run|test")
    try:
        main(sys.argv[1])
    except SetupError as trouble:
        sys.exit(f"midwatch: {trouble}")
    except KeyboardInterrupt:
        sys.exit("\nmidwatch: set-up was interrupted; the next make begins it anew")
