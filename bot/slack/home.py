"""The app's Home: what is down, who is on call, the streak, my pages and settings. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import Block, DividerBlock, HeaderBlock
from slack_sdk.models.views import View

from bot.core.duties import duties
from bot.core.incident import Incident
from bot.core.page import Page
from bot.core.policy import Person, Policy
from bot.core.signal import Silence
from bot.core.wording import answers, settings
from bot.core.wording.outside import said
from bot.core.wording.thread import Button
from bot.core.wording.words import slack_time
from bot.slack.blocks import actions, packed, section

BLOCKS_AT_MOST = 100
"""Of a view. Source: Slack docs, "Reference: blocks"."""
INCIDENTS_AT_MOST = 10
PAGES_AT_MOST = 10
AHEAD = timedelta(days=60)
"""How far a next shift, or the end of this one, is looked for."""


def home(
    person: Person | None,
    incidents: Sequence[Incident],
    silences: Iterable[Silence],
    pages: Iterable[Page],
    policy: Policy,
    now: datetime,
    streak: str = "",
) -> View:
    """What one person sees. `incidents` are the open ones, `pages` their own recent ones.

    `streak` is a sentence (mrkdwn), or nothing where that is not known.
    """
    blocks: list[Block] = [
        HeaderBlock(text="What is down"),
        *_down(incidents, silences, policy, now),
    ]
    blocks += [HeaderBlock(text="Who is on call")]
    blocks += [section(text) for text in packed(answers.duty(policy, now).split("\n"))]
    if streak:
        blocks += [HeaderBlock(text="The streak"), section(streak)]
    blocks += [DividerBlock(), HeaderBlock(text="My pages")]
    blocks += [section(text) for text in packed(_mine(person, pages, policy))]
    if person is not None:
        blocks += [HeaderBlock(text="My settings")]
        mine = settings.lines(person, policy, _shifts(person, policy, now), now)
        blocks += [section(text) for text in packed(mine)]
    return View(type="home", blocks=blocks[:BLOCKS_AT_MOST])


def _down(
    incidents: Sequence[Incident], silences: Iterable[Silence], policy: Policy, now: datetime
) -> list[Block]:
    quiet = answers.quiet_lines(incidents, silences, policy, now)
    if not incidents:
        return [section(text) for text in packed([answers.nothing_open(quiet), *quiet])]
    blocks: list[Block] = []
    for incident in incidents[:INCIDENTS_AT_MOST]:
        blocks.append(section(answers.incident_line(incident, policy, now)))
        if any(track.open for track in incident.tracks):
            button = Button("I have it", "ack", str(incident.number), "primary")
            blocks.append(actions([button], f"incident_{incident.number}"))
    if len(incidents) > INCIDENTS_AT_MOST:
        blocks.append(section(f"and {len(incidents) - INCIDENTS_AT_MOST} more"))
    return blocks + [section(text) for text in packed(quiet)]


def _mine(person: Person | None, pages: Iterable[Page], policy: Policy) -> list[str]:
    if person is None:
        return ["You are in no team of Midwatch's configuration, so it never pages you."]
    mine = [page for page in pages if page.person == person.key]
    newest = sorted(mine, key=lambda page: page.created_at, reverse=True)[:PAGES_AT_MOST]
    return [_page(page, person.timezone or policy.timezone) for page in newest] or [
        "None in the last day."
    ]


def _shifts(person: Person, policy: Policy, now: datetime) -> settings.Shifts:
    found: dict[str, tuple[datetime, datetime | None]] = {}
    for it in duties(policy, person.key, now, now + AHEAD):
        end = it.end if it.end < now + AHEAD else None
        found.setdefault(it.team, (it.start, end))
    return found


def _page(page: Page, zone: str) -> str:
    at = slack_time(page.sent_at or page.created_at, zone)
    words = page.text if page.channel != "webhook" else page.line or "a page"  # its text is JSON
    return f"{at} {page.channel}, {page.state.value}: {said(words, 160)}"
