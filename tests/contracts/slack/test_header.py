"""The first message's words as things happen, and its blocks within every limit of Slack's."""

import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.deployment import Commit, Deployment
from bot.core.events import Acknowledged, Actor, CauseDecided, Silenced
from bot.core.incident import Affected
from bot.core.page import PageState
from bot.core.policy import Team
from bot.core.scene import Scene
from bot.core.wording.thread import Header, header
from bot.core.wording.thread_deployment import migrations
from bot.sandbox.slack.blocks import problems
from bot.slack.blocks import header_blocks, shortened
from tests.contracts.slack.conftest import people
from tests.core.world import World, deployment

DATE = re.compile(r"<!date\^\d+\^\{\w+\}\|([\d:]+)>")


def words(world: World) -> Header:
    """As of now, with each date as its fallback."""
    incident = world.incident
    pages = [page for page in world.scene.pages if page.incident == incident.number]
    return header(
        incident, pages=pages, silences=world.scene.silences, policy=world.policy, now=world.now
    )


def shown(world: World) -> str:
    return DATE.sub(r"\1", "\n".join(words(world).lines))


def after(*deployments: Deployment) -> World:
    world = World(people(), Scene(deployments=deployments))
    world.goes_down()
    return world


def ana(world: World) -> Actor:
    return Actor("ana", "slack", "Ana", "U0ANA")


def test_the_example_of_the_design() -> None:
    commits = tuple(
        Commit(f"{n}" * 40, f"feat: {n}", files=(f"db/migrations/00{n}_add.sql", "src/a.py"))
        for n in (1, 2)
    )
    kept = replace(
        deployment("v1.42", ended=timedelta(minutes=7, seconds=30)),
        commits=commits,
        previous_sha="0" * 40,
        source="github",
    )
    world = after(kept)
    services = dict(world.policy.services)
    services["checkout"] = replace(services["checkout"], repository="acme/checkout")
    world.policy = replace(world.policy, services=services)
    world.happens(Acknowledged(1, ana(world), world.now))
    text = shown(world)
    assert "*#1 checkout is down* since " in text
    assert "HTTP 503, 3 of 3 tries" in text
    assert "*Last deployment:* v1.42 `a1b2c3d` by Bo, 7 min before, *suspected*" in text
    assert "2 commits, 2 migrations" in text
    assert f"<https://github.com/acme/checkout/compare/{'0' * 40}...a1b2c3d4e5|compare>" in text
    assert "IT: Ana has it, " in text
    assert "Development: paging Bo and Dee (text on its way, next at " in text
    world.policy = replace(world.policy, github_url="https://git.acme.example")
    assert "<https://git.acme.example/acme/checkout/compare/" in shown(world)
    (this, *_) = words(world).cause_buttons
    assert (this.label, this.value) == ("This deployment", "1 v1.42")


def test_a_text_that_did_not_arrive_is_said_in_words() -> None:
    world = after()
    page = world.pages("bo")[0]
    world.sends(page)
    world.becomes(page, PageState.DELIVERED)
    assert "text delivered" in shown(world)
    page = world.pages("dee")[0]
    world.sends(page)
    world.becomes(page, PageState.UNDELIVERED, "the number is not registered")
    assert "Slack message" in shown(world)


def test_two_that_may_be_it_are_both_named_and_the_last_one_too() -> None:
    last = deployment("v1.43", ended=timedelta(hours=30))
    other = deployment("p7", service="payments", ended=timedelta(minutes=1))
    text = shown(after(last, other))
    assert "payments p7" in text
    assert "v1.43" in text


def test_the_end_is_told_and_the_question_stays_until_and_after_its_answer() -> None:
    world = after(deployment("v1.42", ended=timedelta(minutes=7)))
    world.passes(minutes=14)
    world.comes_up()
    assert "*#1 checkout is up again* after 14 min" in shown(world)
    assert words(world).buttons == ()
    assert words(world).question == "Was it this deployment?"
    world.happens(CauseDecided(1, "other", ana(world), world.now, note="a cable"))
    assert "*Cause:* not a deployment, says Ana: a cable" in shown(world)
    assert [button.label for button in words(world).cause_buttons][-1] == "Not a deployment"
    assert words(world).question.startswith("Change it")
    world.goes_down()
    assert "*#1 checkout is down* since" in shown(world)
    assert "down again" in shown(world)


def test_an_outage_that_went_on_and_off_lasted_from_its_first_minute_to_its_last() -> None:
    world = after()
    world.passes(minutes=11)
    world.comes_up()
    world.passes(minutes=1)
    world.goes_down()
    assert "*#1 checkout is down* since 03:23" in shown(world), "this time"
    world.passes(seconds=54)
    world.comes_up()
    told = "*#1 checkout is up again* after 13 min, on and off: 2 times (03:11–03:24)"
    assert told in shown(world)
    assert "after 13 min, on and off: 2 times" in words(world).text


def test_quiet_is_said_with_its_end_and_reason() -> None:
    world = after()
    world.happens(Silenced(ana(world), world.now, timedelta(minutes=30), number=1, reason="noisy"))
    assert re.search(r"checkout is quiet until \d\d:\d\d \(noisy\)", shown(world))


def test_several_services_are_listed_and_counted() -> None:
    world = after()
    parts = [replace(world.incident.services[0], service=f"s{n}") for n in range(12)]
    parts[1] = replace(parts[1], up_at=world.now)
    world.scene = replace(world.scene, incidents=(replace(world.incident, services=tuple(parts)),))
    text = shown(world)
    assert "*#1 s0, s2 and 9 more are down*" in text
    assert "1 of 12 are back" in text
    assert "and 4 more" in text


def test_a_merged_incident_points_to_the_one_that_remains() -> None:
    world = after()
    merged = replace(world.incident, merged_into=4)
    world.scene = replace(world.scene, incidents=(merged,))
    assert "is part of *#4* now" in shown(world)
    assert words(world).cause_buttons == ()


def test_nobody_came_is_a_red_light() -> None:
    world = after()
    world.passes(hours=2)
    assert "IT: *nobody came*" in shown(world)


def test_migrations_are_counted_by_where_they_lie() -> None:
    paths = ("app/migrations/0001_x.py", "alembic/versions/ab.py", "src/migrations.md", "a.sql")
    assert migrations((Commit("1", files=paths),)) == 2
    assert migrations((Commit("1"),)) is None


NASTY = st.text(max_size=6000) | st.sampled_from(["<!channel>", "&" * 3000, "<" * 3000, "`*_~"])


@given(
    detail=NASTY, version=NASTY, by=NASTY, services=st.integers(1, 60), teams=st.integers(0, 120)
)
def test_whatever_others_wrote_the_message_fits_slack_and_wakes_nobody(
    detail: str, version: str, by: str, services: int, teams: int
) -> None:
    kept = replace(deployment("d1", ended=timedelta(minutes=7)), version=version, by=by, sha=by)
    world = after(kept)
    part = world.incident.services[0]
    many = tuple(
        Affected(f"s{n} {by}"[:200], part.began_at, detail, part.last_good_at, 3, 3)
        for n in range(services)
    )
    track = world.incident.tracks[0]
    tracks = tuple(replace(track, team=f"t{n}") for n in range(teams))
    known = {f"t{n}": Team(f"t{n}", f"{by} {n}"[:200], ("ana",)) for n in range(teams)}
    world.policy = replace(world.policy, teams=known)
    told = header(
        replace(world.incident, services=many, tracks=tracks),
        pages=world.pages(),
        silences=(),
        policy=world.policy,
        now=world.now,
    )
    blocks = [block.to_dict() for block in header_blocks(told)]
    assert problems(blocks) == []
    assert len(blocks) <= 50
    assert len(told.text) < 4000
    everything = told.text + str(blocks)
    assert not re.search(r"<!(?!date\^)|<@|<#", everything)


@given(st.text(alphabet="ab<>&;|!", max_size=60), st.integers(2, 40))
def test_a_cut_leaves_no_half_link_or_escaped_character(text: str, limit: int) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    cut = shortened(escaped, limit)
    assert len(cut) <= limit
    assert not re.search(r"&[a-z]*…?$", cut)
