"""Reads the details of a problem out of what an agent types, and tells separate problems apart."""

from psl.details.detail import KINDS, Detail, Details
from psl.details.reader import Reader, shared_reader
from psl.details.split import Issue, split_issues
from psl.details.titles import strip_command, summary
from psl.details.when import hours, iso_date, weekdays

__all__ = [
    "KINDS",
    "Detail",
    "Details",
    "Issue",
    "Reader",
    "hours",
    "iso_date",
    "shared_reader",
    "split_issues",
    "strip_command",
    "summary",
    "weekdays",
]
