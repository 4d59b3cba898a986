"""The rotas of the coming week: hours that nobody covers, duties that no phone would ring for."""

from collections.abc import Iterator
from datetime import datetime

from bot.beside import switched_on
from bot.core.holes import holes
from bot.core.overrides import with_overrides
from bot.core.wording import week_ahead as say
from bot.doctor.finding import Finding, ok, warn
from bot.doctor.known import Known
from bot.from_config import policy_of
from config import Config

PART = "on call"


def look(config: Config, known: Known | None, now: datetime) -> Iterator[Finding]:
    """With the overrides and the marked phones, as far as the database could be asked."""
    settings = config.settings
    policy = policy_of(config, switched_on(settings), settings.public_url or "", now)
    if known is not None:
        policy = with_overrides(policy, known.overrides)
    if all(team.rota is None for team in policy.teams.values()):
        return
    found = holes(policy, known.unusable if known else {}, now)
    if not found:
        yield ok(PART, "every rota has somebody with a phone in the coming 7 days")
        return
    for line in say.plain(found, policy, policy.timezone, now):
        yield warn(PART, line, say.mend(found, policy, policy.timezone))
