"""first tables

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import psl.database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The database itself keeps the audit append-only, whoever is connected. On SQLite a REPLACE
# deletes without asking the delete trigger, so writing over an id is refused as well.
APPEND_ONLY_SQLITE = (
    """
    CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END
    """,
    """
    CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END
    """,
    """
    CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
    WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END
    """,
)
APPEND_ONLY_POSTGRESQL = (
    """
    CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit_event is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()
    """,
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doi_number", sa.String(length=20), nullable=False),
        sa.Column("npn", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("agency", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("zip", sa.String(length=10), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("licence_active", sa.Boolean(), nullable=False),
        sa.Column("licence_expires", sa.Date(), nullable=True),
        sa.Column("certified_on", sa.Date(), nullable=True),
        sa.Column("doi_contact_confirmed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("doi_number", name=op.f("uq_agent_doi_number")),
    )
    op.create_table(
        "audit_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_subject"), ["subject"], unique=False)

    op.create_table(
        "chat_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("at", psl.database.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
        sa.UniqueConstraint("chat", "client_id", name="uq_chat_message_chat_client_id"),
        sa.UniqueConstraint("chat", "number", name="uq_chat_message_chat_number"),
    )
    with op.batch_alter_table("chat_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_message_at"), ["at"], unique=False)

    op.create_table(
        "link_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("at", psl.database.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_attempt")),
    )
    with op.batch_alter_table("link_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_attempt_chat"), ["chat"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("due_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("delivered_at", psl.database.Instant(timezone=True), nullable=True),
        sa.Column("withdrawn_at", psl.database.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("chat", "key", name=op.f("uq_notice_chat")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_chat"), ["chat"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_due_at"), ["due_at"], unique=False)

    op.create_table(
        "offered_button",
        sa.Column("token", sa.String(length=24), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("offered_at", psl.database.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_offered_button")),
    )
    with op.batch_alter_table("offered_button", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offered_button_chat"), ["chat"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_offered_button_offered_at"), ["offered_at"], unique=False
        )

    op.create_table(
        "chat_link",
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", psl.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_chat_link_agent_id")),
        sa.PrimaryKeyConstraint("chat", name=op.f("pk_chat_link")),
    )
    with op.batch_alter_table("chat_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_link_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "checklist_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("checklist", sa.String(length=40), nullable=False),
        sa.Column("states", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("position", sa.String(length=40), nullable=True),
        sa.Column("started_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("updated_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", psl.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_checklist_run_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_run")),
    )
    with op.batch_alter_table("checklist_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checklist_run_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checklist_run_chat"), ["chat"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("requested_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("closed_at", psl.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_handover_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_chat"), ["chat"], unique=False)

    op.create_table(
        "link_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("used_at", psl.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_link_code_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_code_code_hash")),
    )
    with op.batch_alter_table("link_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_code_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_code_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("waived", sa.JSON(), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=True),
        sa.Column("application_number", sa.String(length=40), nullable=True),
        sa.Column("split_group", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("updated_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("submitted_at", psl.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_ticket_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_ticket_application_number"), ["application_number"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_ticket_case_number"), ["case_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_chat"), ["chat"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_split_group"), ["split_group"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_status"), ["status"], unique=False)

    op.create_table(
        "psl_reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("resolved_at", psl.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_psl_reference_agent_id")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_psl_reference_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_psl_reference")),
    )
    with op.batch_alter_table("psl_reference", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_psl_reference_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_psl_reference_chat"), ["chat"], unique=False)

    op.create_table(
        "ticket_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_note_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_note")),
    )
    with op.batch_alter_table("ticket_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_note_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("reference_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("noted_at", psl.database.Instant(timezone=True), nullable=False),
        sa.Column("done_at", psl.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_suggestion_agent_id")),
        sa.ForeignKeyConstraint(
            ["reference_id"], ["psl_reference.id"], name=op.f("fk_suggestion_reference_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggestion_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suggestion_chat"), ["chat"], unique=False)

    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in APPEND_ONLY_SQLITE if sqlite else APPEND_ONLY_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suggestion_chat"))
        batch_op.drop_index(batch_op.f("ix_suggestion_agent_id"))

    op.drop_table("suggestion")
    with op.batch_alter_table("ticket_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_note_ticket_id"))

    op.drop_table("ticket_note")
    with op.batch_alter_table("psl_reference", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_psl_reference_chat"))
        batch_op.drop_index(batch_op.f("ix_psl_reference_agent_id"))

    op.drop_table("psl_reference")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_status"))
        batch_op.drop_index(batch_op.f("ix_ticket_split_group"))
        batch_op.drop_index(batch_op.f("ix_ticket_chat"))
        batch_op.drop_index(batch_op.f("ix_ticket_case_number"))
        batch_op.drop_index(batch_op.f("ix_ticket_application_number"))
        batch_op.drop_index(batch_op.f("ix_ticket_agent_id"))

    op.drop_table("ticket")
    with op.batch_alter_table("link_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_code_expires_at"))
        batch_op.drop_index(batch_op.f("ix_link_code_agent_id"))

    op.drop_table("link_code")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_chat"))

    op.drop_table("handover")
    with op.batch_alter_table("checklist_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checklist_run_chat"))
        batch_op.drop_index(batch_op.f("ix_checklist_run_agent_id"))

    op.drop_table("checklist_run")
    with op.batch_alter_table("chat_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chat_link_agent_id"))

    op.drop_table("chat_link")
    with op.batch_alter_table("offered_button", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offered_button_offered_at"))
        batch_op.drop_index(batch_op.f("ix_offered_button_chat"))

    op.drop_table("offered_button")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_due_at"))
        batch_op.drop_index(batch_op.f("ix_notice_chat"))

    op.drop_table("notice")
    with op.batch_alter_table("link_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_attempt_chat"))

    op.drop_table("link_attempt")
    with op.batch_alter_table("chat_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chat_message_at"))

    op.drop_table("chat_message")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_subject"))

    # Triggers go with their table; PostgreSQL keeps the function.
    op.drop_table("audit_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_event_append_only()")
    op.drop_table("agent")
