"""Support gets release notes: once, in plain words, completed and corrected later."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.responses import Response

from bot.core.database_changes import Breaking
from bot.core.deployment import Deployment, DeploymentState, Report
from bot.core.events import DeploymentReported, NotesEdited
from bot.sandbox.slack.records import SlackMessage
from tests.contracts.hooks.world import serving
from tests.contracts.sources.github_server import TOKEN, GitHub
from tests.contracts.sources.payloads import compared
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

COMMITS = [
    {"sha": "a" * 40, "message": "feat(cart): vouchers in the cart (#12)", "author": "Bo"},
    {"sha": "b" * 40, "message": "fix: card payments no longer <!here> time out", "author": "Eve"},
    {"sha": "c" * 40, "message": "chore: bump deps", "author": "dependabot[bot]"},
]


async def ships(story: World, name: str, **facts: Any) -> None:
    """A pipeline tells that it has deployed the shop."""
    payload = {
        "id": name,
        "service": "checkout",
        "environment": "production",
        "version": name,
        "status": "succeeded",
        "finished_at": story.clock.now().isoformat(),
    }
    answer = await story.post("/hooks/deployments", payload | facts)
    assert answer.status_code == 200, answer.text
    await story.settle()


async def deployed_by_github(story: World) -> None:
    """The whole repository went out, as GitHub tells it."""
    await story.midwatch.engine.receive(
        "gh:1",
        DeploymentReported(
            Report(
                id="gh1",
                service="checkout",
                environment="production",
                status=DeploymentState.SUCCEEDED,
                version="v1.42",
                sha="2" * 40,
                previous_sha="1" * 40,
                ended_at=story.clock.now(),
                source="github",
                shared=True,
            ),
            story.clock.now(),
        ),
    )
    await story.settle()


async def untouched(story: World) -> list[Deployment]:
    """Deployments as they are kept, those that touched nothing too."""
    found = await story.midwatch.store.deployment("gh1")
    return [found] if found else []


def support(story: World) -> list[SlackMessage]:
    """What stands in #support itself."""
    return story.sandbox.slack.messages("#support")


def thread(story: World, number: int = 0) -> list[str]:
    """What follows a message there."""
    ts = support(story)[number].ts
    return [message.text for message in story.sandbox.slack.thread("#support", ts)[1:]]


async def test_support_reads_what_ships_once(story: World) -> None:
    await ships(story, "v1.42", commits=COMMITS, by_hand=["rotate the key"])
    (notes,) = support(story)
    assert notes.text.split("\n") == [
        "*checkout v1.42 is live*",
        "",
        "*Still to be done by hand*",
        "• rotate the key",
        "",
        "*New*",
        "• Vouchers in the cart (Bo)",
        "",
        "*Fixed*",
        "• Card payments no longer &lt;!here&gt; time out (Eve)",
        "",
        "And 1 maintenance change.",
        "By Bo and Eve.",
    ]
    await ships(story, "v1.42", commits=COMMITS, by_hand=["rotate the key"])
    assert len(support(story)) == 1


async def test_staging_parts_done_by_hand_and_what_failed_are_no_news(story: World) -> None:
    await ships(story, "v1.42", environment="staging", commits=COMMITS)
    await ships(story, "v1.43", status="failed", commits=COMMITS)
    assert "noted" in (await story.types("bo", "deployed checkout new index"))[0].lower()
    assert support(story) == []


async def test_history_that_comes_late_is_no_news(story: World) -> None:
    old = (story.clock.now() - timedelta(hours=5)).isoformat()
    await ships(story, "v1.40", finished_at=old, commits=COMMITS)
    assert support(story) == []


async def test_going_back_says_what_is_gone_and_corrects_what_stood_before(story: World) -> None:
    await ships(story, "v1.41", sha="1" * 40, commits=COMMITS[1:2])
    await story.passes(minutes=1, step=60)
    await ships(story, "v1.42", sha="2" * 40, commits=COMMITS[:1])
    await story.passes(minutes=1, step=60)
    await ships(story, "again", version="v1.41", sha="1" * 40)
    assert support(story)[2].text.splitlines() == [
        "*checkout: v1.41 is back*",
        "The older version is live again in the place of v1.42.",
        "",
        "*These changes are gone*",
        "• Vouchers in the cart (Bo)",
        "",
        "By Bo.",
    ]
    assert thread(story, 1) == [
        "Correction: v1.42 was taken back: v1.41 is live again. What stands above is gone."
    ]
    assert thread(story, 0) == []
    await ships(story, "again", version="v1.41", sha="1" * 40)
    assert len(thread(story, 1)) == 1


async def test_an_old_version_is_a_way_back_though_only_one_of_them_names_its_commit(
    story: World,
) -> None:
    await ships(story, "v1.41", sha="1" * 40, commits=COMMITS[1:2])
    await story.passes(minutes=1, step=60)
    await ships(story, "v1.42", commits=COMMITS[:1])
    await story.passes(minutes=1, step=60)
    await ships(story, "again", version="v1.41")
    assert support(story)[2].text.startswith("*checkout: v1.41 is back*")


async def test_a_deployment_called_back_is_corrected_in_its_own_message(story: World) -> None:
    await ships(story, "v1.42", commits=COMMITS)
    await ships(story, "v1.42", status="rolled_back")
    assert support(story)[0].text.startswith(
        "*checkout v1.42 was taken back*\nIt is no longer live"
    )
    assert thread(story) == ["Correction: v1.42 was taken back. What stands above is gone."]


async def test_a_long_release_goes_on_in_the_thread(story: World) -> None:
    many = [
        {
            "sha": f"{number:040x}",
            "message": f"feat: change {number} {'words ' * 20}",
            "author": "Bo",
        }
        for number in range(60)
    ]
    await ships(story, "v1.42", commits=many)
    (first,) = support(story)
    rest = thread(story)
    assert len(rest) == 2
    assert first.text.endswith("_It goes on in the thread._")
    assert rest[-1].endswith("By Bo.")
    told = "\n".join((first.text, *rest))
    assert all(f"• Change {number} words" in told for number in range(60))
    assert all(len(text) < 4000 for text in (first.text, *rest))


async def test_a_manager_puts_their_own_words_in_its_place(story: World) -> None:
    await ships(story, "v1.42", commits=COMMITS)
    edited = NotesEdited("v1.42", "checkout", "Vouchers!\n<!channel>", "ana", story.clock.now())
    await story.midwatch.engine.receive("edit:1", edited)
    await story.settle()
    (notes,) = support(story)
    assert notes.text == "*checkout v1.42 is live*\nVouchers!\n&lt;!channel&gt;"
    assert "notes_edited" in await story.audited()
    record = (await story.midwatch.store.notes(["v1.42"]))["v1.42"]
    assert (record.edited_by, record.text) == (
        "ana",
        "checkout v1.42 is live\n\nVouchers!\n<!channel>",
    )


async def test_a_deleted_message_is_posted_anew(story: World) -> None:
    await ships(story, "v1.42", commits=COMMITS[:1])
    story.sandbox.slack.channel("#support").messages.clear()
    await ships(story, "v1.42", commits=COMMITS)
    assert [message.text.count("•") for message in support(story)] == [2]


async def test_commits_that_come_late_complete_what_was_posted(tmp_path: Path) -> None:
    github = GitHub(commits=[compared("a" * 40, "feat: vouchers")])
    github.refuse = Response("", 403, {"retry-after": "150"})
    async with serving(github.app()) as url:
        more = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": url}
        async with world(tmp_path, CONFIG, **more) as story:
            await ships(story, "v1.42", sha="2" * 40, previous_sha="1" * 40)
            assert support(story) == []
            await story.passes(minutes=2, step=10)
            assert "not known yet; it will stand here" in support(story)[0].text
            github.refuse = None
            await story.passes(minutes=1, step=10)
            (notes,) = support(story)
            assert "• Vouchers (Bo)" in notes.text
            assert "not known" not in notes.text


async def test_a_comparison_that_is_behind_makes_it_a_way_back(tmp_path: Path) -> None:
    github = GitHub(status="behind")
    async with serving(github.app()) as url:
        more = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": url}
        async with world(tmp_path, CONFIG, **more) as story:
            await ships(story, "v1.41", sha="1" * 40, previous_sha="2" * 40)
            await story.passes(seconds=10)
            assert support(story)[0].text.splitlines() == [
                "*checkout: v1.41 is back*",
                "The older version is live again. Which changes are gone is not known.",
            ]


async def test_a_repository_that_refuses_for_now_loses_no_deployment(tmp_path: Path) -> None:
    github = GitHub(commits=[compared("a" * 40, "feat: vouchers")])
    github.refuse = Response("", 404)
    async with serving(github.app()) as url:
        more = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": url}
        async with world(tmp_path, CONFIG, **more) as story:
            await ships(story, "v1.42", sha="2" * 40, previous_sha="1" * 40)
            await story.passes(minutes=3, step=30)
            assert story.midwatch.troubles.failing == {}
            github.refuse = None
            await story.passes(minutes=15, step=60)
            assert "• Vouchers (Bo)" in support(story)[0].text


async def test_a_migration_in_sql_is_looked_into(tmp_path: Path) -> None:
    github = GitHub(commits=[compared("a" * 40, "feat: vouchers")], files=["db/migrate/7.sql"])
    dropped = base64.b64encode(b"-- tidy up\nALTER TABLE carts DROP COLUMN note;").decode()
    github.contents["db/migrate/7.sql"] = {"encoding": "base64", "size": 9, "content": dropped}
    async with serving(github.app()) as url:
        more = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": url}
        async with world(tmp_path, CONFIG, **more) as story:
            await ships(story, "v1.42", sha="2" * 40, previous_sha="1" * 40)
            await story.passes(seconds=10)
            found = await story.midwatch.store.deployment("v1.42")
            assert found is not None
            (change,) = found.database
            assert change.breaking == (Breaking(2, "drops column carts.note"),)
            assert "1 part of it may break what uses the old form" in support(story)[0].text


async def test_a_service_that_a_shared_deployment_did_not_touch_is_not_announced(
    tmp_path: Path,
) -> None:
    github = GitHub(commits=[compared("a" * 40, "feat: search")], files=["search/find.py"])
    config = CONFIG.replace(
        "repository: acme/checkout", "repository: acme/checkout\n    paths: [cart]"
    )
    async with serving(github.app()) as url:
        more = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": url}
        async with world(tmp_path, config, **more) as story:
            await deployed_by_github(story)
            await story.passes(minutes=3, step=10)
            assert support(story) == []
            assert [it.untouched for it in await untouched(story)] == [True]
