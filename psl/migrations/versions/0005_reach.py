"""Chats that cannot be reached; indexes that hold no more than is looked for

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import psl.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNREACHABLE = sa.text("unreachable_at IS NOT NULL")
HOLDER = sa.text("holder_id IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("chat_link") as table:
        table.add_column(
            sa.Column("unreachable_at", psl.database.Instant(timezone=True), nullable=True)
        )
        table.add_column(
            sa.Column("unreachable_why", sa.String(length=60), nullable=False, server_default="")
        )
    op.create_index(
        "ix_chat_link_unreachable",
        "chat_link",
        ["unreachable_at"],
        sqlite_where=UNREACHABLE,
        postgresql_where=UNREACHABLE,
    )
    op.drop_index("ix_referral_holder", table_name="referral")
    op.create_index(
        "ix_referral_holder",
        "referral",
        ["holder_id", "stage"],
        sqlite_where=HOLDER,
        postgresql_where=HOLDER,
    )
    op.drop_index("ix_referral_requested_at", table_name="referral")
    op.create_index(
        "ix_referral_requested_at", "referral", ["requested_at"], postgresql_using="brin"
    )
    op.drop_index("ix_registration_status", table_name="registration")
    op.create_index("ix_registration_status", "registration", ["status", "updated_at"])
    op.drop_index("ix_notice_key", table_name="notice")
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("uq_notice_chat", type_="unique")
        table.create_unique_constraint("uq_notice_key", ["key", "chat"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("uq_notice_key", type_="unique")
        table.create_unique_constraint("uq_notice_chat", ["chat", "key"])
    op.create_index("ix_notice_key", "notice", ["key"])
    op.drop_index("ix_registration_status", table_name="registration")
    op.create_index("ix_registration_status", "registration", ["status"])
    op.drop_index("ix_referral_requested_at", table_name="referral")
    op.create_index("ix_referral_requested_at", "referral", ["requested_at"])
    op.drop_index("ix_referral_holder", table_name="referral")
    op.create_index("ix_referral_holder", "referral", ["holder_id", "stage"])
    op.drop_index("ix_chat_link_unreachable", table_name="chat_link")
    with op.batch_alter_table("chat_link") as table:
        table.drop_column("unreachable_why")
        table.drop_column("unreachable_at")
