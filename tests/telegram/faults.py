"""What goes wrong on request: failing methods, lost answers, slowness, flood control."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from telegram.constants import FloodLimit

ANY: Final = "*"


@dataclass
class Failure:
    """An answer that is given instead of doing what was asked."""

    status: int
    description: str
    retry_after: int | None
    body: str | None


@dataclass
class Drop:
    """A connection that is closed without an answer, after ``hang`` seconds of silence."""

    after_processing: bool
    hang: float


@dataclass
class _Planned:
    method: str
    chat: int | None
    times: int | None
    fault: Failure | Drop | float


class Faults:
    """The faults that were asked for, in the order in which they come."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def plan(
        self, method: str, fault: Failure | Drop | float, times: int | None, chat: int | None
    ) -> None:
        """Let ``fault`` happen to the next calls; a float is a delay, None means until healed."""
        self._planned.append(_Planned(method.lower(), chat, times, fault))

    def heal(self) -> None:
        """No more faults."""
        self._planned.clear()

    def delay(self, method: str, chat: int | None) -> float:
        """How long the call is kept waiting first."""
        planned = self._take(method, chat, lambda fault: isinstance(fault, float))
        return planned if isinstance(planned, float) else 0.0

    def take(self, method: str, chat: int | None) -> Failure | Drop | None:
        """What happens to the call."""
        planned = self._take(method, chat, lambda fault: not isinstance(fault, float))
        return None if isinstance(planned, float) else planned

    def _take(
        self, method: str, chat: int | None, wanted: Callable[[Failure | Drop | float], bool]
    ) -> Failure | Drop | float | None:
        for planned in self._planned:
            if planned.method not in (ANY, method.lower()) or not wanted(planned.fault):
                continue
            if planned.chat is not None and planned.chat != chat:
                continue
            if planned.times is not None:
                planned.times -= 1
                if planned.times <= 0:
                    self._planned.remove(planned)
            return planned.fault
        return None


def failure(status: int, retry_after: int | None, body: str | None, description: str) -> Failure:
    """A failure with the words that Telegram has for its status."""
    if status == HTTPStatus.TOO_MANY_REQUESTS and retry_after is None:
        retry_after = 1
    if not description:
        description = HTTPStatus(status).phrase
        if retry_after is not None:
            description += f": retry after {retry_after}"
    return Failure(status, description, retry_after, body)


class Flood:
    """Telegram's published limits on how fast messages are sent.

    30 a second over all chats, 20 a minute in a group. For one private chat "avoid more than one a
    second; short bursts may go over it": a bucket of ``burst`` that a message a second refills.
    """

    def __init__(self, burst: int = 5) -> None:
        self.burst = burst
        self._sent: deque[float] = deque()
        self._buckets: dict[int, tuple[float, float]] = {}
        self._groups: dict[int, deque[float]] = {}

    def wait_for(self, chat: int) -> int:
        """Count a message; or, if it comes too early, the whole seconds to wait, uncounted."""
        now = time.monotonic()
        waits = [_until_room(self._sent, now, 1.0, FloodLimit.MESSAGES_PER_SECOND)]
        tokens = 0.0
        group = self._groups.setdefault(chat, deque()) if chat < 0 else None
        if group is not None:
            waits.append(_until_room(group, now, 60.0, FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP))
        else:
            kept, at = self._buckets.get(chat, (float(self.burst), now))
            tokens = min(
                float(self.burst), kept + (now - at) * FloodLimit.MESSAGES_PER_SECOND_PER_CHAT
            )
            waits.append(1.0 - tokens)
        if (wait := max(waits)) > 0:
            return max(1, math.ceil(wait))
        self._sent.append(now)
        if group is not None:
            group.append(now)
        else:
            self._buckets[chat] = (tokens - 1.0, now)
        return 0


def _until_room(sent: deque[float], now: float, period: float, most: int) -> float:
    while sent and sent[0] <= now - period:
        sent.popleft()
    return sent[0] + period - now if len(sent) >= most else 0.0
