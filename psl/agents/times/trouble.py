"""Why hours have to be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from psl.agents.availability import DayHours


@dataclass(frozen=True)
class Trouble:
    """What is wrong with hours or missing of them.

    ``kind`` is "no_end", "no_start", "broken", "senseless", "overlap", "break_length",
    "break_time", "break_outside", "business" or a part of the day; ``known`` is the minute that was
    said; ``options`` are hours to choose from.
    """

    kind: str
    known: int = 0
    options: tuple[DayHours, ...] = ()
