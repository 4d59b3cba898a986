"""Release notes, and what they are made of: people of a commit, what is known of a range.

Revision ID: 0012
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import text_, time_

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

_NEW = {
    "commits": ("committer", "email", "login", "co_authors", "pull_request", "parents"),
    "deployments": ("range_known", "by_hand_parts", "database"),
}


def upgrade() -> None:
    """New columns may be empty: a replica of the version before goes on beside this one."""
    for table, columns in _NEW.items():
        for name in columns:
            op.add_column(table, text_(name, null=True))
    op.create_table(
        "release_notes",
        text_("deployment"),
        text_("service"),
        text_("text"),
        text_("channel", null=True),
        text_("places"),
        time_("posted_at", null=True),
        text_("edited_text", null=True),
        text_("edited_by", null=True),
        time_("edited_at", null=True),
        time_("corrected_at", null=True),
        sa.PrimaryKeyConstraint("deployment"),
        sa.ForeignKeyConstraint(["deployment"], ["deployments.id"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    """The table and the columns go, with what they held."""
    op.drop_table("release_notes")
    for table, columns in reversed(_NEW.items()):
        for name in reversed(columns):
            op.drop_column(table, name)
