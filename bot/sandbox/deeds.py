"""What people do on the page: text, answer a call, click, type, press the demo's buttons."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import Answer

Body = dict[str, Any]
Deed = Callable[[Request, Body], Awaitable[Any]]
PHONE_FIELDS = ("on", "landline", "opted_out", "receipts", "answering")


def deed_routes(sandbox: Sandbox) -> dict[str, Deed]:
    """Path -> what it does with the JSON body."""
    phones, slack = _Phones(sandbox), _Slack(sandbox)
    return {
        "/sandbox/phones/{number}/text": phones.text,
        "/sandbox/phones/{number}/set": phones.set,
        "/sandbox/phones/{number}/answer": phones.answer,
        "/sandbox/phones/{number}/press": phones.press,
        "/sandbox/phones/{number}/hang-up": phones.hang_up,
        "/sandbox/slack/click": slack.click,
        "/sandbox/slack/click-view": slack.click_view,
        "/sandbox/slack/submit": slack.submit,
        "/sandbox/slack/close": slack.close,
        "/sandbox/slack/say": slack.say,
        "/sandbox/slack/home": slack.home,
        "/sandbox/controls/{id}": _controls(sandbox),
    }


def _controls(sandbox: Sandbox) -> Deed:
    async def press(request: Request, body: Body) -> Any:
        control = sandbox.controls.find(request.path_params["id"])
        if control is None:
            raise LookupError(request.path_params["id"])
        said = await control.act()
        sandbox.journal.note("control", id=control.id, label=control.label, said=said or "")
        return {"ok": True, "said": said or "", "status": sandbox.controls.status()}

    return press


class _Phones:
    """The phones' deeds; the number comes with the path."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._twilio = sandbox.twilio

    async def text(self, request: Request, body: Body) -> Any:
        """Text Midwatch."""
        words = str(body.get("body", "")).strip()
        if not words:
            raise ValueError("an empty text")
        texted = await self._twilio.text(request.path_params["number"], words[:1600])
        return {"ok": texted.ok, "status": texted.status}

    async def set(self, request: Request, body: Body) -> Any:
        """Switch off, make it a landline, and so on."""
        changes = {name: body[name] for name in PHONE_FIELDS if name in body}
        self._twilio.set_phone(request.path_params["number"], **changes)
        return {"ok": True}

    async def answer(self, request: Request, body: Body) -> Any:
        """Pick up."""
        await self._twilio.answer(request.path_params["number"])
        return {"ok": True}

    async def press(self, request: Request, body: Body) -> Any:
        """Press a key."""
        await self._twilio.press(request.path_params["number"], str(body.get("digits", "")))
        return {"ok": True}

    async def hang_up(self, request: Request, body: Body) -> Any:
        """End or refuse the call."""
        await self._twilio.hang_up(request.path_params["number"])
        return {"ok": True}


class _Slack:
    """The deeds in Slack; `user` says who acts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._slack = sandbox.slack

    async def click(self, request: Request, body: Body) -> Any:
        """Use an element of a message."""
        answer = await self._slack.click(
            body["user"],
            body["ts"],
            body["action_id"],
            value=body.get("value"),
            block_id=body.get("block_id"),
        )
        return _told(answer)

    async def click_view(self, request: Request, body: Body) -> Any:
        """Use an element of a modal or Home."""
        answer = await self._slack.click_in_view(
            body["user"],
            body["action_id"],
            view=body.get("view"),
            value=body.get("value"),
            block_id=body.get("block_id"),
        )
        return _told(answer)

    async def submit(self, request: Request, body: Body) -> Any:
        """Send a form."""
        sent = await self._slack.submit(body["user"], body.get("view"), body.get("values"))
        return _told(sent.answer) | {"errors": dict(sent.errors)}

    async def close(self, request: Request, body: Body) -> Any:
        """Close a form."""
        await self._slack.close(body["user"], body.get("view"))
        return {"ok": True}

    async def say(self, request: Request, body: Body) -> Any:
        """Write a message, or type a command if it begins with a slash."""
        words = str(body.get("text", "")).strip()
        if not words:
            raise ValueError("an empty message")
        if words.startswith("/") and words.split()[0] not in self._slack.context.settings.commands:
            return {"ok": False, "refused": f"{words.split()[0]} is not a valid command"}
        if words.startswith("/"):
            return _told(await self._slack.command(body["user"], words, body["channel"]))
        await self._slack.message(body["user"], body["channel"], words, body.get("thread_ts"))
        return {"ok": True}

    async def home(self, request: Request, body: Body) -> Any:
        """Open the app's Home."""
        return _told(await self._slack.open_home(body["user"]))


def _told(answer: Answer) -> Body:
    """What the page shows if the app did not answer as it should."""
    problem = "" if answer.ok else answer.problem or f"HTTP {answer.status}"
    return {"ok": answer.ok, "problem": problem}
