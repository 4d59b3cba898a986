"""The event of an incident of several services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class WeighingDue:
    """Its deployments are to be weighed over all its `services`, now that they have joined."""

    number: int
    services: tuple[str, ...]
    at: datetime
    kind: Literal["weighing_due"] = "weighing_due"
