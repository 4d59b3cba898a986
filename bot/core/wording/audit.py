"""What the audit log says of itself."""

from bot.core.audit import Head
from bot.core.audit_events import ChainBroken
from bot.core.wording.words import escape

VERIFY = "midwatch audit verify"


def anchored(head: Head) -> str:
    """The daily witness, in Slack: all that `audit verify` needs."""
    rows = "1 row" if head.number == 1 else f"{head.number:,} rows"
    return f"Audit log: {rows}. To check later that they are the same: `{VERIFY} --head {head}`"


def broken(event: ChainBroken) -> str:
    """It was changed behind Midwatch's back."""
    return (
        f"The audit log was changed outside of Midwatch: row {event.number} {escape(event.why)}. "
        f"`{VERIFY}` says the same; find out who can write to the database."
    )
