"""The demo's own buttons: the sandbox shows them, the demo says what they do."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Control:
    """A button. `hint` is one line below it; controls with the same `group` stand together.

    `act` may return a sentence that the page shows. `tone`: "danger" breaks, "good" mends.
    """

    id: str
    label: str
    hint: str
    group: str
    act: Callable[[], Awaitable[str | None]]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class StatusItem:
    """One entry of the status line. `state`: good, bad, busy or "" (plain)."""

    label: str
    value: str
    state: str = ""


@dataclass
class DemoControls:
    """The panel: buttons, a status line that is asked anew every second, a title, a first hint.

    `hint` says where to begin; it stands in the Slack window until something happens there.
    """

    controls: Sequence[Control] = ()
    status_line: Callable[[], Sequence[StatusItem]] = field(default=lambda: ())
    title: str = "Midwatch sandbox"
    bot_pages_url: str = ""
    hint: str = ""

    def find(self, name: str) -> Control | None:
        """The control with this id."""
        return next((c for c in self.controls if c.id == name), None)

    def view(self) -> list[dict[str, Any]]:
        """The buttons for the page."""
        return [
            {"id": c.id, "label": c.label, "hint": c.hint, "group": c.group, "tone": c.tone}
            for c in self.controls
        ]

    def status(self) -> list[dict[str, str]]:
        """The status line for the page."""
        return [{"label": s.label, "value": s.value, "state": s.state} for s in self.status_line()]
