"""What a call says to a pressed key: what came of it, from the state as it is then."""

from collections.abc import Sequence

from bot.core.incident import Incident, TrackState
from bot.core.page import Page
from bot.core.policy import Policy
from bot.core.wording import spoken, voice
from bot.core.wording.lights import CALLING
from bot.core.wording.texts import zone_of
from bot.core.wording.words import and_list

GOODBYE = "Goodbye."
THANKS = "Thank you. Nothing else is to be done. Goodbye."
NOT_UNDERSTOOD = "That key does nothing."
CHOICES = (
    "Press four to say you have it, five to escalate, six if it is over, star to hear it again."
)
LATER = "Your key is noted, and not yet acted on. Look in Slack in a moment. Goodbye."
NOT_RECORDED = (
    "Nothing was recorded: Midwatch's database does not answer. Call the others yourself. Goodbye."
)
UNKNOWN = (
    "Nothing was recorded: Midwatch does not know this call. "
    "Look in Slack, or answer by text. Goodbye."
)


def acknowledged(incident: Incident, person: str, policy: Policy) -> str:
    """`You have it for Development. IT: Ana, since three fourteen.`"""
    if not incident.open:
        return over(incident, person, policy)
    zone, mine = zone_of(person, policy), policy.teams_of(person)
    own = [track for track in incident.tracks if track.team in mine or track.by == person]
    if not own:
        teams = and_list([spoken.name(policy.team_name(track.team)) for track in incident.tracks])
        return f"It belongs to {teams}, and you are in no such team. Nothing was changed."
    taken = [track.team for track in own if track.by == person]
    others = [track for track in incident.tracks if track.team not in taken]
    words = [voice.light(track, incident, zone, policy) for track in others]
    if taken:
        teams = and_list([spoken.name(policy.team_name(team)) for team in taken])
        words.insert(0, f"You have it for {teams}.")
    elif all(track.state is TrackState.ACKNOWLEDGED for track in own):
        words.insert(0, "Your team had it already.")
    return " ".join(words)


def escalated(incident: Incident, new: Sequence[Page], person: str, policy: Policy) -> str:
    """Who is paged now, because of the key. `new`: the incident's pages since shortly before."""
    if not incident.open:
        return over(incident, person, policy)
    paged = [page.person for page in new if page.reason in CALLING and page.person != person]
    if not paged:
        return "Escalated. Nobody but you could be paged."
    return f"Escalated. {voice.people(paged, policy)}: paged now."


def resolved(incident: Incident, person: str, policy: Policy) -> str:
    """Over, or refused: while it is down it cannot be over."""
    if not incident.open:
        return over(incident, person, policy)
    down = and_list([spoken.name(service) for service in incident.down()[:3]])
    many = len(incident.down()) > 1
    are, it_is = ("are", "they are") if many else ("is", "it is")
    still = f"{spoken.sentence(down or spoken.name(incident.service))} {are} still down."
    return f"Not resolved. {still} Nothing was changed. It resolves by itself when {it_is} up."


def over(incident: Incident, person: str, policy: Policy) -> str:
    """Resolve beats a late key."""
    ended = incident.resolved_at or incident.down_since
    at = spoken.clock(ended, zone_of(person, policy))
    by = "you" if incident.resolved_by == person else policy.name_of(incident.resolved_by)
    who = f", by {spoken.name(by)}" if incident.resolved_by else ""
    return f"Incident {spoken.number(incident.number)} has been over since {at}{who}."


def about(incident: Incident, answer: str, many: bool) -> str:
    """One incident's answer among several."""
    if not many or answer.startswith("Incident"):
        return answer
    return f"Incident {spoken.number(incident.number)}: {answer}"
