"""Every sender of the file: has it a token, what may it do, when was it last heard of. Pure."""

from collections.abc import Iterator
from datetime import datetime

from bot.core.age import age
from bot.core.wording.words import and_list
from bot.doctor.finding import Finding, named, off, ok, warn
from bot.doctor.known import Known
from bot.hook import sender_called
from bot.sources import hooks
from config import Config
from config.references import token_variable

PART = "senders"


def look(config: Config, known: Known | None, now: datetime) -> list[Finding]:
    """Everything about senders. `known` None: the database could not be asked."""
    tokens = config.settings.hook_tokens
    without = [sender for sender in config.senders if sender not in tokens]
    found = [_sender(sender, config, known, now) for sender in config.senders if sender in tokens]
    return [*found, *_not_let_in(without)]


def _not_let_in(senders: list[str]) -> Iterator[Finding]:
    if senders:
        variables = named(token_variable(sender) for sender in senders)
        what = f"{named(senders)}: not let in without {variables}"
        yield off(
            PART, what, "set a token here (`openssl rand -hex 24`), and give it to the sender"
        )


def _sender(sender: str, config: Config, known: Known | None, now: datetime) -> Finding:
    rights = config.senders[sender]
    may = f"{sender} (may send {and_list(list(rights))})"
    if not set(rights) & set(hooks()):
        return warn(PART, f"{may}: this version has no such hook", "give it another right")
    if known is None:
        return ok(PART, f"{may}: its token is set")
    status = known.sources.get(sender_called(sender))
    if status is None or status.seen_at is None:
        mend = f"give it the token of {token_variable(sender)}, and let it send something"
        return warn(PART, f"{may}: never heard of", mend)
    return ok(PART, f"{may}: heard of {age(now - status.seen_at)} ago")
