"""The working copy that a decision is written on.

A `Draft` begins as the scene, is changed by the rules, and ends as a `Decision`. It lives inside
one call of `decide`, so the rules stay functions of scene, event, policy and time.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.core.deployment import Deployment
from bot.core.effects import (
    AnswerSlack,
    AnswerText,
    CardReply,
    Channel,
    Effect,
    Entry,
    Post,
    RefreshCard,
    RefreshThread,
    Reply,
    SendPage,
)
from bot.core.events import Actor
from bot.core.held import Held
from bot.core.incident import REOPEN_WITHIN, Incident
from bot.core.notes_record import NotesRecord
from bot.core.overrides import TeamOverride, with_overrides
from bot.core.page import Page
from bot.core.policy import Policy, Service
from bot.core.pushes import Push
from bot.core.release import Release
from bot.core.scene import Decision, Mark, Scene
from bot.core.segments import as_answer
from bot.core.signal import Signal, Silence
from bot.core.wording import private


class Draft:
    """State as it will be, and what is to be said and done about it."""

    def __init__(
        self, scene: Scene, policy: Policy, now: datetime, event_key: str, weighs: bool = True
    ) -> None:
        self.scene, self.now, self.event_key = scene, now, event_key
        self.policy = with_overrides(policy, scene.overrides)
        self.weighs = weighs
        self.incidents = {incident.number: incident for incident in scene.incidents}
        self.signals = {(signal.service, signal.name): signal for signal in scene.signals}
        self.silences = {silence.id: silence for silence in scene.silences}
        self.pages = {page.key: page for page in scene.pages}
        self.deployments = {item.id: item for item in scene.deployments}
        self.overrides = {item.id: item for item in scene.overrides}
        self.notes = {item.deployment: item for item in scene.notes}
        self.releases = {item.id: item for item in scene.releases}
        self.unusable = dict(scene.unusable)
        self.blind_since = scene.blind_since
        self.duty_seen: datetime | None = None
        self.told_ahead: dict[str, datetime | None] = {}
        self._duties: list[Held] = []
        self._troubles: dict[str, datetime | None] = {}
        self._incidents: set[int] = set()
        self._signals: set[tuple[str, str]] = set()
        self._silences: set[str] = set()
        self._overrides: set[int] = set()
        self._releases: set[str] = set()
        self._changed_pages: set[str] = set()
        self._deployments: set[str] = set()
        self._notes: set[str] = set()
        self._new_pages: set[str] = set()
        self._effects: dict[str, Effect] = {}
        self._entries: list[Entry] = []
        self._pushes: list[Push] = []
        self._marks: list[Mark] = []
        self._led = ""
        self._serial = 0
        self._next_number = scene.next_number

    # -- reading

    def service(self, key: str) -> Service | None:
        """The configured service, or None when it left the file."""
        return self.policy.services.get(key)

    def signals_of(self, service: str) -> list[Signal]:
        """Every signal of `service`."""
        return [signal for (of, _), signal in self.signals.items() if of == service]

    def open_incidents(self) -> list[Incident]:
        """Open ones, oldest first."""
        return sorted((i for i in self.incidents.values() if i.open), key=lambda i: i.number)

    def open_with(self, service: str) -> Incident | None:
        """The open incident that `service` is part of."""
        return next((i for i in self.open_incidents() if i.affects(service)), None)

    def recently_resolved(self, service: str) -> Incident | None:
        """The newest resolved incident of `service` in which it was down within the reopening time.

        Not a storm: one of many would page the teams of all. Not an imported one: it has no thread.
        Nor one that another service keeps coming back to: what has been up for so long itself does
        not flap with it.
        """
        recent = [
            incident
            for incident in self.incidents.values()
            if incident.affects(service)
            and incident.storm_at is None
            and not incident.imported
            and incident.merged_into is None
            and incident.resolved_at is not None
            and self.now - (incident.part(service).up_at or incident.resolved_at) < REOPEN_WITHIN
        ]
        return max(recent, key=lambda incident: incident.number, default=None)

    def by_number(self, number: int) -> Incident | None:
        """The incident of that number; a merged one leads to the one that remains."""
        incident = self.incidents.get(number)
        seen: set[int] = set()
        while incident and incident.merged_into is not None and incident.number not in seen:
            seen.add(incident.number)
            incident = self.incidents.get(incident.merged_into)
        return incident

    def meant(self, number: int) -> Incident | None:
        """The same for what a person named: the answer says where a merged one has led."""
        incident = self.by_number(number)
        if incident is not None and incident.number != number:
            self._led = private.led(number, incident)
        return incident

    def pages_of(self, number: int) -> list[Page]:
        """Pages of one incident, oldest first."""
        mine = [page for page in self.pages.values() if page.incident == number]
        return sorted(mine, key=lambda page: (page.created_at, page.key))

    # -- writing

    def next_number(self) -> int:
        """A fresh incident number."""
        number = self._next_number
        self._next_number += 1
        return number

    def next_override(self) -> int:
        """The number of a new override."""
        return max([self.scene.next_override - 1, *self.overrides]) + 1

    def next_quiet(self) -> int:
        """The number of a new silence or maintenance."""
        known = (item.number for item in self.silences.values() if item.number is not None)
        return max([self.scene.next_quiet - 1, *known]) + 1

    def serial_key(self, what: str) -> str:
        """A key for an effect of this very event. As texts they sort as they were made."""
        self._serial += 1
        return f"{what}:{self.event_key}:{self._serial:04d}"

    def put_incident(self, incident: Incident) -> Incident:
        """The new version of an incident; its thread is refreshed."""
        self.incidents[incident.number] = incident
        self._incidents.add(incident.number)
        self.refresh(incident.number)
        return incident

    def put_signal(self, signal: Signal) -> None:
        """The new version of a signal."""
        self.signals[(signal.service, signal.name)] = signal
        self._signals.add((signal.service, signal.name))

    def put_silence(self, silence: Silence) -> None:
        """A silence, new or changed."""
        self.silences[silence.id] = silence
        self._silences.add(silence.id)

    def put_override(self, override: TeamOverride) -> None:
        """An override, new or changed. Whoever is chosen from here on is chosen with it."""
        self.overrides[override.id] = override
        self._overrides.add(override.id)
        self.policy = with_overrides(self.policy, self.overrides.values())

    def put_duty(self, held: Held) -> None:
        """Who has a team's duty from now on."""
        self._duties.append(held)

    def releases_of(self, service: str) -> list[Release]:
        """Those of a service that are open, oldest first."""
        own = [it for it in self.releases.values() if it.service == service and it.open]
        return sorted(own, key=lambda it: (it.announced_at, it.id))

    def put_release(self, release: Release) -> Release:
        """The new version of a release; its card is refreshed."""
        if self.releases.get(release.id) != release:
            self.releases[release.id] = release
            self._releases.add(release.id)
            self.emit(RefreshCard(release.id))
        return release

    def card_reply(self, release: str, text: str) -> None:
        """Say it under the card of a release."""
        self.emit(CardReply(self.serial_key("card_reply"), release, text))

    def put_deployment(self, deployment: Deployment) -> None:
        """The new version of a deployment."""
        self.deployments[deployment.id] = deployment
        self._deployments.add(deployment.id)

    def put_notes(self, record: NotesRecord) -> None:
        """The new version of what is known of release notes."""
        self.notes[record.deployment] = record
        self._notes.add(record.deployment)

    def put_push(self, push: Push) -> None:
        """Commits that a deployment may name later."""
        self._pushes.append(push)

    def put_page(self, page: Page) -> None:
        """A changed page, or a new one (then it is sent)."""
        if page.key in self._new_pages or page.key not in self.pages:
            self._new_pages.add(page.key)
            self._effects[page.key] = SendPage(page)
        else:
            self._changed_pages.add(page.key)
        self.pages[page.key] = page
        if page.incident:
            self.refresh(page.incident)

    def change_page(self, page: Page, **changes: object) -> Page:
        """Replace fields of a page."""
        changed = replace(page, **changes)  # type: ignore[arg-type]
        self.put_page(changed)
        return changed

    def mark(self, person: str, channel: str, mark: str | None) -> None:
        """What is known about an address: `opted_out`, `landline`, or None for usable again."""
        self._marks.append(Mark(person, channel, mark, self.now))
        if mark is None:
            self.unusable.pop((person, channel), None)
        else:
            self.unusable[(person, channel)] = mark

    def trouble(self, part: str, since: datetime | None) -> None:
        """A part of our own fails since then, or (None) works again."""
        self._troubles[part] = since

    # -- saying

    def emit(self, effect: Effect) -> None:
        """Ask for something; the same key twice is once."""
        self._effects[effect.key] = effect

    def take_back(self, key: str) -> None:
        """Not to be said after all."""
        self._effects.pop(key, None)

    def answers_alone(self) -> list[AnswerText]:
        """The answers by text, where nothing but them came of it."""
        answers = [effect for effect in self._effects.values() if isinstance(effect, AnswerText)]
        changed = self._entries or self._incidents or self._silences or self._changed_pages
        return [] if changed or len(answers) < len(self._effects) else answers

    def refresh(self, number: int) -> None:
        """The thread's first message is to be brought up to date; an imported one has none."""
        if not self._imported(number):
            self.emit(RefreshThread(number))

    def reply(self, number: int, text: str) -> None:
        """Say it in the incident's thread, if it may have one."""
        if not self._imported(number):
            self.emit(Reply(self.serial_key("reply"), number, text))

    def _imported(self, number: int) -> bool:
        incident = self.incidents.get(number)
        return incident is not None and incident.imported

    def post(self, channel: Channel, text: str) -> None:
        """Say it in one of the configured channels."""
        self.emit(Post(self.serial_key("post"), channel, text))

    def answer(self, actor: Actor, text: str, *, sign_in: bool = False) -> None:
        """Tell the one who acted, by the way they came; the web and the command line ask us."""
        text = f"{self._led}{text}"
        if actor.via == "sms" and actor.person:
            words = as_answer(text)
            self.emit(AnswerText(self.serial_key("answer"), actor.person, words, sign_in))
        elif actor.via == "slack":
            key = self.serial_key("answer")
            self.emit(
                AnswerSlack(key, text, actor.response_url, actor.slack, actor.person, sign_in)
            )

    def note(
        self,
        kind: str,
        by: str,
        text: str,
        *,
        incident: int | None = None,
        service: str | None = None,
        deployment: str | None = None,
        facts: Iterable[tuple[str, str]] = (),
        at: datetime | None = None,
    ) -> None:
        """Write a line of the timeline and the audit log."""
        self._entries.append(
            Entry(at or self.now, kind, by, text, incident, service, deployment, tuple(facts))
        )

    def decision(self) -> Decision:
        """All that changed."""
        return Decision(
            incidents=tuple(self.incidents[number] for number in sorted(self._incidents)),
            signals=tuple(self.signals[key] for key in sorted(self._signals)),
            silences=tuple(self.silences[key] for key in sorted(self._silences)),
            pages=tuple(self.pages[key] for key in sorted(self._changed_pages)),
            deployments=tuple(self.deployments[key] for key in sorted(self._deployments)),
            pushes=tuple(self._pushes),
            marks=tuple(self._marks),
            effects=tuple(self._effects.values()),
            entries=tuple(self._entries),
            blind_since=self.blind_since,
            sight_changed=self.blind_since != self.scene.blind_since,
            troubles=self._troubles,
            overrides=tuple(self.overrides[id_] for id_ in sorted(self._overrides)),
            notes=tuple(self.notes[key] for key in sorted(self._notes)),
            duties=tuple(self._duties),
            duty_seen=self.duty_seen,
            told_ahead=self.told_ahead,
            releases=tuple(self.releases[id_] for id_ in sorted(self._releases)),
        )
