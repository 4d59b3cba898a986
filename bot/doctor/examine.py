"""Every look at once, and what they found, part by part."""

from collections.abc import Iterator

from bot.doctor import (
    addresses,
    clocks,
    database,
    github,
    gitlab,
    mail,
    probes,
    rotas,
    senders,
    sign_off,
    slack,
    sources,
    twilio,
    webhooks,
)
from bot.doctor.finding import Finding, fail, off, ok, warn
from bot.doctor.look import Look, look_at_all
from bot.ports import Clock
from config import Config, ConfigError
from config.complaints import spell
from config.doubts import starting_later
from config.variables import TOKEN_PREFIX


def broken(error: ConfigError) -> list[Finding]:
    """A configuration that cannot be used: nothing else can be looked at."""
    return [
        fail("configuration", str(problem).removesuffix(f" ({problem.mend})"), problem.mend)
        for problem in error.problems
    ]


async def examine(config: Config, clock: Clock) -> list[Finding]:
    """Every finding, part by part. Takes as long as the slowest look: seconds, never minutes."""
    settings = config.settings
    seen = await look_at_all(
        [
            Look("database", lambda: database.look(config, clock)),
            Look("PUBLIC_URL", lambda: addresses.public_url(config)),
            Look("Twilio", lambda: twilio.look(settings)),
            Look("Slack", lambda: slack.look(config)),
            Look("e-mail", lambda: mail.look(settings)),
            Look("webhooks", lambda: webhooks.look(config)),
            Look("GitHub", lambda: github.look(config)),
            Look("GitLab", lambda: gitlab.look(config)),
            Look("people", lambda: addresses.people(config)),
            Look("canaries", lambda: addresses.canaries(config, clock)),
            Look("checks", lambda: probes.obstacles(config)),
        ]
    )
    found = [finding for one in seen for finding in one.findings]
    heard = [clock_ for one in seen for clock_ in one.heard]
    known, now = next((one.known for one in seen if one.known), None), clock.now()
    return [
        *_configuration(config, clock),
        *found,
        *sources.look(config, known, now),
        *senders.look(config, known, now),
        *probes.look(config, known, now),
        *rotas.look(config, known, now),
        *sign_off.look(config),
        *clocks.compared(heard),
        *_missing(config),
    ]


def _configuration(config: Config, clock: Clock) -> Iterator[Finding]:
    yield ok("configuration", f"{config.described} is fine")
    for problem in config.warnings:
        what = str(problem).removesuffix(f" ({problem.mend})")
        yield warn("configuration", what, problem.mend)
    for path, what, mend in starting_later(config, clock.now()):
        yield warn("configuration", f"{spell(path)}: {what}", mend)


def _missing(config: Config) -> Iterator[Finding]:
    """What no other part tells."""
    told = sources.wants(config)
    for one in config.missing():
        if one.variable.startswith(TOKEN_PREFIX) or one.variable in told:
            continue
        yield off(one.variable, f"not set, so this is off: {one.off}", one.means)
