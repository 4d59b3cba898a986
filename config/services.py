"""Services, as the file writes them."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.check import Checks
from config.escalation import Chosen
from config.people import different
from config.types import Acknowledge, Positive, Repository, Slug, Strict, Text, wrong

_WORKFLOW = re.compile(r"[\w.-]{1,200}\.ya?ml")


def _workflow(text: str) -> str:
    if not _WORKFLOW.fullmatch(text):
        raise wrong("is not the file of a workflow", "its name in .github/workflows: deploy.yml")
    return text


Names = Annotated[tuple[Slug, ...], AfterValidator(different)]


class Workflow(Strict):
    """A workflow of GitHub Actions by its file: `deploy.yml`."""

    workflow: Annotated[str, AfterValidator(_workflow)]


DeployedBy = Literal["deployment", "release"] | Workflow


class Service(Strict):
    """What users depend on. What is None here is as in the whole file (see `config.Config`).

    `environment` is the one users see, `staging` the one where its releases wait; both compare
    without case. `paths` tell the services of one repository apart. `host` is where it is.
    `deployed_by`: what there stands for a deployment, if it is not the host's own deployments.
    """

    name: Text = ""
    teams: Annotated[Names, Field(min_length=1)] | None = None
    depends_on: Names = ()
    repository: Repository | None = None
    paths: tuple[Text, ...] = ()
    host: Literal["github", "gitlab"] = "github"
    deployed_by: DeployedBy = "deployment"
    environment: Text = "production"
    staging: Text = "staging"
    by_hand: Annotated[tuple[Text, ...], AfterValidator(different)] = ()
    checks: Checks = ()
    staging_checks: Checks = ()
    escalation: Chosen | None = None
    acknowledge: Acknowledge | None = None
    suspect_window: Positive | None = None
