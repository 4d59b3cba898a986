"""Put a checkout into its .venv, so that edits act at once and nothing is left in the checkout.

pip's own editable install needs a build tool and leaves an egg-info folder beside the code. What
it comes down to is four small files, which are written here: a .pth file that puts the checkout
on Python's path, the metadata and the record that `pip list` and `pip uninstall` read, and the
command itself.
"""

import csv
import shutil
import tomllib
from pathlib import Path

LAUNCHER = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
# The two lines above are one shell command and one Python string: a #! line cannot hold a path
# with a space in it.
import sys

from {module} import {function}

sys.exit({function}())
"""

# Bytecode goes to .venv too: the second line is one that Python runs when it starts.
PTH = """\
{root}
import sys; sys.pycache_prefix = sys.pycache_prefix or {pycache!r}
"""
INSTALLER = "make\n"
"""What pip, too, would say of itself there."""


def link(root: Path, venv: Path) -> None:
    """Write the four files for the project at `root`, in place of any earlier ones."""
    with (root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    packages = next(venv.glob("lib/python3*/site-packages"))
    unlink_earlier(packages, project["name"])
    files = {
        packages / "midwatch.pth": PTH.format(root=root, pycache=str(venv / ".cache" / "pycache")),
        **metadata(project, packages),
        **{venv / "bin" / name: launcher(venv, at) for name, at in project["scripts"].items()},
    }
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in project["scripts"]:
        (venv / "bin" / name).chmod(0o755)


def metadata(project: dict[str, str], packages: Path) -> dict[Path, str]:
    """The .dist-info folder; its record names every file that `link` writes."""
    name, version = project["name"], project["version"]
    folder = packages / f"{name}-{version}.dist-info"
    scripts = [f"../../../bin/{script}" for script in project["scripts"]]
    parts = [f"{folder.name}/{part}" for part in ("METADATA", "INSTALLER", "RECORD")]
    return {
        folder / "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        folder / "INSTALLER": INSTALLER,
        folder / "RECORD": "".join(f"{file},,\n" for file in ["midwatch.pth", *parts, *scripts]),
    }


def launcher(venv: Path, entry_point: str) -> str:
    module, _, function = entry_point.partition(":")
    return LAUNCHER.format(python=venv / "bin" / "python", module=module, function=function)


def is_linked(venv: Path, name: str) -> bool:
    """Whether the project in .venv is the checkout, and nothing that `pip install` put over it."""
    found = list(venv.glob(f"lib/python3*/site-packages/{name}-*.dist-info"))
    return len(found) == 1 and is_ours(found[0])


def is_ours(folder: Path) -> bool:
    installer = folder / "INSTALLER"
    return installer.exists() and installer.read_text(encoding="utf-8") == INSTALLER


def unlink_earlier(packages: Path, name: str) -> None:
    """A copy or an editable install made by hand would go on shadowing the checkout."""
    for folder in packages.glob(f"{name}-*.dist-info"):
        with (folder / "RECORD").open(encoding="utf-8", newline="") as record:
            tops = {Path(row[0]).parts[0] for row in csv.reader(record) if row} - {".."}
        for path in (packages / top for top in tops if top != folder.name):
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
        shutil.rmtree(folder)
