"""Services, as the file writes them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from config.check import Checks
from config.escalation import Chosen
from config.people import different
from config.types import Acknowledge, Positive, Repository, Slug, Strict, Text

Names = Annotated[tuple[Slug, ...], AfterValidator(different)]


class Service(Strict):
    """What users depend on. What is None here is as in the whole file (see `config.Config`).

    `environment` is the one users see, `staging` the one where its releases wait; both compare
    without case. `paths` tell the services of one repository apart.
    """

    name: Text = ""
    teams: Annotated[Names, Field(min_length=1)] | None = None
    depends_on: Names = ()
    repository: Repository | None = None
    paths: tuple[Text, ...] = ()
    environment: Text = "production"
    staging: Text = "staging"
    by_hand: Annotated[tuple[Text, ...], AfterValidator(different)] = ()
    checks: Checks = ()
    staging_checks: Checks = ()
    escalation: Chosen | None = None
    acknowledge: Acknowledge | None = None
    suspect_window: Positive | None = None
