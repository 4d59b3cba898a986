"""Alerts beside checks: what their senders tell, again and again, and what comes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.events import Actor, Resolved, SignalExpired, Silenced
from bot.core.policy import Alerts
from bot.core.scene import Scene
from bot.core.segments import segments
from bot.core.signal import Level, Signal
from bot.core.wording.thread import header
from bot.hook import Known
from bot.sources.alertmanager import HOOK
from tests.contracts.sources.alerts_told import API_DOWN, SUMMARY, alert, group, posted
from tests.core.world import World, deployment, policy

SECOND = "bc787ea03ad3314e"
WORDS = "ApiDown: API &lt;is&gt; down &amp; out"


def tells(world: World, *alerts: dict[str, Any]) -> None:
    """Alertmanager delivers a group; a moment passes."""
    for _key, event in HOOK.parse(posted(group(*alerts)), Known(world.policy, world.now)).events:
        world.happens(event)
    world.passes(seconds=1)


def fires(world: World, fingerprint: str = "9d4e98026c20b077", **changes: Any) -> None:
    """One alert fires, from now on unless it says otherwise."""
    tells(world, alert(fingerprint, **{"startsAt": world.now.isoformat(), **changes}))


def ends(world: World, fingerprint: str = "9d4e98026c20b077") -> None:
    tells(world, alert(fingerprint, "resolved"))


def down(world: World) -> bool:
    """Whether the incident is open."""
    return world.incident.open


def signals(world: World) -> list[Signal]:
    return [it for it in world.scene.signals if it.source == "alertmanager"]


def lines(world: World) -> str:
    return "\n".join(
        header(
            world.incident, pages=(), silences=(), policy=world.policy, now=world.now, timeline=()
        ).lines
    )


def test_the_first_text_names_the_alert_what_it_says_and_the_deployment() -> None:
    world = World(scene=Scene(deployments=(deployment("v1.42", ended=timedelta(minutes=7)),)))
    fires(world)
    assert sorted(page.person for page in world.pages()) == ["ana", "bo", "dee", "ida"]
    text = world.pages("bo")[0].text
    assert text == (
        f"#1 DOWN checkout 03:12: ApiDown: {SUMMARY}. Last deploy v1.42 a1b2c3d by Bo, 7 min "
        "before. IT+Development paged. Reply 1 to ack"
    )
    assert segments(text) == 1


def test_the_thread_shows_the_alert_with_its_links() -> None:
    world = World()
    fires(world)
    assert (
        f"{WORDS} · <https://example.com/rb|runbook>"
        " · <http://prom.example/graph?g0.expr=up%3D%3D0|graph>"
    ) in lines(world)


def test_a_repeat_does_nothing_but_renew_the_time_out() -> None:
    world = World()
    fires(world, startsAt="2026-11-24T03:00:00Z")
    world.passes(minutes=1)
    said, first = list(world.effects), signals(world)[0]
    for _one_of_two_alertmanagers in range(2):
        fires(world)
    assert world.effects == said
    (now,) = signals(world)
    assert now == replace(first, at=now.at, expires_at=now.at + timedelta(hours=24))
    assert now.at > first.at


def test_a_resolved_alert_that_nobody_knew_means_nothing() -> None:
    world = World()
    ends(world)
    assert (world.effects, world.scene) == ([], World().scene)


def test_the_last_alert_to_end_ends_the_incident_and_is_named() -> None:
    world = World()
    fires(world)
    world.sends(*world.pages())
    disk = API_DOWN | {"alertname": "DiskFull"}
    fires(world, SECOND, labels=disk, annotations={"summary": "on db1"})
    assert len(world.pages("ana")) == 1, "it is down already"
    ends(world)
    assert down(world)
    assert "DiskFull: on db1" in lines(world)
    assert world.replies()[-1] == "*checkout*: ApiDown is over; still down: DiskFull: on db1"
    world.passes(minutes=2)
    tells(world, alert(SECOND, "resolved", labels=disk))
    assert not down(world)
    assert world.pages("ana")[-1].text.endswith(" after 2 min (03:12-03:14). DiskFull is over.")
    assert world.replies()[-1].endswith("DiskFull is over.")


def test_forty_alerts_of_one_name_that_end_in_turn_do_not_flood_the_thread() -> None:
    world = World()
    pods = [f"{number:016x}" for number in range(40)]
    for pod in pods:
        fires(world, pod, annotations={"summary": f"pod {pod} is gone"})
    world.sends(*world.pages())
    said = world.replies()
    for pod in pods[:-1]:
        ends(world, pod)
    assert world.replies() == said
    assert f"ApiDown: pod {pods[-1]} is gone" in lines(world), "the thread shows one that fires"
    ends(world, pods[-1])
    assert not down(world)
    assert len(world.replies()) == len(said) + 1


def test_one_that_fires_beside_one_that_ends_opens_nothing_anew() -> None:
    world = World()
    fires(world)
    tells(world, alert(status="resolved"), alert(SECOND))
    assert (world.incident.number, world.incident.reopened) == (1, 0)
    assert down(world)


def test_what_fires_again_just_as_before_pages_again() -> None:
    """Prometheus was away, and tells of the same alert with the same beginning."""
    world = World()
    fires(world, startsAt="2026-11-24T03:12:00Z")
    ends(world)
    fires(world, startsAt="2026-11-24T03:12:00Z")
    assert down(world)
    assert world.pages("bo")[-1].text.startswith("#1 DOWN AGAIN checkout")


def test_a_check_and_an_alert_are_both_waited_for() -> None:
    world = World()
    world.goes_down()
    fires(world)
    world.comes_up()
    assert down(world)
    assert world.replies()[-1] == f"*checkout*: health is up again; still down: {WORDS}"
    assert "HTTP 503" not in lines(world)
    ends(world)
    assert not down(world)


def test_a_check_that_fails_on_keeps_the_incident_open_after_the_alert() -> None:
    world = World()
    fires(world)
    world.goes_down()
    ends(world)
    assert down(world)
    assert "HTTP 503, 3 of 3 tries" in lines(world)
    world.comes_up()
    assert not down(world)
    assert "is over" not in world.pages("ana")[-1].text


def test_a_warning_is_told_in_slack_and_pages_nobody() -> None:
    world = World()
    slow = API_DOWN | {"alertname": "Slow", "severity": "Warning"}
    fires(world, labels=slow)
    fires(world, labels=slow)
    assert world.posts() == [
        "*checkout* is degraded: Slow: API &lt;is&gt; down &amp; out. Nobody is paged for this."
    ]
    tells(world, alert(status="resolved", labels=slow))
    assert world.posts()[1:] == ["*checkout* is no longer degraded (Slow)."]
    assert world.pages() == []


def test_resolving_by_hand_is_refused_while_it_fires() -> None:
    world = World()
    fires(world)
    (refused,) = world.texts("ana", "1 ok")
    assert refused == (
        f"#1 stays open: checkout is still down (ApiDown: {SUMMARY}). "
        "It resolves by itself when the alert does. For quiet: 1 ok 30m"
    )
    world.happens(Resolved(1, Actor("bo", "slack"), world.now))
    assert "`/midwatch silence 1 30m`" in world.private()[-1]
    assert down(world)


def test_an_alert_of_a_service_that_left_the_configuration_is_resolved_by_a_person() -> None:
    """Its sender is told that the service is unknown, so nobody else could ever end it."""
    world = World()
    fires(world)
    others = {key: it for key, it in world.policy.services.items() if key != "checkout"}
    world.policy = replace(world.policy, services=others)
    world.happens(Resolved(1, Actor("ana", "slack"), world.now))
    assert not down(world)
    world.passes(minutes=30)
    assert len(world.scene.incidents) == 1, "it is not opened anew"
    assert not down(world)


def expire(world: World, after: timedelta = timedelta(hours=24)) -> None:
    """Nothing is heard for so long, and the engine looks."""
    world.passes(seconds=after.total_seconds())
    (signal,) = signals(world)
    world.happens(SignalExpired("checkout", signal.name, world.now))


def test_an_alert_that_is_neither_repeated_nor_resolved_is_taken_as_over() -> None:
    world = World()
    fires(world)
    world.sends(*world.pages())
    world.texts("ana", "1")
    world.texts("bo", "1")
    expire(world)
    assert not down(world)
    ended = "ApiDown has not been repeated for 24 h and was never resolved: taken as over."
    assert ended in world.replies()[-1]
    assert world.pages("ana")[-1].text.startswith("#1 UP checkout after 24 h (03:12-03:12). ")
    assert ended in world.pages("ana")[-1].text
    (signal,) = signals(world)
    assert (signal.level, signal.reason, signal.expires_at) == (Level.UP, "expired", None)
    said = list(world.effects)
    world.happens(SignalExpired("checkout", signal.name, world.now))
    assert world.effects == said, "another replica saw it too"


def test_the_repeat_that_comes_at_the_same_moment_wins() -> None:
    world = World()
    fires(world)
    world.passes(hours=23, minutes=59, seconds=59)
    fires(world)
    world.happens(SignalExpired("checkout", signals(world)[0].name, world.now))
    assert down(world)
    assert signals(world)[0].level is Level.DOWN


def test_an_expired_alert_beside_a_failing_check_is_told_and_resolves_nothing() -> None:
    world = World()
    world.goes_down()
    fires(world)
    expire(world)
    assert down(world)
    assert world.replies()[-1].startswith("*checkout*: ApiDown has not been repeated for 24 h")


def test_what_expires_without_an_incident_is_told_in_the_channel() -> None:
    world = World()
    world.happens(Silenced(Actor("ana", "sms"), world.now, timedelta(days=2), service="checkout"))
    fires(world)
    expire(world)
    assert world.posts()[-1].startswith("*checkout*: ApiDown has not been repeated for 24 h")
    assert world.scene.incidents == ()


def test_an_alert_of_a_service_that_left_the_configuration_ends_too() -> None:
    world = World()
    fires(world)
    services = {key: it for key, it in world.policy.services.items() if key != "checkout"}
    world.policy = replace(world.policy, services=services)
    expire(world)
    assert not down(world)


def test_its_own_time_out_wins_over_the_configured_one() -> None:
    world = World(policy(alerts=Alerts(timedelta(hours=5))))
    fires(world)
    fires(world, SECOND, annotations={"expires": "30m", "summary": "backup"})
    left = {it.expires_at - it.at for it in signals(world) if it.expires_at}
    assert left == {timedelta(hours=5), timedelta(minutes=30)}


def test_a_flood_of_new_alerts_is_one_incident_and_bounded() -> None:
    """A label that is new with every pod."""
    world = World()
    tells(world, *[alert(f"{number:016x}") for number in range(60)])
    assert len(world.pages("ana")) == 1
    assert len(signals(world)) == 50
    assert [reply for reply in world.replies() if "firing" in reply] == [
        "*checkout* has 50 alerts firing. More of them are not kept singly until some of these "
        "are over."
    ]
    tells(
        world,
        *[alert(f"{number:016x}", "resolved") for number in range(50)],
        *[alert(f"{number:016x}") for number in range(50, 60)],
    )
    firing = [it for it in signals(world) if it.level is Level.DOWN]
    assert len(firing) == 10, "there was room for them as soon as the others were over"
    assert down(world)
