"""Drawing a chart: for people, and never in the way of a page."""

from collections.abc import Sequence
from typing import Literal, Protocol

Form = Literal["svg", "png"]


class CannotDraw(Exception):
    """No picture. Whoever asked shows the numbers, and says that the chart could not be drawn."""


class Drawing(Protocol):
    """Makes pictures of chart descriptions."""

    async def draw(self, specs: Sequence[str], form: Form) -> list[bytes]:
        """One picture a description (Vega-Lite as JSON), in their order. Raises CannotDraw.

        SVG for pages; PNG at twice the size for Slack.
        """
        ...
