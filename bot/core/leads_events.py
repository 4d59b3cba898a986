"""What leads are told of by the calendar, and what somebody asked to see."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Drawable:
    """A chart that goes along with a text. `chart` is Vega-Lite as JSON; `alt` says it in words."""

    chart: str
    title: str
    alt: str


@dataclass(frozen=True, slots=True)
class PictureAsked:
    """Somebody asked for numbers in Slack: the text has been answered, the picture follows."""

    actor: Actor
    picture: Drawable
    at: datetime
    kind: Literal["picture_asked"] = "picture_asked"


@dataclass(frozen=True, slots=True)
class WeekEnded:
    """A week is over. `monday` is the day on which that is told, `text` is mrkdwn."""

    monday: date
    text: str
    picture: Drawable
    at: datetime
    kind: Literal["week_ended"] = "week_ended"


@dataclass(frozen=True, slots=True)
class RecordBroken:
    """The streak since `since` is longer than any before it, the longest of which had
    `before_days`.
    """

    since: datetime
    days: int
    before_days: int
    at: datetime
    kind: Literal["record_broken"] = "record_broken"
