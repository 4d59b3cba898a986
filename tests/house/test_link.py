"""Set-up puts the checkout into .venv, whatever `pip install .` put there before."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def link() -> ModuleType:
    """The script of set-up, which is in no package."""
    spec = importlib.util.spec_from_file_location("link", ROOT / ".ci" / "link.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The packages of an empty virtual environment."""
    folder = tmp_path / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    folder.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    return folder


def installed_by_pip(packages: Path, *files: str) -> None:
    folder = packages / "midwatch-0.0.9.dist-info"
    for name in [f"{folder.name}/METADATA", *files]:
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("# an older one\n")
    record = "".join(f"{name},sha256=x,9\n" for name in ["../../../bin/midwatch", *files])
    (folder / "RECORD").write_text(record + f"{folder.name}/RECORD,,\n")
    (folder / "INSTALLER").write_text("pip\n")


@pytest.mark.parametrize(
    "files",
    [("bot/__init__.py", "bot/web/app.py", "config/__init__.py"), ("__editable__.midwatch.pth",)],
    ids=["a copy", "an editable install"],
)
def test_what_pip_installed_gives_way_to_the_checkout(
    link: ModuleType, packages: Path, tmp_path: Path, files: tuple[str, ...]
) -> None:
    installed_by_pip(packages, *files)
    (packages / "rich").mkdir()
    assert not link.is_linked(tmp_path, "midwatch"), "set-up would leave it as it is"
    link.link(ROOT, tmp_path)
    assert link.is_linked(tmp_path, "midwatch")
    left = sorted(path.name for path in packages.iterdir())
    assert [name.partition("-")[0] for name in left] == ["midwatch", "midwatch.pth", "rich"]
    assert str(ROOT) in (packages / "midwatch.pth").read_text()


def test_linking_twice_changes_nothing(link: ModuleType, packages: Path, tmp_path: Path) -> None:
    link.link(ROOT, tmp_path)
    first = sorted(packages.rglob("*"))
    link.link(ROOT, tmp_path)
    assert sorted(packages.rglob("*")) == first
    assert link.is_linked(tmp_path, "midwatch")
