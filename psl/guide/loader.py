"""Reads and checks ``data/guide``; a wrong file stops the start with file, line and reason."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from psl.guide.models import (
    ACTIONS,
    Answer,
    Checklist,
    Contact,
    Guide,
    Handler,
    Limit,
    Source,
    TicketField,
    TicketKind,
)
from psl.settings import Settings

# Terms that depend on the occasion; texts may use them, a reply fills them in.
OCCASIONAL = {"psl_number_known"}

Parsed = TypeVar("Parsed")


class GuideError(Exception):
    """A file of the guide is wrong; the message names file, line and reason."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {reason}")


def _read(path: Path) -> Any:
    if not path.is_file():
        raise GuideError(path, None, "the file is missing")
    try:
        # The round-trip loader keeps line numbers, which an error message needs.
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise GuideError(path, mark.line + 1 if mark else None, str(error.problem)) from error


def _line_of(data: Any, where: tuple[int | str, ...]) -> int | None:
    line: int | None = None
    for key in where:
        position = getattr(data, "lc", None)
        try:
            if position is not None:
                line = (position.key(key) if isinstance(key, str) else position.item(key))[0] + 1
            data = data[key]
        except (KeyError, IndexError, TypeError):
            break
    return line


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return str(data) if isinstance(data, str) else data


def _parse(path: Path, key: str, kind: type[Parsed]) -> Parsed:
    data = _read(path)
    if not isinstance(data, dict) or key not in data:
        raise GuideError(path, 1, f"the key `{key}` is missing")
    try:
        return TypeAdapter(kind).validate_python(_plain(data[key]))
    except ValidationError as error:
        first = error.errors()[0]
        where = (key, *first["loc"])
        named = ".".join(str(part) for part in first["loc"])
        raise GuideError(path, _line_of(data, where), f"{named}: {first['msg']}") from error


def _names_in(entry: BaseModel) -> set[str]:
    names: set[str] = set()
    for value in entry.model_dump().values():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "{" in text:
                names |= {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return names


def load_guide(folder: Path, settings: Settings) -> Guide:
    """The whole guide.

    Args:
        folder: usually ``data/guide``.
        settings: overrides of limits come from here.

    Raises:
        GuideError: a file is missing, is not YAML, breaks the schema, names an unknown source,
            contact, intent or term, or answers an intent twice.
    """
    sources = _parse(folder / "sources.yml", "sources", dict[str, Source])
    contacts = _parse(folder / "contacts.yml", "contacts", dict[str, Contact])
    limits = _parse(folder / "limits.yml", "limits", dict[str, Limit])
    handlers = _parse(folder / "handlers.yml", "handlers", list[Handler])
    checklists = _parse(folder / "checklists.yml", "checklists", list[Checklist])
    fields = _parse(folder / "ticket_fields.yml", "fields", list[TicketField])
    kinds = _parse(folder / "ticket_fields.yml", "kinds", list[TicketKind])

    terms = {c.term: c.phone for c in contacts.values() if c.term and c.phone}
    for name, limit in limits.items():
        override = getattr(settings, limit.setting) if limit.setting else None
        terms[name] = limit.words(override)
    for handler in handlers:
        if handler.to not in contacts:
            raise GuideError(folder / "handlers.yml", None, f"unknown contact `{handler.to}`")
    terms["who_handles"] = "\n".join(
        f"• {h.topic}: "
        + (h.say or contacts[h.to].name)
        + (f", {contacts[h.to].phone}" if contacts[h.to].phone and not h.say else "")
        for h in handlers
    )

    answers: dict[str, Answer] = {}
    origin: dict[str, Path] = {}
    for path in sorted((folder / "answers").glob("*.yml")):
        for answer in _parse(path, "answers", list[Answer]):
            if answer.intent in answers:
                raise GuideError(path, None, f"`{answer.intent}` is answered twice")
            answers[answer.intent], origin[answer.intent] = answer, path

    known_terms = set(terms) | OCCASIONAL
    for intent, answer in answers.items():
        if answer.source not in sources:
            raise GuideError(origin[intent], None, f"{intent}: unknown source `{answer.source}`")
        if unknown := _names_in(answer) - known_terms:
            raise GuideError(origin[intent], None, f"{intent}: unknown terms {sorted(unknown)}")
        for target in answer.next:
            if target not in answers and target not in ACTIONS:
                raise GuideError(origin[intent], None, f"{intent}: `next` names unknown {target}")
    for checklist in checklists:
        for item in checklist.items:
            if unknown := _names_in(item.model_copy(update={"mentions": []})) - known_terms:
                raise GuideError(
                    folder / "checklists.yml", None, f"{item.id}: unknown terms {sorted(unknown)}"
                )
    field_ids = {entry.id for entry in fields}
    for kind in kinds:
        if unknown := set(kind.fields) - field_ids:
            raise GuideError(
                folder / "ticket_fields.yml", None, f"{kind.id}: unknown fields {sorted(unknown)}"
            )
    return Guide(
        sources=sources,
        contacts=contacts,
        limits=limits,
        handlers=handlers,
        answers=answers,
        checklists={entry.id: entry for entry in checklists},
        ticket_fields={entry.id: entry for entry in fields},
        ticket_kinds=kinds,
        terms=terms,
    )
