"""The one chart that goes to Slack along with its numbers. Pure."""

from bot.core.charts.look import Look
from bot.core.charts.named import deployments
from bot.core.leads_events import Drawable
from bot.core.policy import Policy
from bot.core.stats.result import Stats
from bot.core.wording.numbers import alt


def picture_of(stats: Stats, policy: Policy) -> Drawable:
    """Deployments, and the incidents that they caused: bright, since Slack's own theme is not
    known."""
    chart = deployments(stats, policy, Look(size="chat"))
    return Drawable(chart.spec, chart.title, alt(stats))
