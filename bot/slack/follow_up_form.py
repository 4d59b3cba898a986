"""The form of the joint follow-up: what will keep it from happening again? Pure.

Limits: 3000 characters in a field and as many kept with the form, 24 in its title, 75 in an
option. Source: Slack docs, "Modals" and "Block Kit reference".
"""

import json
from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.core.events import Actor, FollowUpAnswered
from bot.core.follow_up import CUSTOMERS_AT_MOST, TEXT_AT_MOST, FollowUp
from bot.core.following_up import may_answer, why_not
from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.wording import follow_ups as say
from bot.core.wording import private
from bot.core.wording.outside import one_line
from bot.slack.payloads import Submission

CALLBACK = "follow_up"
TEAM, TEXT, CUSTOMERS = "team", "text", "customers"
TEAMS_AT_MOST = 100
"""Options that a menu of Slack's takes."""


def form(incident: Incident, person: str | None, policy: Policy) -> View:
    """For one of the person's teams that were asked, or with the reason why there is none."""
    mine = may_answer(incident, person or "", policy)
    title = PlainTextObject(text=f"Follow-up of #{incident.number}"[:24])
    if not mine:
        words = _nothing_to_answer(incident, person, policy)
        close = PlainTextObject(text="Close")
        return View(type="modal", title=title, close=close, blocks=[SectionBlock(text=words)])
    kept = {"n": incident.number, "t": mine[0] if len(mine) == 1 else None}
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=title,
        submit=PlainTextObject(text="Answer"),
        close=PlainTextObject(text="Cancel"),
        private_metadata=json.dumps(kept, separators=(",", ":")),
        blocks=_blocks(incident, mine, policy),
    )


def event_of(submission: Submission, actor: Actor, at: datetime) -> FollowUpAnswered | None:
    """What was written; None when the form is not ours."""
    try:
        kept = json.loads(submission.private)
        number, team = int(kept["n"]), kept["t"]
    except (ValueError, KeyError, TypeError):
        return None
    chosen = submission.values.get(TEAM) or team
    return FollowUpAnswered(
        number=number,
        text=submission.values.get(TEXT, ""),
        actor=actor,
        at=at,
        team=str(chosen) if chosen else None,
        customers=submission.values.get(CUSTOMERS, ""),
    )


def _nothing_to_answer(incident: Incident, person: str | None, policy: Policy) -> str:
    asked = FollowUpAnswered(incident.number, "-", Actor(person, "slack"), incident.began_at)
    return why_not(asked, incident, policy) or private.stranger()


def _blocks(incident: Incident, mine: Sequence[str], policy: Policy) -> list[Block]:
    """With what the team said before, so that it can be changed."""
    known = {it.team: it for it in incident.follow_ups}
    before = known[mine[0]] if len(mine) == 1 else FollowUp("", incident.began_at)
    whose = f" ({policy.team_name(mine[0])})" if len(mine) == 1 else ""
    text = PlainTextInputElement(
        action_id=TEXT,
        multiline=True,
        max_length=TEXT_AT_MOST,
        initial_value=before.text[:TEXT_AT_MOST] or None,
    )
    customers = PlainTextInputElement(
        action_id=CUSTOMERS,
        multiline=True,
        max_length=CUSTOMERS_AT_MOST,
        initial_value=before.customers[:CUSTOMERS_AT_MOST] or None,
    )
    return [
        *([_teams(mine, policy)] if len(mine) > 1 else []),
        InputBlock(
            block_id=TEXT,
            label=PlainTextObject(text=one_line(f"{say.QUESTION}{whose}", 200), emoji=False),
            element=text,
        ),
        InputBlock(
            block_id=CUSTOMERS,
            optional=True,
            label=PlainTextObject(text=say.CUSTOMERS),
            element=customers,
        ),
    ]


def _teams(mine: Sequence[str], policy: Policy) -> InputBlock:
    options = [
        Option(
            text=PlainTextObject(text=one_line(policy.team_name(team), 75), emoji=False),
            value=team,
        )
        for team in mine[:TEAMS_AT_MOST]
    ]
    return InputBlock(
        block_id=TEAM,
        label=PlainTextObject(text="For which team?"),
        element=StaticSelectElement(action_id=TEAM, options=options),
    )
