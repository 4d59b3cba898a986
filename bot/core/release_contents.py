"""What becomes known of a release after it was announced: its commits, its migrations."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.database_changes import DatabaseChange
from bot.core.deployment import Commit
from bot.core.draft import Draft
from bot.core.release import Release, ReleaseState
from bot.core.release_range import ask_for_migrations, together
from bot.core.releasing import note
from bot.core.signers import frozen_by, writers
from bot.core.wording import releases as say
from bot.core.wording.release_card import signed_own_work


def commits_known(draft: Draft, id_: str, commits: Sequence[Commit], complete: bool) -> None:
    """Its range was asked for and arrived."""
    release = draft.releases.get(id_)
    if release is None or release.range_known:
        return
    found = tuple(commits) if complete else together(release.commits, tuple(commits))
    known = draft.put_release(replace(release, commits=found, range_known=complete))
    if release.open:
        ask_for_migrations(draft, known)
    signed = known.state in (ReleaseState.APPROVED, ReleaseState.DEPLOYED)
    wrote = writers(known, draft.policy)
    themselves = [it for it in (known.decided_by, known.second_by) if it in wrote]
    if signed and themselves:
        text = signed_own_work(known, themselves, draft.policy)
        draft.post("releases", text)
        note(draft, known, "signed_own_work", "midwatch", text)


def database_known(draft: Draft, id_: str, changes: Sequence[DatabaseChange]) -> None:
    """Somebody looked into its migrations."""
    release = draft.releases.get(id_)
    if release is not None:
        known = {change.path: change for change in (*release.database, *changes)}
        draft.put_release(replace(release, database=tuple(known.values())))


def say_if_frozen(draft: Draft, release: Release) -> None:
    """It goes out, though its service was frozen after it had been signed: under its card."""
    freeze = frozen_by(release.service, draft.open_incidents())
    if freeze is None or release.emergency or release.mends == freeze.number:
        return
    text = say.deployed_while_frozen(release, freeze.number)
    draft.card_reply(release.id, text)
    note(draft, release, "release_deployed_while_frozen", "midwatch", text)
