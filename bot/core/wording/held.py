"""Why a page waits although it is due, and in which text its words went. Plain text."""

from collections.abc import Sequence
from datetime import timedelta

from bot.core.age import age
from bot.core.page import Page, PageState, Urgency
from bot.core.wording.words import and_list, plural

_NOUN = {"call": "call"}
FIRST_ONE_WENT = "a first text went just now"
ON_THE_LINE = "our own call is on their line"
QUIET = "their quiet hours"
NAMED_AT_MOST = 5


def too_soon(channel: str, apart: timedelta) -> str:
    """Less than the least distance after the last one."""
    return f"the last {_noun(channel)} was less than {age(apart)} ago"


def too_many(channel: str, count: int, period: timedelta) -> str:
    """A bound is reached: `5 texts in the last 15 min`."""
    return f"{plural(count, _noun(channel))} in the last {age(period)}"


def went_with(channel: str, incidents: Sequence[int]) -> str:
    """In one text with those of other incidents."""
    named = [f"#{number}" for number in incidents[:NAMED_AT_MOST]]
    if len(incidents) > NAMED_AT_MOST:
        named.append(f"{len(incidents) - NAMED_AT_MOST} more")
    return f"in one {_noun(channel)} with {and_list(named)}"


def newer(channel: str) -> str:
    """A later page of the same incident says it better."""
    return f"a newer {_noun(channel)} said it"


def waits(page: Page) -> bool:
    """Whether it is held back by its person's budget."""
    return page.state is PageState.QUEUED and page.held is not None


def told(page: Page, until: str) -> str:
    """`held until 03:21 (5 texts in the last 15 min), will go in one text`; `until` as worded."""
    together = f", will go in one {_noun(page.channel)}" if page.urgency is not Urgency.INFO else ""
    # Joined by hand: `until` may be markup, which escapes what it is joined to.
    return "held until " + until + f" ({page.held}){together}"


def bundled(page: Page) -> str | None:
    """In which one the words of a page went that another carried; None of any other page."""
    return (page.held or "in another one") if page.bundled_into else None


def _noun(channel: str) -> str:
    return _NOUN.get(channel, "text")
