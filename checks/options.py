"""What every check's options share."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from checks.durations import Duration


def _positive(length: timedelta) -> timedelta:
    if length <= timedelta():
        raise ValueError("must be longer than nothing")
    return length


Positive = Annotated[Duration, AfterValidator(_positive)]


def called(target: object) -> str:
    """A target in words: of a command line only its program's name, because arguments may hold
    secrets and names stand in Slack, in texts and in the database."""
    if isinstance(target, list | tuple):
        return str(target[0]).rpartition("/")[2] if target else ""
    return str(target)


class CheckOptions(BaseModel):
    """Options of every kind. `timeout` bounds a whole probe, whatever the other side does.

    The option named after the kind holds what is asked: `{http: https://…}`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    every: Positive = timedelta(seconds=30)
    timeout: Positive = timedelta(seconds=10)
    failures: Annotated[int, Field(ge=1, le=100)] = 3
    recheck: Positive = timedelta(seconds=3)
    rollout_grace: Duration = timedelta(seconds=30)
    successes: Annotated[int, Field(ge=1, le=100)] = 2

    @property
    def target(self) -> str:
        """What is asked: the value of the option named after the kind, as it is `called`."""
        value: Any = getattr(self, type(self).__module__.rpartition(".")[2], "")
        return called(value)

    @property
    def label(self) -> str:
        """How the check is called in messages: its name, else its target."""
        return self.name or self.target

    @property
    def asks_version(self) -> bool:
        """Whether it compares the version that was deployed last (`$version`)."""
        return False
