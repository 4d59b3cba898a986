"""The audit log's own news: its head goes where no database owner can change it; it was changed."""

from bot.core.audit import Head
from bot.core.audit_events import ChainBroken, HeadAnchored
from bot.core.draft import Draft
from bot.core.wording import audit as say


def head_anchored(draft: Draft, event: HeadAnchored) -> None:
    """Post it once a day: whoever rewrites the log cannot rewrite what people have read."""
    head = Head(event.number, event.hash)
    text = say.anchored(head)
    if event.channel is not None:
        draft.post(event.channel, text)
    facts = (("number", str(head.number)), ("hash", head.hash), ("channel", event.channel or ""))
    draft.note("audit_anchored", "midwatch", text, facts=facts)


def chain_broken(draft: Draft, event: ChainBroken) -> None:
    """Somebody changed the log by other ways than ours: the incidents' channel hears of it."""
    text = say.broken(event)
    draft.post("incidents", text)
    draft.note("audit_broken", "midwatch", text, facts=(("number", str(event.number)),))
