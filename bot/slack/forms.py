"""The form behind "Another one": which deployment was it? Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import (
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.core.deployment import Deployment
from bot.core.events import Actor, CauseDecided
from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.wording.answers import deployment_choice
from bot.core.wording.outside import one_line
from bot.slack.payloads import Submission

CALLBACK = "cause"
DEPLOYMENT, NOTE = "deployment", "note"
CHOICES_AT_MOST = 40
PRIVATE_AT_MOST = 2900
"""Slack keeps 3000 characters with a form."""
NOTE_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form came back with; `deployment` None: nothing was chosen."""

    number: int
    deployment: str | None
    note: str


def linked_services(incident: Incident, policy: Policy) -> list[str]:
    """The incident's services and what they depend on, each once."""
    names: dict[str, None] = {part.service: None for part in incident.services}
    for part in incident.services:
        service = policy.services.get(part.service)
        names.update(dict.fromkeys(service.depends_on if service else ()))
    return list(names)


def another_one(incident: Incident, deployments: Iterable[Deployment], now: datetime) -> View:
    """The form. Deployments that began after the outage are left out: they cannot be its cause."""
    fitting = [
        item
        for item in deployments
        if (item.started_at or item.ended_at or item.reported_at) <= incident.began_at
    ]
    candidates = [candidate.deployment for candidate in incident.link.candidates]
    chosen = _fitting({item.id: item for item in [*candidates, *fitting]}, incident.number)
    title = PlainTextObject(text=f"Cause of #{incident.number}"[:24])
    if not chosen:
        words = "No deployment is known that began before this outage. "
        words += "`/midwatch deployed SERVICE what` notes one that was made by hand."
        close = PlainTextObject(text="Close")
        return View(type="modal", title=title, close=close, blocks=[SectionBlock(text=words)])
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=title,
        submit=PlainTextObject(text="That was it"),
        close=PlainTextObject(text="Cancel"),
        private_metadata=_private(incident.number, chosen),
        blocks=[_select(chosen, now), _note()],
    )


def choice(submission: Submission) -> Choice | None:
    """What was chosen; None when the form is not ours."""
    try:
        kept = json.loads(submission.private)
        number, ids = int(kept["n"]), list(map(str, kept["d"]))
    except (ValueError, KeyError, TypeError):
        return None
    index = submission.values.get(DEPLOYMENT, "")
    known = index.isascii() and index.isdigit() and int(index[:9]) < len(ids)
    note = one_line(submission.values.get(NOTE, ""), NOTE_AT_MOST)
    return Choice(number, ids[int(index)] if known else None, note)


def event_of(chosen: Choice, actor: Actor, at: datetime) -> CauseDecided:
    """The event of a form that names a deployment."""
    return CauseDecided(
        chosen.number, "another", actor, at, deployment=chosen.deployment, note=chosen.note
    )


def _fitting(deployments: dict[str, Deployment], number: int) -> list[Deployment]:
    """The newest, as many as the form can keep the ids of."""
    newest = sorted(
        deployments.values(),
        key=lambda item: item.started_at or item.ended_at or item.reported_at,
        reverse=True,
    )[:CHOICES_AT_MOST]
    while len(_private(number, newest)) > PRIVATE_AT_MOST:
        newest.pop()
    return newest


def _private(number: int, deployments: Sequence[Deployment]) -> str:
    """An option's value is too short for an id, so the form carries them beside it."""
    kept: dict[str, Any] = {"n": number, "d": [item.id for item in deployments]}
    return json.dumps(kept, separators=(",", ":"))


def _select(deployments: Sequence[Deployment], now: datetime) -> InputBlock:
    options = [
        Option(
            text=PlainTextObject(text=one_line(deployment_choice(item, now), 75), emoji=False),
            value=str(index),
        )
        for index, item in enumerate(deployments)
    ]
    return InputBlock(
        block_id=DEPLOYMENT,
        label=PlainTextObject(text="Which deployment?"),
        element=StaticSelectElement(action_id=DEPLOYMENT, options=options),
    )


def _note() -> InputBlock:
    return InputBlock(
        block_id=NOTE,
        optional=True,
        label=PlainTextObject(text="How do you know?"),
        element=PlainTextInputElement(action_id=NOTE, max_length=NOTE_AT_MOST, multiline=True),
    )
