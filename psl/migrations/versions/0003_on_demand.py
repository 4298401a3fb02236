"""kynect On Demand: registrations, who is on duty, referrals, offers, decisions

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import psl.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "duty",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=60), nullable=False),
        sa.Column("county", sa.String(length=60), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("opens_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("closes_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("refresh_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("last_offered_at", psl.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_duty_agent_id")),
        sa.PrimaryKeyConstraint("agent_id", "language", name=op.f("pk_duty")),
    )
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.create_index("ix_duty_opening", ["language", "opens_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_refresh_at"), ["refresh_at"], unique=False)
        batch_op.create_index(
            "ix_duty_turn", ["language", "county", "misses", "last_offered_at"], unique=False
        )

    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("due_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("preferred_contact", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("zip", sa.String(length=10), nullable=False),
        sa.Column("county", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=60), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.Column("requested_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("promised_by", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("expected_from", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("accepted_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("called_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("closed_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("unfilled_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("stuck_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("wiped_at", psl.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["agent.id"], name=op.f("fk_referral_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("number", name=op.f("uq_referral_number")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(
            "uq_referral_idempotency_key",
            ["idempotency_key"],
            unique=True,
            sqlite_where=sa.text("idempotency_key IS NOT NULL"),
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        )
        batch_op.create_index("ix_referral_due", ["stage", "due_at"], unique=False)
        batch_op.create_index("ix_referral_holder", ["holder_id", "stage"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_phone"), ["phone"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referral_requested_at"), ["requested_at"], unique=False
        )

    op.create_table(
        "registration",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("agreed_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("contact_method", sa.String(length=10), nullable=True),
        sa.Column("contact_phone", sa.String(length=20), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=True),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=True),
        sa.Column("hours", sa.JSON(), nullable=True),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("out_from", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("out_until", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("registered_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("ended_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("last_offered_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("updated_at", psl.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_registration_agent_id")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_registration")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_status"), ["status"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("seed", sa.String(length=20), nullable=False),
        sa.Column("chosen_id", sa.Integer(), nullable=True),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["chosen_id"], ["agent.id"], name=op.f("fk_decision_chosen_id")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_decision_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_referral_id"), ["referral_id"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("offered_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("closes_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("answered_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_offer_agent_id")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_offer_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index("ix_offer_agent_offered", ["agent_id", "offered_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_referral_id"), ["referral_id"], unique=False)
        batch_op.create_index(
            "uq_offer_live_general",
            ["referral_id"],
            unique=True,
            postgresql_where=sa.text("kind = 'General' AND state = 'Offered'"),
            sqlite_where=sa.text("kind = 'General' AND state = 'Offered'"),
        )
        batch_op.create_index(
            "uq_offer_winner",
            ["referral_id"],
            unique=True,
            postgresql_where=sa.text("state = 'Accepted'"),
            sqlite_where=sa.text("state = 'Accepted'"),
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_winner",
            postgresql_where=sa.text("state = 'Accepted'"),
            sqlite_where=sa.text("state = 'Accepted'"),
        )
        batch_op.drop_index(
            "uq_offer_live_general",
            postgresql_where=sa.text("kind = 'General' AND state = 'Offered'"),
            sqlite_where=sa.text("kind = 'General' AND state = 'Offered'"),
        )
        batch_op.drop_index(batch_op.f("ix_offer_referral_id"))
        batch_op.drop_index("ix_offer_agent_offered")

    op.drop_table("offer")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_referral_id"))

    op.drop_table("decision")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_status"))

    op.drop_table("registration")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_requested_at"))
        batch_op.drop_index(batch_op.f("ix_referral_phone"))
        batch_op.drop_index("ix_referral_holder")
        batch_op.drop_index("ix_referral_due")
        batch_op.drop_index("uq_referral_idempotency_key")

    op.drop_table("referral")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index("ix_duty_turn")
        batch_op.drop_index(batch_op.f("ix_duty_refresh_at"))
        batch_op.drop_index("ix_duty_opening")

    op.drop_table("duty")
