"""Figures of the channel for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter

UPDATES = Counter("psl_telegram_updates_total", "Updates from Telegram", ["kind"])
SENT = Counter("psl_telegram_sent_total", "Messages sent and edited in Telegram", ["kind"])
FAILED = Counter("psl_telegram_failed_total", "Calls that Telegram refused or lost", ["kind"])
