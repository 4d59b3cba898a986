"""What became of a page. A page is delivered when the phone has it.

`undelivered` and `failed` count as not paged: the next channel or person is tried at once.
Receipts arrive out of order and twice; terminal ones never go back.
Source: Twilio docs, "Outbound Message Status in Status Callbacks".
"""

from bot.core.bundling import BUNDLE
from bot.core.draft import Draft
from bot.core.effects import Reply
from bot.core.events import NumberMarked, PagedFromMemory, PageFailed, ReceiptReceived
from bot.core.fallback import fall_back
from bot.core.page import NOT_PAGED, TERMINAL, Page, PageState
from bot.core.wording import from_memory
from bot.core.wording import thread_replies as say
from bot.core.wording.joining import EACH_UP_TO

_RANK = {PageState.QUEUED: 0, PageState.SENDING: 1, PageState.SENT: 2}


def receipt_received(draft: Draft, event: ReceiptReceived) -> None:
    """A callback, or the answer to a question. It speaks for every page in the same text."""
    for page in _carried_by(draft, event.page):
        if not _goes_forward(page, event.state):
            continue
        changes: dict[str, object] = {"state": event.state, "state_at": event.at}
        if event.error:
            changes["error"] = event.error
        if event.provider_id and page.provider_id is None:
            changes["provider_id"] = event.provider_id
        if event.state is PageState.SENT and page.sent_at is None:
            changes["sent_at"] = event.at
        page = draft.change_page(page, **changes)
        if event.state in NOT_PAGED and page.reason != BUNDLE:
            fall_back(draft, page, event.error or event.state.value)
        elif event.state is PageState.DELIVERED and page.silent:
            draft.change_page(page, silent=False)


def page_failed(draft: Draft, event: PageFailed) -> None:
    """It could not be handed over, or the phone never confirmed it."""
    for page in _carried_by(draft, event.page):
        if page.state in TERMINAL and page.state is not PageState.FAILED:
            continue
        if event.mark:
            _mark(draft, page, event.mark)
        if event.silent:
            if (page.person, page.channel) in draft.scene.receiptless and not event.stuck:
                continue
            page = draft.change_page(page, silent=True)
        else:
            page = draft.change_page(
                page, state=PageState.FAILED, error=event.error, state_at=event.at
            )
        if page.reason != BUNDLE:
            fall_back(draft, page, event.error)


def _mark(draft: Draft, page: Page, mark: str) -> None:
    """The provider refused the address itself: said where people look, until it is mended."""
    if draft.unusable.get((page.person, page.channel)) == mark:
        return
    draft.mark(page.person, page.channel, mark)
    text = say.marked(page.person, page.channel, mark, draft.policy)
    draft.note("marked", "midwatch", text, incident=page.incident or None)
    draft.post("incidents", text)


def number_marked(draft: Draft, event: NumberMarked) -> None:
    """A phone opted out (STOP) or came back (START). Said once, and only if it changes anything."""
    if draft.unusable.get((event.person, event.channel)) == event.mark:
        return
    draft.mark(event.person, event.channel, event.mark)
    text = say.marked(event.person, event.channel, event.mark, draft.policy)
    draft.note("marked", event.person, text)
    draft.post("incidents", text)


def paged_from_memory(draft: Draft, event: PagedFromMemory) -> None:
    """Settled from the journal: what went out before the outage was recorded."""
    incident = draft.open_with(event.service) or draft.recently_resolved(event.service)
    text = from_memory.told(event, draft.policy)
    if incident and len(incident.services) > EACH_UP_TO:
        # Of hundreds in one text the thread is told once; the timeline names each.
        draft.emit(Reply(f"memory:{incident.number}:{event.sent_at}", incident.number, text))
    elif incident:
        draft.reply(incident.number, text)
    else:
        # A process that died then has left no thread to say it in.
        draft.post("incidents", text)
    draft.note(
        "paged_from_memory",
        "midwatch",
        text,
        incident=incident.number if incident else None,
        service=event.service,
        at=event.sent_at,
    )


def _carried_by(draft: Draft, key: str) -> list[Page]:
    """The page itself and those whose words went out in its text."""
    return [page for page in draft.pages.values() if key in (page.key, page.bundled_into)]


def _goes_forward(page: Page, state: PageState) -> bool:
    if page.state in TERMINAL:
        return False
    if page.state is PageState.BUNDLED:
        return state in TERMINAL
    return state in TERMINAL or _RANK.get(state, 0) > _RANK[page.state]
