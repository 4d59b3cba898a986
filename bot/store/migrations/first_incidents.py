"""The first version's tables of incidents, pages and deployments."""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import big_, flag_, int_, text_, time_, when_


def make_incidents() -> None:
    """Make them."""
    _incidents()
    _incident_services()
    _tracks()
    _events()
    _outbox()
    _entries()
    _deployments()
    _commits()


def _incidents() -> None:
    op.create_table(
        "incidents",
        big_("number", counts=False),
        text_("state"),
        time_("began_at"),
        time_("triggered_at"),
        time_("acknowledged_at", null=True),
        time_("resolved_at", null=True),
        text_("resolved_by", null=True),
        time_("next_due_at", null=True),
        text_("link"),
        text_("cause_kind", null=True),
        text_("cause_deployment", null=True),
        text_("cause_note", null=True),
        text_("cause_by", null=True),
        time_("cause_at", null=True),
        int_("reopened"),
        int_("reminders"),
        time_("remind_at", null=True),
        time_("last_resort_at", null=True),
        big_("merged_into", null=True),
        text_("opened_by", null=True),
        text_("thread_channel", null=True),
        text_("thread_ts", null=True),
        sa.PrimaryKeyConstraint("number", name="pk_incidents"),
    )
    op.create_index(
        "ix_incidents_cause", "incidents", ["cause_kind"], **when_("cause_kind IS NOT NULL")
    )
    op.create_index(
        "ix_incidents_due", "incidents", ["next_due_at"], **when_("next_due_at IS NOT NULL")
    )
    op.create_index("ix_incidents_open", "incidents", ["number"], **when_("state <> 'resolved'"))
    op.create_index("ix_incidents_resolved_at", "incidents", ["resolved_at"])
    op.create_index("ix_incidents_triggered_at", "incidents", ["triggered_at"])


def _incident_services() -> None:
    op.create_table(
        "incident_services",
        big_("incident"),
        text_("service"),
        int_("position"),
        flag_("open"),
        time_("began_at"),
        text_("detail"),
        time_("last_good_at", null=True),
        int_("tries"),
        int_("needed"),
        time_("up_at", null=True),
        sa.ForeignKeyConstraint(
            ["incident"],
            ["incidents.number"],
            name="fk_incident_services_incident",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident", "service", name="pk_incident_services"),
    )
    op.create_index("ix_incident_services_service", "incident_services", ["service"])
    op.create_index(
        "uq_incident_services_open", "incident_services", ["service"], unique=True, **when_("open")
    )


def _tracks() -> None:
    op.create_table(
        "tracks",
        big_("incident"),
        text_("team"),
        int_("position"),
        text_("state"),
        time_("started_at"),
        int_("step"),
        int_("repeated"),
        time_("next_at", null=True),
        int_("round"),
        flag_("reopening"),
        text_("by", null=True),
        text_("via", null=True),
        time_("at", null=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.number"], name="fk_tracks_incident", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident", "team", name="pk_tracks"),
    )


def _events() -> None:
    op.create_table(
        "events",
        big_("id"),
        text_("key"),
        text_("kind"),
        text_("payload"),
        time_("received_at"),
        time_("due_at"),
        time_("done_at", null=True),
        int_("attempts"),
        text_("error", null=True),
        flag_("failed"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("key", name="uq_events_key"),
    )
    op.create_index("ix_events_done_at", "events", ["done_at"])
    op.create_index("ix_events_pending", "events", ["id"], **when_("done_at IS NULL"))
    signals = "done_at IS NULL AND kind = 'signal_reported'"
    op.create_index("ix_events_signals", "events", ["id"], **when_(signals))


def _outbox() -> None:
    op.create_table(
        "outbox",
        text_("key"),
        text_("kind"),
        text_("payload", null=True),
        big_("incident", null=True),
        int_("rank"),
        text_("state"),
        time_("created_at"),
        time_("due_at"),
        time_("state_at", null=True),
        int_("attempts"),
        big_("token"),
        time_("lease_until", null=True),
        time_("claimed_at", null=True),
        flag_("dirty"),
        flag_("doubtful"),
        text_("provider_id", null=True),
        text_("error", null=True),
        text_("person", null=True),
        text_("team", null=True),
        text_("channel", null=True),
        int_("urgency", null=True),
        text_("reason", null=True),
        text_("text", null=True),
        text_("line", null=True),
        time_("sent_at", null=True),
        time_("receipt_due_at", null=True),
        int_("step"),
        text_("bundled_into", null=True),
        flag_("fell_back"),
        flag_("silent"),
        sa.PrimaryKeyConstraint("key", name="pk_outbox"),
    )
    op.create_index(
        "ix_outbox_bundled", "outbox", ["bundled_into"], **when_("bundled_into IS NOT NULL")
    )
    op.create_index("ix_outbox_due", "outbox", ["due_at"], **when_("state = 'queued'"))
    op.create_index("ix_outbox_incident", "outbox", ["incident"], **when_("kind = 'page'"))
    op.create_index("ix_outbox_lease", "outbox", ["lease_until"], **when_("state = 'sending'"))
    op.create_index(
        "ix_outbox_person", "outbox", ["person", "created_at"], **when_("kind = 'page'")
    )
    op.create_index("ix_outbox_receipt", "outbox", ["receipt_due_at"], **when_("state = 'sent'"))
    op.create_index("ix_outbox_state_at", "outbox", ["kind", "state_at"])


def _entries() -> None:
    op.create_table(
        "entries",
        big_("id"),
        time_("at"),
        text_("kind"),
        text_("by"),
        text_("text"),
        big_("incident", null=True),
        text_("service", null=True),
        text_("deployment", null=True),
        text_("facts"),
        big_("number", null=True),
        text_("hash", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("number", name="uq_entries_number"),
    )
    op.create_index("ix_entries_at", "entries", ["at"])
    op.create_index("ix_entries_incident", "entries", ["incident"])
    op.create_index("ix_entries_unsealed", "entries", ["id"], **when_("number IS NULL"))


def _deployments() -> None:
    op.create_table(
        "deployments",
        text_("id"),
        text_("service"),
        text_("environment"),
        time_("at"),
        text_("version"),
        text_("sha", null=True),
        text_("previous_sha", null=True),
        text_("state"),
        time_("started_at", null=True),
        time_("ended_at", null=True),
        time_("reported_at"),
        text_("by", null=True),
        text_("url", null=True),
        text_("artifact", null=True),
        flag_("by_hand"),
        flag_("rollback"),
        text_("source"),
        time_("created_at", null=True),
        time_("said_at", null=True),
        text_("earlier"),
        flag_("shared"),
        flag_("untouched"),
        sa.PrimaryKeyConstraint("id", name="pk_deployments"),
    )
    op.create_index("ix_deployments_at", "deployments", ["at"])
    op.create_index("ix_deployments_service", "deployments", ["service", "environment", "at"])


def _commits() -> None:
    op.create_table(
        "commits",
        text_("deployment"),
        text_("sha"),
        int_("position"),
        text_("message"),
        text_("author", null=True),
        time_("at", null=True),
        text_("url", null=True),
        text_("files"),
        sa.ForeignKeyConstraint(
            ["deployment"], ["deployments.id"], name="fk_commits_deployment", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deployment", "sha", name="pk_commits"),
    )
