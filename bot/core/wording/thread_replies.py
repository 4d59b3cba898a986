"""What is said in an incident's thread and in the incidents channel (Slack mrkdwn, escaped)."""

from datetime import datetime

from bot.core.age import age
from bot.core.deployment import Deployment
from bot.core.events import Actor, OpenedByHand, TroubleChanged
from bot.core.incident import Incident, Track, TrackState
from bot.core.link import Label, Link
from bot.core.page import Page
from bot.core.policy import Policy
from bot.core.signal import Level, Signal, from_alert
from bot.core.wording.thread_deployment import plain_deployment
from bot.core.wording.words import and_list, escape, slack_time, some

_VIA = {
    "sms": "by text",
    "call": "by phone",
    "slack": "in Slack",
    "web": "on the web page",
    "cli": "on the command line",
}
_CHANNEL = {
    "sms": "text",
    "call": "call",
    "slack": "Slack message",
    "email": "e-mail",
    "webhook": "webhook",
}
_MARK = {
    "opted_out": "has opted out of texts (STOP); texting START to Midwatch's number mends it",
    "landline": "is a landline, which takes no texts",
}
_GONE = "webhook says that it is gone (410); a new address in the configuration mends it"
_PART = {
    "twilio": "Twilio",
    "calls": "phones by a call",
    "slack": "Slack",
    "slack_socket": "Slack's Socket Mode",
    "database": "its database",
    "github": "GitHub",
    "gitlab": "GitLab",
    "release_webhook": "the webhook that deploys releases",
    "config": "its configuration",
}


def triggered(incident: Incident, policy: Policy) -> str:
    """The first line of the timeline."""
    part = incident.services[0]
    teams = and_list([policy.team_name(track.team) for track in incident.tracks]) or "nobody"
    return f"{incident.service} is down: {part.detail}; {plain_deployment(incident)}; {teams} paged"


def signal_changed(signal: Signal, was: Level) -> str:
    """A line of the timeline."""
    detail = f": {signal.detail}" if signal.detail else ""
    what = f"alert {signal.title}" if from_alert(signal.source) else signal.name
    if from_alert(signal.source):
        words = signal.detail.partition(": ")[2]
        detail = f": {words}" if words else ""
    return f"{signal.service} {what} {was.value} -> {signal.level.value}{detail}"


def degraded(signal: Signal) -> str:
    """Slow, or soon to fail: said, and nobody is paged."""
    if signal.level is Level.DEGRADED:
        of = "" if from_alert(signal.source) else f" ({escape(signal.name)})"
        return (
            f"*{escape(signal.service)}* is degraded: {escape(signal.detail)}{of}. "
            "Nobody is paged for this."
        )
    return f"*{escape(signal.service)}* is no longer degraded ({escape(signal.title)})."


def down_but_quiet(signal: Signal, until: datetime, policy: Policy) -> str:
    """A service went down inside a silence or a maintenance window."""
    return (
        f"*{escape(signal.service)}* is down: {escape(signal.detail)}. Nobody is paged: it is "
        f"quiet until {slack_time(until, policy.timezone)}, and looked at again then."
    )


def also_reported(event: OpenedByHand, policy: Policy) -> str:
    """Somebody reports what is known already."""
    what = f": {escape(event.what)}" if event.what else ""
    return f"{escape(policy.name_of(event.actor.person))} reports it too{what}"


def acknowledged(incident: Incident, waiting: list[Track], actor: Actor, policy: Policy) -> str:
    """Who has it, for which teams, by which way."""
    teams = and_list([policy.team_name(track.team) for track in waiting])
    tail = _who_is_left(incident, policy) or " Every team has it."
    return (
        f"*{escape(policy.name_of(actor.person))}* has it for {escape(teams)} "
        f"({_VIA.get(actor.via, actor.via)}).{escape(tail)}"
    )


def _who_is_left(incident: Incident, policy: Policy) -> str:
    """The teams that have not come; who was paged to the end is not paged any more."""

    def named(state: TrackState) -> str:
        return and_list([policy.team_name(t.team) for t in incident.tracks if t.state is state])

    paging, exhausted = named(TrackState.PAGING), named(TrackState.EXHAUSTED)
    return (f" Still paging {paging}." if paging else "") + (
        f" Nobody has come from {exhausted}." if exhausted else ""
    )


def escalated(teams: tuple[str, ...], actor: Actor, policy: Policy) -> str:
    """Somebody asked for more people."""
    names = and_list([policy.team_name(team) for team in teams])
    return (
        f"{escape(policy.name_of(actor.person))} escalated "
        f"({_VIA.get(actor.via, actor.via)}): {escape(names)} paged again, next step now."
    )


def not_reached(page: Page, made: Page | None, why: str, policy: Policy) -> str:
    """A page did not reach the phone, and what is tried instead."""
    first = _failed(page, why, policy)
    if made is None:
        return escape(f"{first}; nobody else in {policy.team_name(page.team)} is left to try now.")
    other = _CHANNEL.get(made.channel, made.channel)
    if made.person == page.person:
        return escape(f"{first}: trying a {other} at once.")
    return escape(f"{first}: paging {policy.name_of(made.person)} instead ({other}).")


def not_reached_in_quiet(page: Page, why: str, policy: Policy) -> str:
    """The same while nobody is to be paged."""
    return escape(f"{_failed(page, why, policy)}; it is quiet, so nobody is paged instead.")


def _failed(page: Page, why: str, policy: Policy) -> str:
    name, what = policy.name_of(page.person), _CHANNEL.get(page.channel, page.channel)
    failed = "reached nobody" if page.channel == "call" else "did not arrive"
    return f"The {what} to {name} {failed} ({why})"


def nobody_reachable(team: str, policy: Policy) -> str:
    """A team without a working address."""
    return escape(
        f"Nobody in {policy.team_name(team)} can be reached by anything. "
        "Mend their numbers, or page somebody else by hand."
    )


def nobody_came(team: str, policy: Policy) -> str:
    """The last resort."""
    name = escape(policy.team_name(team))
    return f"*Nobody from {name} came.* Everyone in {name} has been paged by everything they have."


def nobody_came_still(team: str, count: int, policy: Policy) -> str:
    """An hour after the last resort, or the last repeat of it."""
    name = escape(policy.team_name(team))
    return f"*Still nobody from {name}.* Everyone there was paged once more ({count} of 3)."


def reminded(tracks: list[Track], count: int, policy: Policy) -> str:
    """These teams acknowledged long ago and it is still down."""
    owners = and_list(list(dict.fromkeys(policy.name_of(track.by) for track in tracks if track.by)))
    return escape(f"Still down; {owners or 'the owners'} reminded ({count} of 3).")


def down_again(signal: Signal) -> str:
    """One of several services is down once more."""
    return f"*{escape(signal.service)}* is down again: {escape(signal.detail)}"


def recovered(incident: Incident, policy: Policy) -> str:
    """Every service is up."""
    ended = incident.resolved_at or incident.down_since
    ask = (
        " Was it the deployment? Please say so with the buttons above."
        if incident.link.named and incident.cause is None
        else ""
    )
    zone = policy.timezone
    why = f" {escape(incident.services[0].ended)}." if incident.services[0].ended else ""
    down = [part.service for part in incident.last_down]
    names, are = some(down), "is" if len(down) == 1 else "are"
    return (
        f"*{escape(names)} {are} up again* after {age(ended - incident.down_since)} "
        f"({slack_time(incident.down_since, zone)}-{slack_time(ended, zone)}).{why}{ask}"
    )


def over(incident: Incident, policy: Policy) -> str:
    """A line of the timeline."""
    ended = incident.resolved_at or incident.down_since
    by = f" by {policy.name_of(incident.resolved_by)}" if incident.resolved_by else ""
    names = some([part.service for part in incident.last_down])
    return f"{names} resolved{by} after {age(ended - incident.down_since)}"


def resolved_by(actor: Actor, policy: Policy) -> str:
    """A person says that it is over."""
    return (
        f"*Resolved* by {escape(policy.name_of(actor.person))} ({_VIA.get(actor.via, actor.via)})."
    )


def reopened(signal: Signal, incident: Incident) -> str:
    """Down again shortly after recovery."""
    then = (
        "it is *flapping*, so nobody is paged until it has stayed down for 5 min."
        if incident.flapping
        else "every team is paged again."
    )
    return (
        f"*{escape(signal.service)} is down again*: {escape(signal.detail)}. Same incident; {then}"
    )


def weighed_again(old: Link, new: Link) -> str:
    """A late report changed what is suspected."""
    if new.named is None:
        return "No deployment is linked any more."
    version = escape(new.named.deployment.name)
    return (
        f"Deployment *{version}* is now *{_strength(new)}*{escape(_or(new))}: {escape(new.reason)} "
        f"(was: {escape(_before(old, new))})"
    )


def _before(old: Link, new: Link) -> str:
    """How strongly it was suspected; and what, where something else was named."""
    same = old.named and new.named and old.named.deployment.id == new.named.deployment.id
    if same or old.named is None:
        return f"{_strength(old)}{_or(old)}"
    return f"{old.named.deployment.name}, {_strength(old)}{_or(old)}"


def _or(link: Link) -> str:
    """The second one, which may be all that changed."""
    return f", or {link.second.deployment.name}" if link.second else ""


def _strength(link: Link) -> str:
    return f"one of {link.among}" if link.label is Label.ONE_OF else link.label.value


def teams_joined(teams: tuple[str, ...], policy: Policy) -> str:
    """A service of theirs turned out to be part of it."""
    names = escape(and_list([policy.team_name(team) for team in teams]))
    return f"{names} {_are(teams)} paged too: a service of theirs is part of it."


def shippers_joined(teams: tuple[str, ...], policy: Policy) -> str:
    """The suspected deployment belongs to another service, which is theirs."""
    names = escape(and_list([policy.team_name(team) for team in teams]))
    return f"{names} shipped the suspected deployment and {_are(teams)} paged too."


def _are(teams: tuple[str, ...]) -> str:
    return "is" if len(teams) == 1 else "are"


def deployment_reported(deployment: Deployment) -> str:
    """A line of the audit log."""
    by = f" by {deployment.by}" if deployment.by else ""
    return (
        f"{deployment.service} {deployment.name} {deployment.state.value} "
        f"in {deployment.environment}{by}"
    )


def commits_cut(deployment: Deployment) -> str:
    """The API gave only part of a range."""
    return (
        f"Only {len(deployment.commits)} commits of {deployment.name} are known: "
        "the list was cut; the rest is unknown, not none"
    )


def marked(person: str, channel: str, mark: str | None, policy: Policy) -> str:
    """An address became unusable, or usable again. Never the number itself."""
    name, what = escape(policy.name_of(person)), _CHANNEL.get(channel, channel)
    if mark is None:
        return f"{name} can be reached by {what} again."
    how = _GONE if mark == "gone" else f"phone {_MARK.get(mark, mark)}"
    return f"{name}'s {how}. Midwatch uses their other channels until then."


def not_weighed() -> str:
    """Weighing failed; what pages people must not wait for it."""
    return (
        "The deployments could not be weighed: a fault of Midwatch's own, its log tells. "
        "Look at the list of deployments yourself."
    )


def blind(since: datetime, policy: Policy) -> str:
    """All canaries are down."""
    return (
        f"*Midwatch is blind* since {slack_time(since, policy.timezone)}: neither checks nor "
        "canaries answer, so its own network may be down. Nobody is paged for services."
    )


def sees_again(uncounted: bool) -> str:
    """A canary answers, or none has for so long that they no longer count."""
    if uncounted:
        return (
            "*No canary has answered for an hour*, so they no longer count: a service that does "
            "not answer is down again. `midwatch doctor` tells which of them answer."
        )
    return "*Midwatch sees again.* Every service is looked at afresh."


def trouble(event: TroubleChanged, policy: Policy) -> str:
    """Trouble of our own, in the channel and on the health page."""
    part, _, channel = event.part.partition(":")
    if part == "config":
        return _configuration(event)
    part = f"its Slack channel for {channel}" if channel else _PART.get(part, part)
    since = slack_time(event.since, policy.timezone)
    if not event.failing and event.part in ("slack", "slack:incidents"):
        until = slack_time(event.at, policy.timezone)
        return f"Midwatch could not reach {part} from {since} to {until}: texts carried the facts."
    if not event.failing:
        return f"Midwatch reaches {part} again."
    then = {
        "twilio": ": pages go by the other channels until it can",
        "calls": ": pages go by the other channels until it can",
        "slack": ": texts carry the facts until it can",
        "slack_socket": ": buttons and commands in Slack do nothing until it can; texts do",
    }.get(event.part, "")
    detail = f" ({escape(event.detail)})" if event.detail else ""
    return f"Midwatch cannot reach {part} since {since}{detail}{then}."


def _configuration(event: TroubleChanged) -> str:
    if not event.failing:
        return "The configuration is mended and in use."
    why = escape(event.detail)
    return f"The changed configuration was refused, the old one keeps running: {why}"
