"""Bolt's own log, kept short: it writes down whole requests, with what people said in them."""

import logging
import re

from bot.slack.client import quiet_logger

_SECRET = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|https?://\S+")
_HARMLESS = "As you gave `client` as well, `token` will be unused"
"""Bolt finds the token in the environment by itself; the listeners do not need it."""


class FirstLine(logging.Filter):
    """Keeps the first line of a message, without tokens and addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The record is changed, and dropped only if it is about SLACK_BOT_TOKEN being unused."""
        if record.getMessage().startswith(_HARMLESS):
            return False
        lines = record.getMessage().splitlines()
        record.msg = _SECRET.sub("[secret]", lines[0][:300]) if lines else ""
        record.args = None
        return True


def bolt_logger() -> logging.Logger:
    """The logger for `AsyncApp`; its parts copy level and filter."""
    logger = quiet_logger("bot.slack.bolt")
    if not any(isinstance(one, FirstLine) for one in logger.filters):
        logger.addFilter(FirstLine())
    return logger
