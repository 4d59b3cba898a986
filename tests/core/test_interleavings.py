"""Whatever order things come in: outages, texts, receipts, failures and time, mixed at random.

The outbox is played by the test: it plans what is due as the real one does, hands over, and
tells of it whenever it likes.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.core.bundling import BUNDLE, plan
from bot.core.events import (
    Acknowledged,
    Actor,
    Escalated,
    LookedAgain,
    PageFailed,
    SilenceEnded,
    WeighingDue,
)
from bot.core.incident import IncidentState, TrackState
from bot.core.page import TERMINAL, Page, PageState
from bot.core.paging import still_wanted
from bot.core.quiet import quiet_until
from bot.core.segments import segments
from bot.core.signal import Level
from tests.core.world import World

SERVICES = ("checkout", "search", "payments")
PEOPLE = ("ana", "ida", "bo", "dee", "eve")
WORDS = ("{}", "all", "ack", "{} ok", "{} esc", "{} ok 30m", "?", "what")
LONGEST_STEP = timedelta(minutes=5)
ENDS = (PageState.SENT, PageState.DELIVERED, PageState.UNDELIVERED, PageState.FAILED)


class Interleavings(RuleBasedStateMachine):
    """One organisation, three services, five people, and everything at once."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.ended: dict[str, PageState] = {}
        self.known_pages: set[str] = set()
        self.had_it: set[tuple[int, str, int]] = set()

    @initialize(storm=st.sampled_from((2, 999)))
    def begins(self, storm: int) -> None:
        """Three at once are a storm, or only those belong together that depend on each other."""
        self.world.policy = replace(self.world.policy, storm=storm)

    # -- what happens

    @rule(service=st.sampled_from(SERVICES))
    def goes_down(self, service: str) -> None:
        self.world.goes_down(service)

    @rule(service=st.sampled_from(SERVICES))
    def comes_up(self, service: str) -> None:
        self.world.comes_up(service)

    @rule(seconds=st.sampled_from((0, 1, 19, 20, 61, 181, 301, 1801, 7200)))
    def passes(self, seconds: int) -> None:
        self.world.passes(seconds=seconds)
        # As the engine's tick does, so that a quiet that ended is followed by pages.
        self.world.happens(LookedAgain(SERVICES, self.world.now, "tick"))
        for incident in self.world.scene.incidents:
            if incident.weigh_at is not None and incident.weigh_at <= self.world.now:
                names = tuple(part.service for part in incident.services)
                self.world.happens(WeighingDue(incident.number, names, self.world.now))

    @rule(who=st.sampled_from(PEOPLE), words=st.sampled_from(WORDS), number=st.integers(1, 3))
    def texts(self, who: str, words: str, number: int) -> None:
        assert len(self.world.texts(who, words.format(number))) == 1, "everybody is answered, once"

    @rule(who=st.sampled_from((*PEOPLE, None)), number=st.integers(1, 3), team=st.booleans())
    def clicks(self, who: str | None, number: int, team: bool) -> None:
        actor = Actor(who, "slack", slack="U1")
        event = (
            Escalated(number, actor, self.world.now, "it" if team else None)
            if who
            else Acknowledged(number, actor, self.world.now)
        )
        self.world.happens(event)

    @rule(number=st.sampled_from((None, 1, 2)), service=st.sampled_from((None, *SERVICES)))
    def somebody_ends_a_quiet(self, number: int | None, service: str | None) -> None:
        of = None if number else service
        event = SilenceEnded(Actor("ana", "slack"), self.world.now, number=number, service=of)
        self.world.happens(event)

    @rule(service=st.sampled_from(SERVICES))
    def the_same_is_said_again(self, service: str) -> None:
        """Nothing changes: no incident, no page, nobody's acknowledgement."""
        signals = [it for it in self.world.scene.signals if it.service == service]
        before = self.world.scene
        if any(it.level is Level.DOWN for it in signals):
            self.world.goes_down(service)
        elif signals:
            self.world.comes_up(service)
        assert (self.world.scene.incidents, self.world.scene.pages) == (
            before.incidents,
            before.pages,
        )

    @rule(service=st.sampled_from(SERVICES))
    def somebody_silences(self, service: str) -> None:
        self.world.silence(service, minutes=30)

    @rule(until=st.sampled_from((0, 1, 5)))
    def the_outbox_hands_over(self, until: int) -> None:
        """What is due is planned and handed over; the rest of it is still being tried."""
        world = self.world
        due = [page for page in world.pages() if page.waiting and page.due_at <= world.now]
        recent = [page for page in world.pages() if page.sent_at is not None]
        planned = plan(due, recent, world.now)
        known = {page.key: page for page in (*world.scene.pages, *planned.changed, *planned.new)}
        for key in planned.ready[: len(planned.ready) - until if until else None]:
            known[key] = replace(known[key], state=PageState.SENT, sent_at=world.now)
        world.scene = replace(world.scene, pages=tuple(known.values()))

    @rule(nth=st.integers(0, 30), state=st.sampled_from(ENDS))
    def a_receipt_comes(self, nth: int, state: PageState) -> None:
        for page in self.told_of(nth):
            self.world.becomes(page, state, "for a reason (30003)")

    @rule(
        nth=st.integers(0, 30),
        silent=st.booleans(),
        stuck=st.booleans(),
        mark=st.sampled_from((None, None, "opted_out")),
    )
    def a_page_fails(self, nth: int, silent: bool, stuck: bool, mark: str | None) -> None:
        for page in self.told_of(nth):
            failed = PageFailed(page.key, self.world.now, "refused", silent, stuck, mark)
            self.world.happens(failed)

    def told_of(self, nth: int) -> list[Page]:
        """One of the newest pages. What went in another's text has no receipt of its own."""
        pages = [page for page in self.world.pages() if page.state is not PageState.BUNDLED]
        return pages[-1 - nth :][:1]

    # -- what holds at any time

    @invariant()
    def every_team_that_pages_knows_when_it_goes_on(self) -> None:
        for incident in self.world.scene.incidents:
            for track in incident.tracks:
                if incident.open and track.state is TrackState.PAGING:
                    assert track.next_at is not None, (incident.number, track)
                elif not incident.open or not track.open:
                    assert track.next_at is None, (incident.number, track)

    @invariant()
    def what_is_down_and_loud_has_one_open_incident(self) -> None:
        world = self.world
        for service in SERVICES:
            signals = [s for s in world.scene.signals if s.service == service]
            opened = [i for i in world.scene.incidents if i.open and i.affects(service)]
            assert len(opened) <= 1
            down = any(s.level is Level.DOWN for s in signals)
            quiet = quiet_until(service, world.scene.silences, (), world.now)
            if down and quiet is None:
                assert opened, service

    @invariant()
    def nobody_waits_for_the_end_of_a_quiet_that_is_not_theirs(self) -> None:
        world = self.world
        for incident in world.scene.incidents:
            down = incident.down() if incident.open else ()
            loud = [it for it in down if not quiet_until(it, world.scene.silences, (), world.now)]
            for track in incident.tracks:
                theirs = [it for it in loud if track.team in world.policy.services[it].teams]
                if theirs and track.state is TrackState.PAGING:
                    assert track.next_at is not None
                    assert track.next_at <= world.now + LONGEST_STEP, (incident, track)

    @invariant()
    def what_is_merged_is_over_and_points_to_one_that_is_not_merged(self) -> None:
        known = {incident.number: incident for incident in self.world.scene.incidents}
        for incident in known.values():
            if incident.merged_into is not None:
                assert not incident.open
                assert incident.next_due_at is None
                assert known[incident.merged_into].number < incident.number
                pages = [it for it in self.world.pages() if it.incident == incident.number]
                assert all(it.state is PageState.CANCELLED for it in pages)

    @invariant()
    def acknowledged_means_that_every_team_has_it(self) -> None:
        for incident in self.world.scene.incidents:
            if incident.open:
                all_have = all(t.state is TrackState.ACKNOWLEDGED for t in incident.tracks)
                assert (incident.state is IncidentState.ACKNOWLEDGED) is all_have

    @invariant()
    def nobody_is_paged_for_a_team_that_has_it_but_because_somebody_asked(self) -> None:
        incidents = {it.number: it for it in self.world.scene.incidents}
        for page in self.world.pages():
            by_itself = page.reason in ("step", "undelivered", "last_resort")
            if page.key not in self.known_pages and by_itself:
                had = (page.incident, page.team, incidents[page.incident].reopened)
                assert had not in self.had_it, page
        self.known_pages = {page.key for page in self.world.pages()}
        self.had_it = {
            (it.number, track.team, it.reopened)
            for it in incidents.values()
            for track in it.tracks
            if track.state is TrackState.ACKNOWLEDGED
        }

    @invariant()
    def nothing_waits_that_nobody_wants_and_nothing_wanted_is_taken_back(self) -> None:
        world = self.world
        known = {page.key: page for page in world.pages()}
        for page in known.values():
            if page.waiting and page.reason != BUNDLE:
                assert self.wanted(page), page
            if page.state is PageState.BUNDLED:
                assert page.bundled_into is not None
                carrier = known[page.bundled_into]
                taken_back = carrier.state is PageState.CANCELLED and carrier.error != "silenced"
                assert not (taken_back and self.of_this_round(page) and self.wanted(page)), page

    @invariant()
    def an_end_is_an_end(self) -> None:
        for page in self.world.pages():
            before = self.ended.get(page.key)
            assert before is None or page.state is before, (page, before)
            if page.state in TERMINAL and page.state is not PageState.FAILED:
                self.ended[page.key] = page.state

    @invariant()
    def every_page_is_one_segment(self) -> None:
        assert all(segments(page.text) == 1 for page in self.world.pages())

    def wanted(self, page: Page) -> bool:
        incident = next(i for i in self.world.scene.incidents if i.number == page.incident)
        return still_wanted(page, incident, self.world.policy.teams_of(page.person))

    def of_this_round(self, page: Page) -> bool:
        """Not from before a reopening, when it was rightly taken back."""
        incident = next(i for i in self.world.scene.incidents if i.number == page.incident)
        return all(track.started_at <= page.created_at for track in incident.tracks)

    # -- and in the end

    def teardown(self) -> None:
        """Left alone, everything comes to rest, and nobody's team was forgotten."""
        world = self.world
        for _ in range(40):
            self.passes(1800)
            self.the_outbox_hands_over(0)
        for incident in world.scene.incidents:
            assert incident.next_due_at is None, incident
            for track in incident.tracks:
                assert track.state is not TrackState.PAGING
                pages = [p for p in world.pages() if p.incident == incident.number]
                assert [p for p in pages if p.team == track.team or self.in_both(p, track.team)]
        assert not [page for page in world.pages() if page.waiting], "all of it went out"
        assert len(world.pages()) < 3000

    def in_both(self, page: Page, team: str) -> bool:
        return team in self.world.policy.teams_of(page.person)


Interleavings.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
test_interleavings = Interleavings.TestCase
