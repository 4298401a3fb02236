"""the outbox: claims, retries, expiry

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import psl.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = sa.text("delivered_at IS NULL AND withdrawn_at IS NULL AND undeliverable_at IS NULL")
LEASED = sa.text("claimed_until IS NOT NULL")
UNDELIVERABLE = sa.text("undeliverable_at IS NOT NULL")
INDEXES = {
    "ix_notice_next_of_channel": (["channel", "due_at", "id"], OPEN),
    "ix_notice_next_of_chat": (["chat", "due_at", "id"], OPEN),
    "ix_notice_next_try": (["channel", "next_try_at"], OPEN),
    "ix_notice_key": (["key"], None),
    "ix_notice_leased": (["chat"], LEASED),
    "ix_notice_undeliverable": (["undeliverable_at"], UNDELIVERABLE),
}


def upgrade() -> None:
    """Apply."""
    instant = psl.database.Instant(timezone=True)
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("expires_at", instant, nullable=True))
        batch_op.add_column(sa.Column("agent_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("subject", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("next_try_at", instant, nullable=True))
        batch_op.add_column(sa.Column("claim_token", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("claimed_until", instant, nullable=True))
        batch_op.add_column(sa.Column("undeliverable_at", instant, nullable=True))
        batch_op.add_column(sa.Column("last_error", sa.String(length=120), nullable=True))
        # Whoever asks for a chat has the unique (chat, key); whoever asks for what is due has the
        # partial indexes, and must not be led through all that was ever delivered.
        batch_op.drop_index(batch_op.f("ix_notice_chat"))
        batch_op.drop_index(batch_op.f("ix_notice_due_at"))

    sqlite = op.get_bind().dialect.name == "sqlite"
    channel = (
        "substr(chat, 1, instr(chat || ':', ':') - 1)" if sqlite else "split_part(chat, ':', 1)"
    )
    op.execute(
        f"UPDATE notice SET channel = {channel}, subject = '', attempts = 0, last_error = '', "
        "next_try_at = due_at"
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.alter_column("channel", existing_type=sa.String(length=20), nullable=False)
        batch_op.alter_column("subject", existing_type=sa.String(length=60), nullable=False)
        batch_op.alter_column("attempts", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("next_try_at", existing_type=instant, nullable=False)
        batch_op.alter_column("last_error", existing_type=sa.String(length=120), nullable=False)

    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "notice", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take back."""
    for name in reversed(INDEXES):
        op.drop_index(name, table_name="notice")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_chat"), ["chat"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_due_at"), ["due_at"], unique=False)
        for column in (
            "last_error",
            "undeliverable_at",
            "claimed_until",
            "claim_token",
            "next_try_at",
            "attempts",
            "subject",
            "agent_id",
            "expires_at",
            "channel",
        ):
            batch_op.drop_column(column)
