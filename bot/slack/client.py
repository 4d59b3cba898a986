"""The SDK's client as Midwatch wants it: a time-out, no retries of its own, silent about secrets.

The outbox retries, and it asks Slack first whether a message went: the SDK would post it twice.
"""

import ipaddress
import logging
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

SLACK_API = "https://slack.com/api/"
TIMEOUT_SECONDS = 10
CONNECT_SECONDS = 4.0


def new_session(timeout_seconds: float = TIMEOUT_SECONDS) -> aiohttp.ClientSession:
    """Connections to share. Whoever makes it closes it; needs a running event loop."""
    timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=CONNECT_SECONDS)
    return aiohttp.ClientSession(timeout=timeout)


def slack_client(
    token: str,
    base_url: str = SLACK_API,
    *,
    session: aiohttp.ClientSession | None = None,
    timeout_seconds: int = TIMEOUT_SECONDS,
) -> AsyncWebClient:
    """A client for `SLACK_API_URL` (ends in `/api/`). Without a session it opens one a call."""
    client = AsyncWebClient(
        token=token,
        base_url=base_url,
        timeout=timeout_seconds,
        session=session,
        logger=quiet_logger("bot.slack.sdk"),
        retry_handlers=[],
    )
    if _is_local(base_url):
        # The SDK takes HTTPS_PROXY from the environment and knows no NO_PROXY.
        client.proxy = None
    return client


def webhook(url: str, client: AsyncWebClient) -> AsyncWebhookClient:
    """For a `response_url`, over the client's connections."""
    hook = AsyncWebhookClient(
        url,
        timeout=client.timeout,
        session=client.session,
        logger=quiet_logger("bot.slack.sdk"),
        retry_handlers=[],
    )
    hook.proxy = client.proxy
    return hook


def quiet_logger(name: str) -> logging.Logger:
    """A logger that stays at WARNING: at DEBUG the SDK writes down what it sends."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.WARNING)
    return logger


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
