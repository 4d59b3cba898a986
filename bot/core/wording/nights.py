"""What is said about pages at night: in the channel (Slack mrkdwn, escaped), and in short."""

from collections.abc import Iterable, Mapping, Sequence

from bot.core.fairness import PERIOD_DAYS, Load, SentPage, nights_by_person
from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.wording.outside import linked, said
from bot.core.wording.words import and_list, plural, slack_time

MOST_INCIDENTS = 5
HOW_IT_IS_COUNTED = (
    "A page counts once, when it was handed over, however many tries it took; one text or call "
    "about several incidents is one. What only informs does not count. Night is 22:00-07:00 on "
    "the person's own clock."
)


def paged_at_night(
    pages: Sequence[SentPage], incidents: Mapping[int, Incident], policy: Policy
) -> str:
    """`Paged in the night: Ana 3 times (#12 checkout, #13 search; last at 04:12). …`"""
    by_person: dict[str, list[SentPage]] = {}
    for page in sorted(pages, key=lambda page: page.at):
        by_person.setdefault(page.person, []).append(page)
    ordered = sorted(by_person.items(), key=lambda item: (-len(item[1]), item[0]))
    people = [_one(person, theirs, incidents, policy) for person, theirs in ordered]
    them = "them" if len(people) > 1 else said(policy.name_of(ordered[0][0]), 80)
    return f"*Paged in the night*: {'; '.join(people)}. Let {them} sleep in where you can."


def _one(
    person: str, pages: Sequence[SentPage], incidents: Mapping[int, Incident], policy: Policy
) -> str:
    often = "once" if len(pages) == 1 else f"{len(pages)} times"
    last = slack_time(pages[-1].at, policy.timezone)
    numbers = dict.fromkeys(number for page in pages for number in page.incidents)
    named = [_incident(number, incidents, policy) for number in list(numbers)[:MOST_INCIDENTS]]
    if len(numbers) > MOST_INCIDENTS:
        named.append(f"{len(numbers) - MOST_INCIDENTS} more")
    why = f"{', '.join(named)}; " if named else ""
    when = "at" if len(pages) == 1 else "last at"
    return f"*{said(policy.name_of(person), 80)}* {often} ({why}{when} {last})"


def _incident(number: int, incidents: Mapping[int, Incident], policy: Policy) -> str:
    url = f"{policy.public_url}/incidents/{number}" if policy.public_url else None
    known = incidents.get(number)
    name = f" {said(known.service, 60)}" if known else ""
    return f"{linked(url, f'#{number}') or f'#{number}'}{name}"


def in_short(loads: Iterable[Load], policy: Policy) -> str:
    """A line of mrkdwn: who bore most of the nights lately."""
    nights = nights_by_person(loads)
    if not nights:
        return f"Nobody was paged at night in the last {PERIOD_DAYS} days."
    ordered = list(nights.items())
    people = [f"{said(policy.name_of(key), 80)} {plural(n, 'night')}" for key, n in ordered[:10]]
    return f"Paged at night in the last {PERIOD_DAYS} days: {and_list(people)}."
