"""What the groups of commands have in common."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from psl.settings import Settings, settings

if TYPE_CHECKING:
    from psl.services import Services

AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the database.")]


def with_changes(data: Path | None, **changes: Any) -> Settings:
    """The settings with a command line's changes, visible to every part of this process."""
    if data is not None:
        os.environ["PSL_DATA_DIR"] = str(data.resolve())
    for name, value in changes.items():
        if value is not None:
            os.environ[f"PSL_{name.upper()}"] = str(value)
    settings.cache_clear()
    return settings()


def services() -> Services:
    """The records."""
    from psl.services import build_services

    return build_services(settings())


def as_json(value: object) -> None:
    """Print for a script; instants as ISO 8601 in UTC."""
    typer.echo(json.dumps(value, default=_plain, ensure_ascii=False))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    raise TypeError(type(value).__name__)


def at(instant: datetime | None) -> str:
    """An instant for a person who runs servers: "2026-11-23 15:00:05 UTC"."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if instant else "-"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], indent: str = "") -> None:
    """Print columns, as wide as they need to be; numbers to the right."""
    shown = [list(map(str, row)) for row in rows]
    kinds = [
        all(part.replace(".", "", 1).lstrip("-").isdigit() for part in column if part != "-")
        for column in zip(*shown, strict=True)
    ]
    widths = [max(map(len, column)) for column in zip(head, *shown, strict=True)]
    for row in (head, *shown):
        cells = [
            part.rjust(width) if shown and is_number else part.ljust(width)
            for part, width, is_number in zip(row, widths, kinds or [False] * len(row), strict=True)
        ]
        typer.echo((indent + "  ".join(cells)).rstrip())


def facts(values: dict[str, object], indent: str = "") -> None:
    """Print names with their values, one a line."""
    width = max(map(len, values))
    for name, value in values.items():
        typer.echo(f"{indent}{name.ljust(width)}  {_words(value)}")


def _words(value: object) -> str:
    if value is None or value == [] or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return at(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
