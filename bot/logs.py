"""Structured logs without secrets or phone numbers.

Every value passes one filter: tokens of the providers, bearer headers and passwords in URLs
become `[secret]`, phone numbers keep their last two digits.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|gh[pousr]_\w{10,}|github_pat_\w+|glpat-[\w-]+"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)|(?i:bearer\s+)\S+|(?i:basic\s+)[A-Za-z0-9+/=]{12,}"
    r"|(?<=/login/)[\w.~-]+|(?<=hooks\.slack\.com/)\S+"
)
_NUMBER = re.compile(r"\+\d[\d ().-]{5,}\d\d|(?<=%2B)\d{8,15}")
_NAMES = re.compile(r"(?i)token|secret|password|authorization|cookie|private_key")


def redact(text: str) -> str:
    """The text without secrets, and phone numbers down to their last two digits."""
    return _NUMBER.sub(lambda found: f"[…{found.group()[-2:]}]", _SECRETS.sub("[secret]", text))


def configure(log_format: str, level: int = logging.INFO) -> None:
    """Send structlog's and the libraries' logs to stderr, as `json` lines or as `text`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redacted,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    render: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "httpcore", "httpx", "twilio", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of every tick that outlasts its interval; those that page are watched by `Ticks`.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _redacted(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if _NAMES.search(key):
        return "[secret]"
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(name): _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_clean("", item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))
