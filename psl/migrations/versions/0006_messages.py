"""Messages that a channel received and sent

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import psl.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "received_message",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", psl.database.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_received_message")),
    )
    op.create_index(op.f("ix_received_message_at"), "received_message", ["at"])
    op.create_table(
        "sent_message",
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("sent_at", psl.database.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat", "message_id", name=op.f("pk_sent_message")),
    )
    op.create_index("ix_sent_message_about", "sent_message", ["chat", "subject"])
    op.create_index(op.f("ix_sent_message_sent_at"), "sent_message", ["sent_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("sent_message")
    op.drop_table("received_message")
