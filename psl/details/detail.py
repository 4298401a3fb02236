"""What is read out of an agent's words: a detail, its kind, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

# The details PSL asks for (GUIDE, "Have DOI Information Ready" and "Have Case Details Ready"),
# then those which other conversations need (ours).
KINDS = (
    "system",
    "screen",
    "error",
    "browser",
    "case_number",
    "application_number",
    "members",
    "enrollment",
    "tried",
    "agency",
    "doi_number",
    "role",
    "association",
    "psl_number",
    "ticket_number",
    "npn",
    "device",
    "zip",
    "phone",
    "email",
    "language",
    "weekday",
    "time_range",
    "date",
    "number",
)


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail.

    Attributes:
        kind: one of ``KINDS``.
        value: as shown to people: "Chrome 131", "118204377", "Plan Selection screen".
        text: the words as written, ``message[start:end]``.
        start: where the words begin in the message.
        end: where they end.
        negated: the agent says that it is *not* this ("edge, not chrome").
    """

    kind: str
    value: str
    text: str
    start: int
    end: int
    negated: bool = False


class Details(tuple[Detail, ...]):
    """The details of a message, in the order of its words."""

    __slots__ = ()

    def of(self, kind: str) -> Details:
        """Those of one kind that are not negated."""
        return Details(found for found in self if found.kind == kind and not found.negated)

    def first(self, kind: str) -> Detail | None:
        """The first of one kind that is not negated."""
        return next((found for found in self if found.kind == kind and not found.negated), None)

    def values(self, kind: str) -> tuple[str, ...]:
        """The values of one kind, each once."""
        return tuple(dict.fromkeys(found.value for found in self.of(kind)))
