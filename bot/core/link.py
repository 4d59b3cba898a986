"""Which deployment? Every incident names one in its first text, or says that none is known.

`link` answers for one service, `link_storm` for several that went down together. Nothing here says
"cause": that word is people's.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.core.deployment import Deployment
from bot.core.odds import odds_words, span_words
from bot.core.suspects import Outage, Suspect, last_of, weigh_all

SUSPECTED_FROM, POSSIBLE_FROM = 0.5, 0.2
SECOND_FROM = 0.5
"""The second is named too if it has at least this share of the first one's probability."""
KEPT = 10
"""An incident keeps this many candidates: it is written in the transaction of the first page."""


class Label(StrEnum):
    """How strongly. `one_of`: none stands out, but together they are suspected."""

    SUSPECTED = "suspected"
    ONE_OF = "one_of"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deployment that may be behind it.

    `odds` are probability / (1 - probability). `age` is from the end of the roll-out to the first
    failed probe, zero while `rolling_out`. `about`: start or end is not known, only estimated.
    """

    deployment: Deployment
    label: Label
    odds: float
    probability: float
    age: timedelta
    about: bool
    rolling_out: bool
    relation: Literal["own", "dependency"]
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """What an incident is linked to.

    `named` comes first in every text, then "or" `second`. `most_recent` is the service's own last
    one, always shown too. `candidates` are the strongest, highest first; `among` says how many of
    them it takes to be `one_of`. `odds` are the named one's, None where no odds were weighed
    (nothing recent, or a fixed window). `weighed` False: a fault of ours kept us from looking.
    """

    label: Label
    named: Candidate | None = None
    second: Candidate | None = None
    most_recent: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    odds: float | None = None
    among: int = 1
    weighed: bool = True


NOT_WEIGHED = Link(
    Label.NONE, reason="deployments not weighed: a fault of Midwatch's own", weighed=False
)


def link(
    *,
    service: str,
    began_at: datetime,
    deployments: Iterable[Deployment],
    environment: str | Callable[[str], str] = "production",
    depends_on: Collection[str] = (),
    first_seen: datetime | None = None,
    decided: int = 0,
    guilty: int = 0,
    window: timedelta | None = None,
    dependencies_seen: datetime | None = None,
) -> Link:
    """Link an outage of `service` that began at `began_at` (the first failed probe).

    `deployments`: those of the service and of what it directly depends on, 28 days of them or
    more, of any environment; `environment` is the name of production, or gives it for a service.
    `first_seen`: since when deployments of the service are known, `dependencies_seen` those of what
    it depends on (None: the same). `decided` and `guilty`: see `odds.prior_odds`. `window`: a fixed
    window in place of the odds (`suspect_window`).
    """
    outage = Outage(service, began_at, frozenset(depends_on), first_seen, window, dependencies_seen)
    return link_storm(
        [outage], deployments, environment=environment, decided=decided, guilty=guilty
    )


def link_storm(
    outages: Sequence[Outage],
    deployments: Iterable[Deployment],
    *,
    environment: str | Callable[[str], str] = "production",
    decided: int = 0,
    guilty: int = 0,
) -> Link:
    """Link an incident of several services, the first of which is the one in its title.

    A deployment is weighed once for each service that it could have brought down, the highest
    counts, times the share of the storm that it explains: what all depend on explains all.
    With one service this is `link`.
    """
    first = outages[0]
    known = list(deployments)
    weighed = weigh_all(outages, known, environment, decided, guilty)
    total = sum(suspect.odds for suspect in weighed)
    last = last_of(first, known, environment)
    recent = None if last is None else _same_or(last, weighed)
    if first.window is not None:
        return _in_window(first.window, weighed, total, recent)
    most_recent = None if recent is None else _candidate(recent, total)
    if not weighed:
        return _nothing_recent(first, most_recent)
    return _by_odds(weighed, total, most_recent)


def relink_changed(old: Link, new: Link) -> tuple[bool, bool]:
    """After weighing again: (does the thread say so, does one text go out).

    The thread says it when another deployment is named or the label differs. A text goes out only
    when the named deployment's label rises to suspected.
    """
    same = _named_id(old) == _named_id(new)
    thread = not same or old.label is not new.label or _second_id(old) != _second_id(new)
    risen = new.label is Label.SUSPECTED and not (same and old.label is Label.SUSPECTED)
    return thread, risen


def _by_odds(weighed: Sequence[Suspect], total: float, most_recent: Candidate | None) -> Link:
    among = _together(weighed, total)
    kept = tuple(_candidate(suspect, total) for suspect in weighed[:KEPT])
    named = kept[0]
    label, reason = named.label, named.reason
    if label is not Label.SUSPECTED and total / (1 + total) >= SUSPECTED_FROM:
        label = Label.ONE_OF
        share = sum(suspect.odds for suspect in weighed[:among]) / (1 + total)
        reason = odds_words(share / (1 - share), f"it is one of these {among}")
    second = kept[1] if len(kept) > 1 else None
    if second is not None and second.probability < SECOND_FROM * named.probability:
        second = None
    return Link(label, named, second, most_recent, kept, reason, named.odds, among)


def _together(weighed: Sequence[Suspect], total: float) -> int:
    """How many of the highest it takes to be suspected together; 1 if they are not."""
    share = 0.0
    for count, suspect in enumerate(weighed, start=1):
        share += suspect.odds / (1 + total)
        if share >= SUSPECTED_FROM:
            return count
    return 1


def _nothing_recent(outage: Outage, most_recent: Candidate | None) -> Link:
    if most_recent is None:
        return Link(Label.NONE, reason=f"no deployment of {outage.service} is known")
    reason = f"nothing was deployed in the 3 d before: the last one {most_recent.reason}"
    return Link(Label.UNLIKELY, most_recent, None, most_recent, reason=reason)


def _in_window(
    window: timedelta, weighed: Sequence[Suspect], total: float, recent: Suspect | None
) -> Link:
    """The fixed window: the last one to end inside it is suspected, the service's own first."""
    order = sorted(weighed, key=lambda one: (one.age > window, one.relation != "own", one.age))
    suspected = order[0].key if order and order[0].age <= window else None

    def judged(suspect: Suspect) -> Candidate:
        label = Label.UNLIKELY if suspect.age > window else Label.POSSIBLE
        label = Label.SUSPECTED if suspect.key == suspected else label
        return _candidate(suspect, total, label, suspect.when)

    kept = tuple(judged(suspect) for suspect in order[:KEPT])
    most_recent = None if recent is None else judged(recent)
    named = kept[0] if suspected else most_recent
    words = f"fixed window of {span_words(window)}"
    if named is None:
        return Link(Label.NONE, candidates=kept, reason=f"nothing inside the {words}")
    where = "inside" if suspected else "outside"
    reason = f"{named.reason}, {where} the {words}"
    return Link(named.label, named, None, most_recent, kept, reason)


def _candidate(
    suspect: Suspect, total: float, label: Label | None = None, reason: str | None = None
) -> Candidate:
    probability = suspect.odds / (1 + total)
    # P / (1 - P), written so that nothing is lost when P is close to one.
    odds = suspect.odds / (1 + max(0.0, total - suspect.odds))
    return Candidate(
        deployment=suspect.deployment,
        label=label or _label(probability),
        odds=odds,
        probability=probability,
        age=suspect.age,
        about=suspect.about,
        rolling_out=suspect.rolling_out,
        relation=suspect.relation,
        reason=reason or suspect.sentence(odds),
    )


def _label(probability: float) -> Label:
    if probability >= SUSPECTED_FROM:
        return Label.SUSPECTED
    return Label.POSSIBLE if probability >= POSSIBLE_FROM else Label.UNLIKELY


def _same_or(last: Suspect, weighed: Iterable[Suspect]) -> Suspect:
    """The weighed entry of the same deployment, or itself: too old to be weighed."""
    return next((one for one in weighed if one.key == last.key), last)


def _named_id(link: Link) -> str | None:
    return link.named.deployment.id if link.named else None


def _second_id(link: Link) -> str | None:
    return link.second.deployment.id if link.second else None
