"""What every test may ask for, and what every test is kept from.

`postgres_url`, `postgres_database` and `chromium_path` are real programs. Where the machine has
none, a test that asks is skipped with the reason; with MIDWATCH_REQUIRE=all (as .ci/run sets it)
it fails, and so does every other skip.
"""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import configuration, settings

from tests.house.machine import (
    MissingError,
    find_chromium,
    find_postgres,
    fresh_databases,
    running_postgres,
)

CACHE = Path(__file__).resolve().parent.parent / ".venv" / ".cache"

# The whole suite answers to the same environment on every machine: no proxy between a test and
# its loopback server, no account of the person who runs it.
PRIVATE = ("DATABASE_URL", "PUBLIC_URL", "PORT", "SLACK_", "TWILIO_", "GITHUB_", "GITLAB_")
KNOBS = ("MIDWATCH_REQUIRE", "MIDWATCH_CHAOS_ROUNDS", "MIDWATCH_CHAOS_SEED")
"""What the tests themselves are told."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def keep_out_the_environment() -> None:
    for name in list(os.environ):
        ours = name.startswith("MIDWATCH_") and name not in KNOBS
        if ours or name.startswith(PRIVATE) or name.lower() in PROXIES:
            del os.environ[name]
    if not os.environ.get("HOME"):
        home = CACHE / "home"
        home.mkdir(parents=True, exist_ok=True)
        os.environ["HOME"] = str(home)


def keep_the_log_off_stdout() -> None:
    """A bot in this process logs as `midwatch run` does, apart from what a command prints."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


keep_out_the_environment()
keep_the_log_off_stdout()
configuration.set_hypothesis_home_dir(CACHE / "hypothesis")
# No deadline: the machine may be busy. Where a change must land, the same examples every time.
settings.register_profile("midwatch", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("midwatch")


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: Python need not look for garbage in it."""
    gc.freeze()


def everything_is_required() -> bool:
    return os.environ.get("MIDWATCH_REQUIRE") == "all"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that is skipped proves nothing: where everything is required it has failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and everything_is_required():
        report.outcome = "failed"
        report.longrepr = f"skipped, where MIDWATCH_REQUIRE=all: {report.longreprtext}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself."""
    report = yield
    if report.skipped and everything_is_required():
        report.outcome = "failed"
        report.longrepr = f"skipped, where MIDWATCH_REQUIRE=all: {report.longreprtext}"
    return report


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server of this test process: `postgresql://…/postgres`, as its owner."""
    try:
        programs = find_postgres()
    except MissingError as missing:
        pytest.skip(str(missing))
    with running_postgres(programs) as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Call it for the URL of a new, empty database; dropped after the test."""
    with fresh_databases(postgres_url) as make:
        yield make


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of a Chromium. As root it needs `--no-sandbox`."""
    try:
        return find_chromium()
    except MissingError as missing:
        pytest.skip(str(missing))
