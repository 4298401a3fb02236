"""What a failed call to Telegram means for who made it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

# Spans of time as such: without it the library warns of each that it gives as a number.
os.environ.setdefault("PTB_TIMEDELTA", "true")


class Kind(StrEnum):
    """What to do about a failure follows from its kind."""

    FLOOD = "flood"
    OUTAGE = "outage"
    UNREACHABLE = "unreachable"
    MARKUP = "markup"
    UNCHANGED = "unchanged"
    GONE = "gone"
    LATE = "late"
    REFUSED = "refused"


@dataclass(frozen=True)
class Failure:
    """``why`` in few words and never Telegram's own, ``retry_after`` in seconds if it was told."""

    kind: Kind
    why: str
    retry_after: float | None = None

    @property
    def passes(self) -> bool:
        """Whether the same call may work later."""
        return self.kind in {Kind.FLOOD, Kind.OUTAGE}


_BAD: Final = (
    ("chat not found", Kind.UNREACHABLE, "chat not found"),
    ("user not found", Kind.UNREACHABLE, "chat not found"),
    ("peer_id_invalid", Kind.UNREACHABLE, "chat not found"),
    ("upgraded to a supergroup", Kind.UNREACHABLE, "moved"),
    ("can't parse entities", Kind.MARKUP, "markup"),
    ("message is not modified", Kind.UNCHANGED, "unchanged"),
    ("message to edit not found", Kind.GONE, "message is gone"),
    ("message can't be edited", Kind.GONE, "message is gone"),
    ("message_id_invalid", Kind.GONE, "message is gone"),
    ("query is too old", Kind.LATE, "press is too old"),
)
# What the library says of an answer that is no JSON.
_UNREADABLE: Final = "Invalid server response"
_FORBIDDEN: Final = (
    ("blocked", "blocked the bot"),
    ("deactivated", "account deleted"),
    ("can't initiate", "never started the bot"),
    ("kicked", "removed the bot"),
)


def failure_of(error: Exception) -> Failure:
    """The failure behind an exception of the library."""
    if is_strange(error):
        return Failure(Kind.OUTAGE, "not Telegram's answer")
    said = str(error).lower()
    # BadRequest and TimedOut are kinds of NetworkError.
    match error:
        case RetryAfter():
            return Failure(Kind.FLOOD, "flood control", _seconds(error))
        case ChatMigrated():
            return Failure(Kind.UNREACHABLE, "moved")
        case Forbidden():
            why = next((why for mark, why in _FORBIDDEN if mark in said), "forbidden")
            return Failure(Kind.UNREACHABLE, why)
        case BadRequest():
            for mark, kind, why in _BAD:
                if mark in said:
                    return Failure(kind, why)
            return Failure(Kind.REFUSED, "refused")
        case InvalidToken():
            return Failure(Kind.OUTAGE, "token refused")
        case Conflict():
            return Failure(Kind.OUTAGE, "another bot is running")
        case TimedOut():
            return Failure(Kind.OUTAGE, "timed out")
        case NetworkError():
            return Failure(Kind.OUTAGE, "no connection")
    return Failure(Kind.REFUSED, type(error).__name__)


def is_strange(error: BaseException) -> bool:
    """Whether something in between answered, a proxy or firewall, whatever its status means."""
    found: BaseException | None = error
    while found is not None:
        if str(found) == _UNREADABLE:
            return True
        found = found.__cause__
    return False


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)
