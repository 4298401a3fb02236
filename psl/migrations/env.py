"""Alembic's entry: run the migrations on the connection that ``Database.upgrade`` gives."""

from __future__ import annotations

from alembic import context

from psl import (  # noqa: F401
    attachments,
    audit,
    buttons,
    checklists,
    follow_ups,
    handovers,
    keys,
    messages,
    notices,
    transcripts,
)
from psl.agents import models as agents_models  # noqa: F401
from psl.database import Base
from psl.referrals import models as referrals_models  # noqa: F401
from psl.tickets import models as tickets_models  # noqa: F401

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True
)
with context.begin_transaction():
    context.run_migrations()
