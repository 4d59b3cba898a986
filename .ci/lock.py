"""Write requirements.lock anew from pyproject.toml: `make lock`, or `make lock ARGS=--upgrade`.

One file holds every version and hash for every system and Python (>= 3.11) and names no host, so
that plain pip installs it from whatever index the machine uses. What Midwatch needs to run, and
to be built, stands first; `make demo` stops reading at the second heading.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from setup import LOCK, ROOT, TESTS_HEADING, VENV, pip_environment

UV = "uv==0.13.9"
HEADER = """\
# Made from pyproject.toml by `make lock`: do not edit by hand.
# pip install --require-hashes -r requirements.lock
# -- to run and build --
"""


def main(arguments: list[str]) -> None:
    uv = find_uv()
    # uv keeps the versions that it finds in its output file, unless it is told to upgrade.
    everything = compile_lock(uv, ["--group", "dev", *arguments], LOCK.read_text())
    to_run = compile_lock(uv, [], everything)
    with_backend = {*names(to_run), "setuptools"}
    blocks = split(everything)
    first = [text for name, text in blocks if name in with_backend]
    second = [text for name, text in blocks if name not in with_backend]
    LOCK.write_text("".join([HEADER, *first, TESTS_HEADING + "\n", *second]))
    print(f"requirements.lock: {len(first)} packages to run, {len(second)} more to test")


def find_uv() -> str:
    """A uv on the path will do; else a fixed version is put under .venv."""
    home = VENV / ".cache" / "uv"
    found = shutil.which("uv", path=f"{VENV}/bin:{home}/bin:{os.environ.get('PATH', '')}")
    if found:
        return found
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(home), UV]
    subprocess.run(pip, check=True, env=pip_environment())
    return str(home / "bin" / "uv")


def compile_lock(uv: str, arguments: list[str], pinned: str) -> str:
    """All versions and hashes that pyproject.toml asks for, preferring those already pinned."""
    # Like pip, trust what this machine trusts (newer and older uv name it differently).
    env = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    if "PIP_INDEX_URL" in env:
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    quiet = ["--quiet", "--no-header", "--no-annotate", "--no-emit-index-url"]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "lock"
        output.write_text(pinned)
        command = [uv, "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes"]
        command += ["--python-version", "3.11", "--output-file", str(output), *quiet, *arguments]
        if subprocess.run(command, cwd=ROOT, env=env).returncode:
            sys.exit("requirements.lock is as it was: uv found no answer; its words are above")
        return output.read_text()


def split(lock: str) -> list[tuple[str, str]]:
    """(name, its lines) for each package of a lock."""
    blocks = re.findall(r"^[a-z0-9].*\n(?:[ \t]+.*\n)*", lock, re.MULTILINE)
    return [(re.split(r"[=\[ ]", block, maxsplit=1)[0], block) for block in blocks]


def names(lock: str) -> set[str]:
    return {name for name, _ in split(lock)}


if __name__ == "__main__":
    main(sys.argv[1:])
