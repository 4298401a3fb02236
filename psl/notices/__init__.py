"""The outbox: what is pushed to a chat later, written in the transaction that causes it."""

from __future__ import annotations

from psl.notices.models import Notice
from psl.notices.service import Claimed, Notices
from psl.notices.writing import (
    enqueue,
    enqueue_from,
    enqueue_many,
    withdraw,
    withdraw_from,
    withdraw_many,
)

__all__ = [
    "Claimed",
    "Notice",
    "Notices",
    "enqueue",
    "enqueue_from",
    "enqueue_many",
    "withdraw",
    "withdraw_from",
    "withdraw_many",
]
