"""Escalation policies: steps of who is paged, how, and after how long."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from checks.durations import Duration
from config.people import different
from config.types import ChannelName, Slug, Strict, kind_of, wrong

ROLES = frozenset({"on_call", "next", "everyone"})
"""Words that `page` takes beside people's keys; no person may be called so."""


class Step(Strict):
    """One step. `after` counts from the previous step; `page` is a role or a person's key.

    `repeat`: how many more times the last step runs, `after` apart.
    """

    after: Duration = timedelta()
    page: Slug
    by: Annotated[tuple[ChannelName, ...], Field(min_length=1), AfterValidator(different)] = (
        "sms",
    )
    repeat: Annotated[int, Field(ge=0, le=100)] = 0


def _in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Only the last step repeats, and then it must name a pause."""
    if any(step.repeat for step in steps[:-1]):
        raise wrong("only the last step may repeat", "move `repeat` to the last step")
    if steps[-1].repeat and steps[-1].after < timedelta(seconds=30):
        raise wrong("a step that repeats needs a pause", "give it `after`, at least 30s")
    if steps[0].after:
        raise wrong("the first step may not wait", "first pages are never delayed: drop `after`")
    return steps


Steps = Annotated[tuple[Step, ...], Field(min_length=1, max_length=20), AfterValidator(_in_order)]

Policies = Annotated[
    Annotated[Steps, Tag("list")] | Annotated[dict[Slug, Steps], Tag("mapping")],
    Discriminator(
        kind_of,
        custom_error_type="wrong",
        custom_error_message="not a list of steps; such as [{page: on_call, by: [sms]}]",
    ),
]

Chosen = Annotated[
    Annotated[Slug, Tag("text")] | Annotated[Steps, Tag("list")],
    Discriminator(
        kind_of,
        custom_error_type="wrong",
        custom_error_message="not a policy; the name of a policy, or a list of steps",
    ),
]
"""A service's own policy: the name of one, or its steps."""

STANDARD: tuple[Step, ...] = (
    Step(page="on_call", by=("sms",)),
    Step(after=timedelta(minutes=3), page="on_call", by=("call",)),
    Step(after=timedelta(minutes=5), page="everyone", by=("sms", "call"), repeat=3),
)
"""The policy of a file that names none."""


def by_name(written: Any) -> dict[str, tuple[Step, ...]]:
    """Policies by name; a plain list is the one called `default`."""
    if written is None:
        return {"default": STANDARD}
    return dict(written) if isinstance(written, dict) else {"default": written}
