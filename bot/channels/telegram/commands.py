"""What the app's menu of commands shows."""

from __future__ import annotations

from typing import Final

#: Command and description; each is one of ``bot.edge.COMMANDS``.
MENU: Final = (
    ("start", "Begin, or see what I can do"),
    ("help", "What I can do"),
    ("checklist", "Get ready to call PSL"),
    ("ticket", "Draft a ticket"),
    ("tickets", "My tickets and drafts"),
    ("referrals", "My referrals"),
    ("availability", "My hours and absences"),
    ("register", "Register for kynect On Demand"),
    ("link", "Link this chat to your agent record"),
    ("unlink", "Unlink this chat"),
    ("human", "Talk to a person"),
    ("cancel", "Stop what we are doing"),
)
