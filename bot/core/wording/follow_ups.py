"""What is said about the joint follow-up: in the thread (Slack mrkdwn, escaped), and in private."""

from collections.abc import Mapping, Sequence

from bot.core.follow_up import FollowUp
from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.wording.outside import linked, said
from bot.core.wording.words import and_list, escape, slack_day

QUESTION = "What will keep it from happening again?"
CUSTOMERS = "What did customers notice?"
_SHOWN_AT_MOST = 2400
"""Of an answer in the thread: a message that is to be edited holds less than an answer can."""
_UNCHANGED = "Nothing was changed."


def asked(incident: Incident, teams: Sequence[str], policy: Policy) -> str:
    """In the thread, once people have said that it was a deployment."""
    names = escape(and_list([policy.team_name(team) for team in teams]))
    each = "Each team answers" if len(teams) > 1 else "Please answer"
    page = _page(incident, policy)
    where = f" or on its {page}" if page else ""
    first = " Mend it first: there is time for this afterwards." if incident.open else ""
    return (
        f"*{names}: what will keep it from happening again?* {each} once, with the button of the "
        f"first message{where}; it can be changed.{first}"
    )


def asked_in_short(teams: Sequence[str], policy: Policy) -> str:
    """The same for the timeline."""
    names = escape(and_list([policy.team_name(team) for team in teams]))
    return f"{names} asked what will keep it from happening again"


def withdrawn(incident: Incident) -> str:
    """It was no deployment after all."""
    kept = any(it.at is not None for it in incident.follow_ups)
    tail = " The answers that were given are kept." if kept else ""
    return f"It was not a deployment, so nobody is asked for a follow-up any more.{tail}"


def answered(incident: Incident, part: FollowUp, policy: Policy, *, changed: bool) -> str:
    """A team's answer, and who is still waited for."""
    team, who = escape(policy.team_name(part.team)), escape(policy.name_of(part.by))
    head = f"*What will keep it from happening again, says {team}* ({who}{', changed' * changed}):"
    lines = [head, _quoted(part.text)]
    if part.customers:
        lines += ["*What customers noticed:*", _quoted(part.customers)]
    left = waiting_for(incident, policy)
    return "\n".join([*lines, *([f"Still {left}."] if left else ["Every team has answered."])])


def answered_in_short(part: FollowUp, policy: Policy, *, changed: bool) -> str:
    """The same for the timeline."""
    noticed = f" Customers noticed: {escape(part.customers)}" if part.customers else ""
    team = escape(policy.team_name(part.team))
    how = " (changed)" if changed else ""
    return f"What will keep it from happening again, {team}{how}: {escape(part.text)}{noticed}"


def waiting_for(incident: Incident, policy: Policy) -> str:
    """`waiting for Development's answer`; nothing when nobody is waited for."""
    names = [said(policy.team_name(it.team), 80) for it in incident.follow_ups if it.waiting]
    owners = and_list([f"{name}'s" for name in names])
    return f"waiting for {owners} answer{'s' if len(names) > 1 else ''}" if names else ""


def line(incident: Incident, policy: Policy) -> str:
    """The line of the thread's first message; nothing when nobody is asked."""
    parts = [
        f"{said(policy.team_name(it.team), 80)}: {said(policy.name_of(it.by), 80)}, "
        f"{slack_day(it.at, policy.timezone)}"
        for it in incident.follow_ups
        if it.asked and it.at is not None
    ]
    left = waiting_for(incident, policy)
    return " · ".join([*parts, *([left] if left else [])])


def reminded(incident: Incident, owners: Mapping[str, Sequence[str]], policy: Policy) -> str:
    """In the thread; whoever is named is told by Slack, and by nothing else."""
    people = {key: _mention(key, policy) for keys in owners.values() for key in keys}
    teams = [escape(policy.team_name(team)) for team in owners]
    page = _page(incident, policy)
    how = f" The button of the first message takes it, and so does its {page}." if page else ""
    return (
        f"{and_list(list(people.values()))}: #{incident.number} {escape(incident.service)} was "
        f"caused by a deployment, and {and_list(teams)} {'has' if len(teams) == 1 else 'have'} "
        f"not said what will keep it from happening again.{how}"
    )


def reminded_in_short(owners: Mapping[str, Sequence[str]], policy: Policy) -> str:
    """The same for the timeline: a mention there would tell nobody anything."""
    people = {key: escape(policy.name_of(key)) for keys in owners.values() for key in keys}
    teams = escape(and_list([policy.team_name(team) for team in owners]))
    return f"{and_list(list(people.values()))} reminded of the follow-up of {teams}"


def stands(incident: Incident) -> str:
    """The same answer twice."""
    return f"#{incident.number}: that is what is noted already."


def noted(incident: Incident, part: FollowUp, policy: Policy) -> str:
    """To the one who answered."""
    team = policy.team_name(part.team)
    return f"#{incident.number}: noted for {team}. It can be changed at any time."


def not_asked(incident: Incident) -> str:
    """No deployment was confirmed as the cause."""
    return (
        f"#{incident.number}: no follow-up is asked for, because nobody has said that a "
        f"deployment was its cause. {_UNCHANGED}"
    )


def which_team(incident: Incident, mine: Sequence[str], named: str | None, policy: Policy) -> str:
    """None of theirs is asked, or several are."""
    asked_ones = and_list([policy.team_name(it.team) for it in incident.follow_ups if it.asked])
    if not mine:
        return f"#{incident.number}: {asked_ones} are asked, and you are in none. {_UNCHANGED}"
    names = and_list([policy.team_name(team) for team in mine])
    if named is not None:
        return f"#{incident.number}: you can answer for {names}, not for {named[:40]}. {_UNCHANGED}"
    return f"#{incident.number}: say for which team: {names}. {_UNCHANGED}"


def nothing_said() -> str:
    """An empty answer."""
    return f"An answer has to say something. {_UNCHANGED}"


def too_long(limit: int) -> str:
    """More than is kept."""
    return f"That is longer than {limit} characters. {_UNCHANGED} Link to the rest."


def _mention(key: str, policy: Policy) -> str:
    known = policy.people.get(key)
    return f"<@{known.slack}>" if known and known.slack else escape(policy.name_of(key))


def _page(incident: Incident, policy: Policy) -> str:
    url = f"{policy.public_url}/incidents/{incident.number}#follow-up"
    return (linked(url, "page") or "") if policy.public_url else ""


def _quoted(text: str) -> str:
    shown = text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST].rstrip()}…"
    return "\n".join(f"> {escape(each)}" for each in shown.splitlines())
