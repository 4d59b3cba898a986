"""What the tests use and PyPI does not have, from Debian: browser, database, counterparts."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

PROGRAMS = {
    "prometheus-alertmanager": "prometheus-alertmanager",
    "/usr/lib/nagios/plugins/check_dummy": "monitoring-plugins-basic",
    "dnsmasq": "dnsmasq-base",
}
"""Real counterparts of what Midwatch talks to, and Debian's packages of them."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def test_packages() -> list[str]:
    """Debian's names of what is not on this machine. Browsers draw no text without a font."""
    missing: list[str] = []
    if not any(map(shutil.which, CHROMIUM)):
        missing += ["chromium", "fonts-dejavu-core", "fonts-noto-color-emoji"]
    if not shutil.which("initdb") and not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        missing += ["postgresql"]
    missing += [package for program, package in PROGRAMS.items() if not _there(program)]
    return missing


def _there(program: str) -> bool:
    # Servers lie in sbin, which is not on everybody's path.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    return shutil.which(program, path=path) is not None


def apt_install(packages: list[str], say: Callable[[str], None]) -> bool:
    """Install Debian packages if this is a Debian and we are root; say so, and what went wrong.

    A machine whose package lists are empty or old gets one `apt-get update` and a second try.
    """
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"not on this machine: {names} (as root on Debian this would install them)")
        return False
    say(f"installing from Debian: {names}")
    install = ["install", "-y", "-qq", "--no-install-recommends", *packages]
    if apt_get(install).returncode == 0:
        return True
    apt_get(["update", "-qq"])
    result = apt_get(install)
    if result.returncode:
        say(f"apt-get could not install {names}: " + " ".join(result.stdout.split("\n")[-5:]))
    return result.returncode == 0


def apt_get(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run apt-get unattended, waiting up to two minutes for another one's lock."""
    return subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=120", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
