"""Who signs a production release, and what a signature sets in motion."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from checks.durations import Duration
from config.people import different
from config.types import Positive, Slug, Strict, Text, WebUrl, wrong


class Trigger(Strict):
    """What an approval starts: exactly one of these, none: nothing but the record."""

    workflow: Text | None = None
    webhook: WebUrl | None = Field(default=None, repr=False)
    protection_rule: Literal[True] | None = None
    gitlab: Literal["manual_job", "deployment_approval"] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Trigger":
        if len(self.model_fields_set) != 1:
            mend = "one of workflow, webhook, protection_rule, gitlab"
            raise wrong("an approval triggers exactly one thing", mend)
        return self

    @property
    def kind(self) -> str:
        """`workflow`, `webhook`, `protection_rule`, `manual_job` or `deployment_approval`."""
        return self.gitlab or next(iter(self.model_fields_set))


class SignOff(Strict):
    """`services` empty: all of them. `soak` and `expires` are lengths of time."""

    approvers: Annotated[tuple[Slug, ...], Field(min_length=1), AfterValidator(different)]
    soak: Duration = timedelta(minutes=5)
    expires: Positive = timedelta(hours=24)
    services: Annotated[tuple[Slug, ...], AfterValidator(different)] = ()
    trigger: Trigger | None = None
