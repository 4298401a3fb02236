"""The facts of the two programme guides and of public pages, loaded once from ``data/guide``."""

from psl.guide.loader import GuideError, load_guide
from psl.guide.models import Answer, Checklist, ChecklistItem, Guide, TicketField, TicketKind

__all__ = [
    "Answer",
    "Checklist",
    "ChecklistItem",
    "Guide",
    "GuideError",
    "TicketField",
    "TicketKind",
    "load_guide",
]
