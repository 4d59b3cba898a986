"""The events of an incident of several services: their time has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

OfServices = list[tuple[int, tuple[str, ...]]]
"""Incidents by their numbers, each with its services."""


@dataclass(frozen=True, slots=True)
class WeighingDue:
    """Its deployments are to be weighed over all its `services`, now that they have joined."""

    number: int
    services: tuple[str, ...]
    at: datetime
    kind: Literal["weighing_due"] = "weighing_due"


@dataclass(frozen=True, slots=True)
class PartingDue:
    """What of its `services` stays down although its dependency is back becomes one of its own."""

    number: int
    services: tuple[str, ...]
    at: datetime
    kind: Literal["parting_due"] = "parting_due"
