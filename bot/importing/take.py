"""The whole import: read, check, write. Used by the command and by the demo alike."""

from datetime import datetime
from typing import BinaryIO

from bot.core.effects import Entry
from bot.core.policy import Policy
from bot.core.wording import history as say
from bot.importing.lines import read
from bot.importing.plan import Plan, Progress, plan
from bot.importing.write import PAUSE_SECONDS, Writer
from bot.ports.history import History


async def take(
    stream: BinaryIO,
    history: History,
    policy: Policy,
    now: datetime,
    *,
    by: str,
    name: str,
    dry_run: bool = False,
    progress: Progress | None = None,
    pause_seconds: float = PAUSE_SECONDS,
) -> Plan:
    """Import these lines; `by` and `name` (the file's) go into the audit log.

    With a problem in any line nothing is written. Raises StoreUnavailable: what was written by
    then is known when the same file is imported again.
    """
    found = await plan(read(stream, policy, now), history, policy)
    if not (found.problems or dry_run):
        entry = _entry(found, by, name, now)
        writer = Writer(
            found, history, policy, entry, progress=progress, pause_seconds=pause_seconds
        )
        await writer.write()
    return found


def _entry(found: Plan, by: str, name: str, now: datetime) -> Entry:
    parts = (found.deployments, found.incidents)
    deployments, incidents = (len(it.new) + len(it.changed) for it in parts)
    changed = sum(len(it.changed) for it in parts)
    facts = (
        ("file", name),
        ("sha256", found.digest),
        ("deployments", str(deployments)),
        ("incidents", str(incidents)),
        ("changed", str(changed)),
    )
    text = say.imported(deployments, incidents, changed, name)
    return Entry(now, "imported", by, text, facts=facts)
