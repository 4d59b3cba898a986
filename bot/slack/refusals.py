"""What went wrong at Slack, in our two words: try again (Transient) or stop (Permanent).

One table for every method. Source: the error lists of Slack's Web API reference. No sentence here
carries a token, an address or what was said.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ports import DeliveryError, Permanent, Transient

MAYBE_DONE = frozenset({"internal_error", "fatal_error"})
"""Slack: "some aspect of the operation may have succeeded before the error was raised"."""
TRY_AGAIN = MAYBE_DONE | {
    "accesslimited",
    "message_limit_exceeded",
    "org_login_required",
    "rate_limited",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
    "update_failed",
}
GONE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "thread_not_found",
        "channel_not_found",
        "is_archived",
    }
)
"""A message that cannot be edited because it, or its channel, is not there any more."""
NOT_OURS = frozenset({"not_in_channel"})
TOO_BIG = frozenset(
    {
        "block_mismatch",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
    }
)
ACCOUNT = frozenset(
    {
        "account_inactive",
        "ekm_access_denied",
        "exclusive_api",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
"""The app itself is refused: nothing of ours reaches Slack until somebody mends it."""
CHANNEL = frozenset({"channel_not_found", "is_archived", "not_in_channel", "restricted_action"})
"""One channel takes nothing from us."""

_TOKEN = "Slack refuses the bot's token: install the app again and set SLACK_BOT_TOKEN"  # noqa: S105
_SCOPE = "the Slack app lacks a permission: give it the scopes of slack-manifest.yaml, reinstall it"
_MEND = {
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "account_inactive": _TOKEN,
    "not_allowed_token_type": "SLACK_BOT_TOKEN must be a bot token: it begins with xoxb-",
    "missing_scope": _SCOPE,
    "no_permission": _SCOPE,
    "channel_not_found": "Slack knows no such channel, or it is private: create it, or invite the "
    "app with /invite",
    "not_in_channel": "the app is not in the channel: invite it with /invite",
    "is_archived": "the channel is archived: bring it back, or name another in the configuration",
    "restricted_action": "the workspace lets only some people post there: allow the app to",
    "user_not_found": "Slack knows no such person: mend `slack` in the configuration (U…)",
    "user_disabled": "the person's Slack account is switched off",
    "cannot_dm_bot": "`slack` of this person names a bot, not a person",
    "edit_window_closed": "the workspace lets messages be edited for a while only: lengthen that",
    "ekm_access_denied": "the workspace's keys are withdrawn at the moment",
    "exclusive_api": "an older form of Slack sign-in is used: install the app again",
    "message_not_found": "the message was deleted",
    "cant_update_message": "the message was deleted, or another app wrote it",
    "thread_not_found": "the thread was deleted",
}


async def asked(call: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
    """Slack's answer. Raises Transient or Permanent, whose `code` is Slack's word for why."""
    try:
        response = await call
    except SlackApiError as error:
        raise refused(error) from None
    except (aiohttp.ClientError, SlackClientError, OSError) as error:
        raise unreachable(error) from None
    except (ValueError, AttributeError):
        # The SDK trips over an answer that is neither JSON nor HTML (a proxy's, say).
        raise Transient("Slack's answer cannot be read", may_have_happened=True) from None
    data = response.data
    return data if isinstance(data, dict) else {}


def refused(error: SlackApiError) -> DeliveryError:
    """An answer that is not `ok`: with a code, or a bad day's status and page of HTML."""
    status, headers, code = _facts(error.response)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return Transient(
            "Slack asks for a pause (rate limit)", retry_after_seconds=retry_after(headers)
        )
    if status >= 500 or not code:
        words = f"Slack is in trouble (HTTP {status})"
        return Transient(words, may_have_happened=True)
    if code in TRY_AGAIN:
        return Transient(f"Slack is in trouble ({code})", may_have_happened=code in MAYBE_DONE)
    return Permanent(_MEND.get(code, f"Slack refuses it ({code})"), code=code)


def unreachable(error: BaseException) -> Transient:
    """No answer at all. Only a connection that never was proves that nothing happened."""
    never = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    if isinstance(error, TimeoutError):
        return Transient("Slack did not answer in time", may_have_happened=not never)
    words = f"Slack cannot be reached ({type(error).__name__})"
    return Transient(words, may_have_happened=not never)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that Slack asks to wait; None when it does not say so in whole seconds."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isdigit():
            return float(value)
    return None


def _facts(response: Any) -> tuple[int, Mapping[str, str], str]:
    """Status, headers and error code. The SDK hands over aiohttp's answer if it is not JSON."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    data = getattr(response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    return status, getattr(response, "headers", None) or {}, str(code)
