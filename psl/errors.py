"""Errors a person can act on. Services raise them; chat and web turn them into words."""

from __future__ import annotations


class PslError(Exception):
    """A request that cannot be done; the message tells the person what to do next."""


class NotYours(PslError):
    """The record belongs to someone else, or does not exist: callers must not tell which."""


class NotLinked(PslError):
    """The chat has no agent; acting needs a link first."""


class IllegalMove(PslError):
    """A status change that the life of the record does not allow."""


class Incomplete(PslError):
    """Something required is missing; ``missing`` names the fields."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("Still needed: " + ", ".join(missing))
        self.missing = missing


class RateLimited(PslError):
    """Too many tries; wait before the next."""


class BadInput(PslError):
    """What was given cannot be used as it stands."""
