"""Releases that wait for a signature.

Revision ID: 0013
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import big_, flag_, int_, text_, time_, when_

revision = "0013"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXTS = ("version", "state", "source", "commits", "by_hand", "emergency", "checks", "decided_via")
_TEXTS_TOO = ("reason", "trigger", "trigger_error", "database", "notes")
_MAY_BE_NULL = (
    *("sha", "previous_sha", "artifact", "by", "requested_by", "url", "decided_by", "second_by"),
    *("trigger_url", "deployment", "card_channel", "card_ts", "callback"),
    "notes_by",
)
_TIMES = (
    *("staging_at", "green_since", "seen_at", "ready_at", "decided_at", "expires_at", "second_at"),
    *("second_due_at", "triggered_at", "next_due_at"),
)


def upgrade() -> None:
    """A replica of the version before knows nothing of releases."""
    op.create_table(
        "releases",
        text_("id"),
        text_("service"),
        *(text_(name) for name in (*_TEXTS, *_TEXTS_TOO)),
        *(text_(name, null=True) for name in _MAY_BE_NULL),
        time_("announced_at"),
        *(time_(name, null=True) for name in _TIMES),
        flag_("range_known"),
        big_("mends", null=True),
        int_("asked"),
        int_("attempts"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_releases_service", "releases", ["service", "announced_at"])
    op.create_index(
        "ix_releases_due", "releases", ["next_due_at"], **when_("next_due_at IS NOT NULL")
    )
    op.create_index("ix_releases_deployment", "releases", ["deployment"])


def downgrade() -> None:
    """The table goes, with what it held."""
    op.drop_table("releases")
