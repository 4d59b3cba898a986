"""Numbers of silences, and which of them were told of when they were over.

Revision ID: 0007
Revises: 0020
"""

from alembic import op

from bot.store.migrations.columns import big_, time_, when_

revision = "0007"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All may be empty: a replica of the version before goes on beside this one, and what it
    silences has no number and is not told of.
    """
    op.add_column("silences", big_("number", null=True, counts=False))
    op.add_column("silences", time_("asked_at", null=True))
    op.add_column("silences", time_("told_at", null=True))
    untold = when_("number IS NOT NULL AND told_at IS NULL")
    op.create_index("ix_silences_untold", "silences", ["number"], **untold)
    op.create_index("ix_entries_quiet", "entries", ["id"], **when_("kind = 'quiet_over'"))


def downgrade() -> None:
    """The columns go, with what they held."""
    op.drop_index("ix_entries_quiet", "entries")
    op.drop_index("ix_silences_untold", "silences")
    for column in ("told_at", "asked_at", "number"):
        op.drop_column("silences", column)
