"""The words by which commits are sorted: types, emoji, first words. Data only.

Sources: conventionalcommits.org 1.0.0 and the types of its common presets; gitmoji.dev.
"""

from enum import StrEnum


class Kind(StrEnum):
    """The groups of the notes. `upkeep` is folded into a number; `merge` only joins branches."""

    NEW = "new"
    FIXED = "fixed"
    CHANGED = "changed"
    OTHER = "other"
    UPKEEP = "upkeep"
    MERGE = "merge"


def _sorted(**groups: str) -> dict[str, Kind]:
    return {word: Kind(kind) for kind, words in groups.items() for word in words.split()}


TYPES = _sorted(
    new="feat feature features new",
    fixed="fix fixes bugfix hotfix security sec",
    changed="perf change changed improvement ux ui",
    other="refactor deprecate remove",
    upkeep="chore build ci test tests docs doc style deps lint release wip typo infra internal"
    " format",
)
EMOJI = _sorted(
    new="✨ 🎉 sparkles tada",
    fixed="🐛 🚑 🩹 🔒 🥅 bug ambulance adhesive_bandage lock goal_net",
    changed="⚡ 💄 🚸 ♿ 💬 🌐 🔥 💥 zap lipstick children_crossing wheelchair speech_balloon"
    " globe_with_meridians fire boom",
    other="♻ 🎨 🏗 recycle art building_construction",
    upkeep="⬆ ⬇ 📌 🔖 💚 👷 ✅ 📝 🔧 🔨 🚨 🚧 📦 🙈 ✏ 🤡 arrow_up arrow_down pushpin bookmark"
    " green_heart construction_worker white_check_mark memo pencil pencil2 wrench hammer"
    " rotating_light construction package see_no_evil",
    merge="🔀 twisted_rightwards_arrows",
)
LOUD_EMOJI = ("💥", "boom")
"""Those that say that something breaks."""
VERBS = _sorted(
    new="add adds added introduce introduces introduced implement implements implemented support"
    " supports enable enables allow allows create creates",
    fixed="fix fixes fixed resolve resolves resolved correct corrects corrected repair repairs"
    " prevent prevents avoid avoids bugfix hotfix",
    changed="change changes changed update updates updated improve improves improved make makes"
    " move moves rename renames remove removes removed replace replaces speed drop drops delete"
    " show hide use disable disables",
)
UPKEEP_BOTS = ("dependabot", "renovate", "greenkeeper", "pyup", "snyk-bot", "pre-commit-ci")
"""Programs whose commits are upkeep: their messages quote other people's release notes."""
