"""Small configurations and environments that tests begin with."""

from pathlib import Path

from config import Config, ConfigError, Problem, parse

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "example.yaml"
BAD = Path(__file__).parent / "bad"

PEOPLE = """
people:
  ana: {name: Ana, phone: "+15005550101", slack: U0ANA, github: Ana-Dev, email: ana@example.com}
  bo: {name: Bo, phone: "+1 500 555-0102", slack: U0BO}
  mia: {phone: "+15005550103"}
"""
TEAMS = """
teams:
  it: {name: IT, members: [ana]}
  development: {members: [bo]}
"""
SMALL = PEOPLE + TEAMS + 'canaries: ["tcp://1.1.1.1:443"]\nslack: {incidents: "#incidents"}\n'

TOKENS = {
    "HOOK_TOKEN_CI": "c9fj3k2l1xq8wz0a",
    "HOOK_TOKEN_CRON": "9dk3jd83jdk39dka",
    "HOOK_TOKEN_PROMETHEUS": "l3k4j5h6g7f8d9s0",
}


def good(text: str, env: dict[str, str] | None = None) -> Config:
    """The Config of a text that is expected to be fine."""
    return parse(text, env or {})


def problems(text: str | bytes, env: dict[str, str] | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong with a text; none when it loads."""
    try:
        parse(text, env or {})
    except ConfigError as error:
        return error.problems
    return ()


def whats(found: tuple[Problem, ...]) -> list[str]:
    """Problems as `where: what`."""
    return [f"{problem.where}: {problem.what}" for problem in found]
