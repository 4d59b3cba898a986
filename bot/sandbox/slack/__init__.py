"""A local Slack: channels, threads, forms and the Web API that the real SDK talks to."""

from bot.sandbox.slack.acts import Submitted
from bot.sandbox.slack.delivery import Answer
from bot.sandbox.slack.records import Channel, SlackMessage, User, View
from bot.sandbox.slack.world import Slack

__all__ = ["Answer", "Channel", "Slack", "SlackMessage", "Submitted", "User", "View"]
