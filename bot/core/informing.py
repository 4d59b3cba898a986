"""What only informs one person: by Slack, else by text within its budget, else by e-mail."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core import recipients
from bot.core.draft import Draft
from bot.core.page import Page, PageState, Urgency
from bot.core.quiet_hours import quiet_until
from bot.core.segments import ONE_SEGMENT, Fact, fit

QUIETLY = ("slack", "sms", "email")
BY_TEXT = ("sms", "slack", "email")
DUTY, HANDOVER = "duty", "handover"
"""Reasons of such pages. Their keys end in the channels that were tried: `duty-…-ana.slack.sms`."""
LONGEST = 1000
"""Characters where there is room for every fact."""


def inform(
    draft: Draft,
    key: str,
    person: str,
    team: str,
    facts: Sequence[Fact],
    *,
    reason: str = DUTY,
    incident: int = 0,
    order: Sequence[str] = QUIETLY,
) -> bool:
    """Tell somebody by the first of their channels in `order`, never by a call; False: by none.

    In their quiet hours Slack comes first: a text would wait for the end of them.
    """
    known = draft.policy.people.get(person)
    if known is None:
        return False
    if quiet_until(known, draft.now) is not None:
        order = QUIETLY
    usable = recipients.channels_of(known, draft.unusable)
    channel = next((name for name in order if name in usable), None)
    if channel is None:
        return False
    if channel != "sms":
        facts = [fact for fact in facts if not fact.by_text]
    text = fit(facts, ONE_SEGMENT if channel == "sms" else LONGEST)
    draft.put_page(
        Page(
            key=f"{key}-{person}.{channel}",
            incident=incident,
            person=person,
            team=team,
            channel=channel,
            urgency=Urgency.INFO,
            reason=reason,
            text=text,
            line=text,
            created_at=draft.now,
            due_at=draft.now,
            state_at=draft.now,
        )
    )
    return True


def inform_of(
    draft: Draft, number: int, key: str, person: str, team: str, facts: Sequence[Fact]
) -> bool:
    """The same about an outage that may become theirs: by text, so that they can reply."""
    return inform(draft, key, person, team, facts, reason=HANDOVER, incident=number, order=BY_TEXT)


def inform_otherwise(draft: Draft, page: Page) -> None:
    """It did not arrive: the same words by a channel of the person that was not tried yet."""
    known = draft.policy.people.get(page.person)
    if known is None or page.fell_back:
        return
    draft.change_page(page, fell_back=True)
    tried = page.key.split(".")[1:]
    usable = recipients.channels_of(known, draft.unusable)
    channel = next((it for it in QUIETLY if it in usable and it not in tried), None)
    if channel is not None:
        draft.put_page(
            replace(
                page,
                key=f"{page.key}.{channel}",
                channel=channel,
                created_at=draft.now,
                due_at=draft.now,
                state_at=draft.now,
                state=PageState.QUEUED,
                sent_at=None,
                receipt_due_at=None,
                provider_id=None,
                error=None,
                silent=False,
            )
        )
