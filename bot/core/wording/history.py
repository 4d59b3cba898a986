"""What is said of an import: on the terminal, in the audit log, beside what came from it."""

from collections.abc import Mapping

from bot.core.wording.outside import one_line, said

WORDS = {
    "taken": "taken",
    "changed": "changed",
    "already_there": "already there",
    "live": "reported here live, left as it is",
}
STOPPED = "Stopped. What was written stays: import the same file again, and it goes on from there."
DRY = {"taken": "would be taken", "changed": "would be changed"}


def imported(deployments: int, incidents: int, changed: int, name: str) -> str:
    """The line of the audit log. It is kept with the first part that is written."""
    also = f", {changed} of them in place of what was imported before" if changed else ""
    return (
        f"Import of {counted(deployments, 'deployment')} and {counted(incidents, 'incident')} "
        f"from {said(name, 200)}{also}"
    )


def counts(what: str, found: Mapping[str, int], dry: bool) -> str:
    """`57 incidents taken, 3 already there`; what is none is not said."""
    words = WORDS | DRY if dry else WORDS
    told = [(count, words[name]) for name, count in found.items() if count]
    if not told:
        return f"No {what}s."
    first = f"{counted(told[0][0], what)} {told[0][1]}"
    return ", ".join([first, *(f"{count} {word}" for count, word in told[1:])]) + "."


def refused(problems: int) -> str:
    """Below the list of mistakes."""
    return f"{counted(problems, 'mistake')}. Nothing was imported: mend them, and import it again."


def from_where(source: str, id_: str) -> str:
    """Beside an incident that was imported."""
    if source == "import":
        return f"Imported as {one_line(id_, 200)}"
    return f"Imported from {one_line(source, 40)}, where it was {one_line(id_, 200)}"


def counted(count: int, what: str) -> str:
    """`1 incident`, `2 incidents`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
