"""What people decide about the cause. It can be changed, and every answer is written down."""

from dataclasses import replace

from bot.core import following_up, leads, supporting
from bot.core.authors import developers
from bot.core.deployment import Deployment
from bot.core.draft import Draft
from bot.core.events import CauseDecided
from bot.core.incident import Cause, Incident
from bot.core.policy import GITHUB
from bot.core.wording import causes as say
from bot.core.wording import private


def cause_decided(draft: Draft, event: CauseDecided) -> None:
    """This deployment, another one, or not a deployment."""
    actor, incident = event.actor, draft.meant(event.number)
    if actor.person is None:
        draft.answer(actor, private.stranger())
        return
    if incident is None:
        draft.answer(actor, private.no_such_incident(event.number, event.actor))
        return
    deployment = _deployment(incident, event)
    if event.choice != "other" and (deployment is None or not _known(draft, incident, deployment)):
        draft.answer(actor, private.which_deployment(incident))
        return
    kind = "other" if event.choice == "other" else "deployment"
    cause = Cause(kind, deployment, event.note, actor.person, event.at)
    if incident.cause and _same(incident.cause, cause):
        draft.answer(actor, private.cause_stands(incident))
        return
    draft.put_incident(replace(incident, cause=cause))
    known = draft.deployments.get(deployment or "")
    text = say.cause_decided(incident, cause, known, draft.policy, _authors(draft, known))
    draft.reply(incident.number, text)
    draft.note(
        "cause_decided",
        draft.policy.name_of(actor.person),
        text,
        incident=incident.number,
        deployment=deployment,
        facts=(
            ("cause", kind),
            ("note", event.note),
            ("before", incident.cause.kind if incident.cause else ""),
        ),
    )
    if not incident.imported:
        supporting.explained(draft, incident.number, incident)
        following_up.cause_changed(draft, incident.number)
        leads.cause_changed(draft, incident, incident.cause, cause)
    draft.answer(actor, private.cause_noted(incident))


def _authors(draft: Draft, deployment: Deployment | None) -> tuple[str, ...]:
    """Names of those who wrote what went out: they own it too."""
    if deployment is None:
        return ()
    service = draft.service(deployment.service)
    host = service.host if service else GITHUB
    return tuple(it.name for it in developers(deployment.commits, draft.policy, host))


def _deployment(incident: Incident, event: CauseDecided) -> str | None:
    if event.choice == "other":
        return None
    if event.choice == "another":
        return event.deployment
    if event.deployment:
        return event.deployment
    named = incident.link.named
    return named.deployment.id if named else None


def _known(draft: Draft, incident: Incident, deployment: str) -> bool:
    candidates = {candidate.deployment.id for candidate in incident.link.candidates}
    return deployment in draft.deployments or deployment in candidates


def _same(old: Cause, new: Cause) -> bool:
    return (old.kind, old.deployment, old.note) == (new.kind, new.deployment, new.note)
