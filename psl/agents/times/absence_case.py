"""What is known of an absence before its start and end are found."""

from __future__ import annotations

from datetime import datetime, timedelta

from psl.agents.availability import OutOfOffice
from psl.agents.times import spells
from psl.agents.times.moments import Heard
from psl.agents.times.readings import Question
from psl.agents.times.resolving import Resolver, Unclear
from psl.agents.times.spells import EXAMPLE, Place

_ENDS = frozenset({"to", "til", "through", "back", "end", "rest"})


class Case:
    """A message about an absence: what was heard, and which moment is its start and its end.

    ``first`` is the moment of the start, ``to`` of the end, ``more`` are further days ("the 24th
    and 25th").
    """

    def __init__(
        self, heard: Heard, place: Place, asked: str | None, current: OutOfOffice | None
    ) -> None:
        """Args:
        heard: what the message says.
        place: when and where it was said.
        asked: "start" or "end" if that was asked for.
        current: the absence so far.
        """
        self.heard, self.place, self.asked = heard, place, asked
        over = current is not None and current.end is not None and current.end <= place.now
        self.current = None if over else current
        self.resolver = Resolver(place)
        moments = heard.moments
        starts = [moment for moment in moments if moment.role in ("", "start", "after")]
        ends = [moment for moment in moments if moment.role in _ENDS]
        bare = [moment for moment in starts if not moment.role]
        if asked == "end" and bare and not ends:
            ends = [bare[-1]]
            starts.remove(bare[-1])
            ends[0].role = "through" if ends[0].today else "til"
        if not starts and len(moments) > 1 and moments[0].role in ("to", "and"):
            starts = [moments[0]]
        self.first = starts[0] if starts else None
        self.to = ends[-1] if ends and ends[-1] is not self.first else None
        self.more = [m for m in moments if m.role == "and" and m.find and m is not self.first]

    @property
    def only_end(self) -> bool:
        """Whether the message changes or answers the end and leaves the start."""
        return self.asked == "end" or self.heard.edit or self.current is not None

    def is_past(self, start: datetime | None) -> bool:
        """Whether a start is past, and not only by the moments of typing."""
        return start is not None and start < self.place.now - timedelta(minutes=1)

    def check(self, start: datetime | None, end: datetime | None) -> None:
        """Looks for what is past or the wrong way round.

        Raises:
            Unclear: something is.
        """
        place = self.place
        begin = start or (self.current.start if self.current and self.only_end else None)
        if end is not None and end <= place.now:
            last = place.local(end) - timedelta(microseconds=1)
            text = f"That would end on {spells.full_day(last.date())}, which is past."
            if last.date() == place.today:
                text = f"That would end at {spells.clock_title(place.local(end))}, which is past."
            raise Unclear(Question(f"{text} When will you be back?"))
        if begin is not None and end is not None and end <= begin:
            text = "The end would be before the start."
            raise Unclear(Question(f"{text} From when to when, as in “{EXAMPLE}”?"))
        if end is None and start is not None and self.is_past(start):
            text = f"{spells.moment_title(start, place)} is past."
            raise Unclear(Question(f"{text} From when are you out?"))
