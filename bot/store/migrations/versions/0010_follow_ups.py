"""The joint follow-up of an incident, team by team; pages by when they were handed over.

Revision ID: 0010
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import big_, int_, text_, time_, when_

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A replica of the version before asks nobody, and leaves alone what stands here."""
    op.create_table(
        "follow_ups",
        big_("incident", counts=False),
        text_("team"),
        int_("position"),
        time_("asked_at"),
        time_("remind_at", null=True),
        int_("reminders"),
        time_("withdrawn_at", null=True),
        text_("by", null=True),
        time_("at", null=True),
        text_("text"),
        text_("customers"),
        sa.ForeignKeyConstraint(
            ["incident"],
            ["incidents.number"],
            name="fk_follow_ups_incident",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident", "team"),
    )
    waiting = "at IS NULL AND withdrawn_at IS NULL"
    op.create_index("ix_follow_ups_waiting", "follow_ups", ["incident"], **when_(waiting))
    op.create_index("ix_outbox_sent", "outbox", ["sent_at"], **when_("sent_at IS NOT NULL"))


def downgrade() -> None:
    """The table goes, with what it held."""
    op.drop_index("ix_outbox_sent", "outbox")
    op.drop_index("ix_follow_ups_waiting", "follow_ups")
    op.drop_table("follow_ups")
