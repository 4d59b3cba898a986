"""Who did something."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, and how to answer them.

    `person` is a key of the configuration, or None for somebody Midwatch does not know.
    `via` is `sms`, `call`, `slack`, `web` or `cli`. `response_url` and `slack` say where a
    private answer in Slack goes; answers by text go to the person.
    """

    person: str | None
    via: str
    name: str = ""
    slack: str | None = None
    response_url: str | None = None
