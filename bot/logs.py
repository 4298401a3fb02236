"""Logs: structured, on standard error, never a word of what somebody typed."""

from __future__ import annotations

import logging
import sys
import warnings

import structlog

# Rasa, spaCy and HTTP libraries may quote messages at lower levels.
_QUIET = (
    "rasa",
    "rasa_sdk",
    "presidio-analyzer",
    "matplotlib",
    "sanic",
    "socketio",
    "engineio",
    "asyncio",
    "alembic",
)
# Addresses of Telegram's hold the bot's token; what it cannot read it quotes.
_SILENT = ("telegram", "httpx", "httpcore")


def configure(level: str) -> None:
    """Set structlog and the standard library's logging to one form."""
    # Rasa 3.6 uses much that is deprecated; nobody who starts the assistant can do anything about it.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", module=r"(rasa|sanic|pkg_resources|randomname).*")
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=number, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.ERROR))
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        # Rasa logs through structlog too; unfiltered its debug lines cost more than the turn.
        wrapper_class=structlog.make_filtering_bound_logger(max(number, logging.WARNING)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
