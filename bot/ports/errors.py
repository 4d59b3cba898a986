"""What may go wrong on the way out, and what a database may answer.

DeliveryError
|-- Transient      try again (after `retry_after_seconds` when the provider named a time)
'-- Permanent      stop: it will never work this way; `code` is the provider's word for why
StoreUnavailable   the database cannot be read or committed right now
Conflict           another transaction was first: decide again
"""


class DeliveryError(Exception):
    """Something could not be delivered. The message is for people: no secrets, no numbers."""


class Transient(DeliveryError):
    """Try again. `may_have_happened`: the other side may have acted although we saw an error."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float | None = None,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.may_have_happened = may_have_happened


class Permanent(DeliveryError):
    """Stop. `mark` is set when the address itself is unusable: `opted_out` or `landline`."""

    def __init__(self, message: str, *, code: str = "", mark: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.mark = mark


class StoreUnavailable(Exception):
    """The database cannot be reached, or cannot commit."""


class Conflict(Exception):
    """Another transaction was first (one open incident per service): decide the event again."""


class MessageGone(Exception):
    """The message to be edited was deleted by somebody."""


class NotYet(Exception):
    """It cannot be sent yet (its thread does not exist): look again, without counting a try."""

    def __init__(self, seconds: float) -> None:
        super().__init__("not yet")
        self.seconds = seconds
