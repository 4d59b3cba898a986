"""When release notes are posted, completed and corrected. What they say is `release_notes`.

They go to support once a production deployment succeeded. They are worded when they are sent, and
edited in place when more is known: whatever changes the deployment asks for that again.
"""

from dataclasses import replace
from datetime import timedelta

from bot.core.database_changes import known_changes, readable
from bot.core.deployment import Deployment, DeploymentState, same_environment
from bot.core.draft import Draft
from bot.core.effects import PostNotes, ReadMigrations, ReplyToNotes
from bot.core.events import MigrationsRead, NotesEdited, NotesPosted
from bot.core.notes_record import NotesRecord
from bot.core.release import lists_part
from bot.core.release_contents import database_known
from bot.core.release_notes import took_back
from bot.core.wording import notes as say

LATEST = timedelta(hours=4)
"""What ended longer ago is history: support is not told of it as news."""
MOST_READ = 40
"""So many SQL migrations of one deployment are looked into."""


def announce(draft: Draft, deployment: Deployment) -> None:
    """Something about this deployment is new. Posting twice is posting once."""
    service = draft.service(deployment.service)
    if service is None or not same_environment(deployment.environment, service.environment):
        return
    if deployment.source == "hand":
        _part_done(draft, deployment)
        return
    _ask_for_migrations(draft, deployment)
    record = draft.notes.get(deployment.id)
    posted = record is not None and record.posted_at is not None
    ended = deployment.ended_at or deployment.reported_at
    fresh = draft.now - ended <= LATEST
    if deployment.state is DeploymentState.SUCCEEDED and (posted or fresh):
        if posted or not deployment.untouched:
            draft.emit(PostNotes(deployment.id))
        if deployment.rollback and fresh:
            for other in took_back(deployment, draft.deployments.values()):
                _correct(draft, other, deployment)
    elif deployment.state is DeploymentState.ROLLED_BACK and posted:
        draft.emit(PostNotes(deployment.id))
        _correct(draft, deployment, None)


def _part_done(draft: Draft, part: Deployment) -> None:
    """Done by hand: it is told where its release is, and goes out of what is still to be done."""
    for release in draft.releases.values():
        live = draft.deployments.get(release.deployment or "")
        if live is not None and live is not part and lists_part(release, part):
            announce(draft, live)


def migrations_read(draft: Draft, event: MigrationsRead) -> None:
    """What stands in the migrations is known now."""
    if event.release:
        database_known(draft, event.release, event.changes)
        return
    deployment = draft.deployments.get(event.deployment)
    if deployment is None:
        return
    known = {change.path: change for change in (*deployment.database, *event.changes)}
    changed = replace(deployment, database=tuple(known.values()))
    if changed == deployment:
        return
    draft.put_deployment(changed)
    announce(draft, changed)


def notes_posted(draft: Draft, event: NotesPosted) -> None:
    """A message of them stands in Slack. Each draws the next one after it, so they keep order."""
    deployment = draft.deployments.get(event.deployment)
    if deployment is None:
        return
    record = draft.notes.get(event.deployment) or NotesRecord(event.deployment, event.service)
    begins = event.part == 1
    places = record.places
    if begins and places[:1] != (event.ts,):
        places = (event.ts,)  # a new message begins a new thread
    elif event.part == len(places) + 1:
        places = (*places, event.ts)
    elif 1 < event.part <= len(places):
        places = (*places[: event.part - 1], event.ts, *places[event.part :])
    draft.put_notes(
        replace(
            record,
            text=event.text,
            channel=event.channel if begins else record.channel,
            places=places,
            posted_at=record.posted_at or event.at,
        )
    )
    if event.part < max(event.parts, len(places)):
        draft.emit(PostNotes(event.deployment, event.part + 1))
    if record.posted_at is None:
        draft.note(
            "notes_posted",
            "midwatch",
            say.notes_posted(deployment),
            service=deployment.service,
            deployment=deployment.id,
        )


def notes_edited(draft: Draft, event: NotesEdited) -> None:
    """A manager's own words stand in the place of the list; empty ones bring it back."""
    deployment = draft.deployments.get(event.deployment)
    if deployment is None:
        return
    record = draft.notes.get(event.deployment) or NotesRecord(event.deployment, event.service)
    text = event.text.strip() or None
    if text == record.edited_text:
        return
    draft.put_notes(
        replace(record, edited_text=text, edited_by=event.by, edited_at=min(event.at, draft.now))
    )
    who = draft.policy.name_of(event.by)
    draft.note(
        "notes_edited",
        event.by,
        say.notes_edited(deployment, who, removed=text is None),
        service=deployment.service,
        deployment=deployment.id,
        facts=(("text", text or ""),),
    )
    announce(draft, deployment)


def _correct(draft: Draft, gone: Deployment, back: Deployment | None) -> None:
    """Say once, below the notes of what was live, that it is not any more."""
    record = draft.notes.get(gone.id)
    if record is None or record.posted_at is None or record.corrected_at is not None:
        return
    draft.put_notes(replace(record, corrected_at=draft.now))
    words = say.notes_corrected(gone, back)
    draft.emit(ReplyToNotes(f"notes:{gone.id}:back", gone.id, words))


def _ask_for_migrations(draft: Draft, deployment: Deployment) -> None:
    """Those in SQL that nobody has looked into yet, at the revision that went out."""
    service = draft.service(deployment.service)
    if service is None or not service.repository or not deployment.sha or deployment.untouched:
        return
    seen = {change.path for change in deployment.database}
    changes = known_changes(deployment.commits, deployment.database)
    paths = [it.path for it in changes if readable(it) and it.path not in seen]
    if paths:
        draft.emit(
            ReadMigrations(
                deployment=deployment.id,
                service=service.key,
                source=service.host,
                repository=service.repository,
                revision=deployment.sha,
                paths=tuple(paths[:MOST_READ]),
            )
        )
