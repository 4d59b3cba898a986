"""Rotas, a team that pages by itself, and single pages, for the tests of who is paged when."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.page import Page, Urgency
from bot.core.policy import Policy, Step
from bot.core.rota import Layer, Rota
from tests.core.world import START, policy


def turns(*people: str, starts: datetime = datetime(2026, 11, 23)) -> Rota:  # noqa: DTZ001 - local
    """A week each."""
    return Rota((Layer("main", people, timedelta(weeks=1), starts, "UTC"),))


def development(members: tuple[str, ...], rota: Rota | None, *steps: Step, **more: Any) -> Policy:
    """checkout is Development's alone, which pages by these steps."""
    rules = policy(**more)
    team = replace(rules.teams["development"], members=members, rota=rota)
    checkout = replace(rules.services["checkout"], teams=("development",))
    checkout = replace(checkout, steps=steps or checkout.steps)
    return replace(
        rules,
        teams={**rules.teams, "development": team},
        services={**rules.services, "checkout": checkout},
    )


def page(key: str, urgency: Urgency, *, after: float = 0, due: float | None = None) -> Page:
    """A page to Bo, made so many seconds after START."""
    at = START + timedelta(seconds=after)
    return Page(
        key=key,
        incident=int(key.strip("ab")),
        person="bo",
        team="development",
        channel="sms",
        urgency=urgency,
        reason="step",
        text=f"text {key}",
        line=f"#{key} svc{key} 03:12",
        created_at=at,
        due_at=START + timedelta(seconds=after if due is None else due),
    )
