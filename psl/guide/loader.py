"""Reads and checks ``data/guide``; a wrong file stops the start with file, line and reason."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

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
Where = tuple[int | str, ...]


class GuideError(Exception):
    """A file of the guide is wrong; the message names file, line and reason."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {reason}")


@dataclass(frozen=True)
class _Section(Generic[Parsed]):
    """What one key of a file says, and the file's data, which know their lines."""

    path: Path
    key: str
    data: Any
    value: Parsed

    def wrong(self, where: Where, reason: str) -> GuideError:
        return GuideError(self.path, _line_of(self.data, (self.key, *where)), reason)


def _read(path: Path) -> Any:
    if not path.is_file():
        raise GuideError(path, None, "the file is missing")
    try:
        # The round-trip loader keeps line numbers, which an error message needs.
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise GuideError(path, mark.line + 1 if mark else None, str(error.problem)) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise GuideError(path, None, str(error)) from error


def _line_of(data: Any, where: Where) -> int | None:
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


def _parse(path: Path, key: str, kind: type[Parsed]) -> _Section[Parsed]:
    data = _read(path)
    if not isinstance(data, dict) or key not in data:
        raise GuideError(path, 1, f"the key `{key}` is missing")
    try:
        value = TypeAdapter(kind).validate_python(_plain(data[key]))
    except ValidationError as error:
        first = error.errors()[0]
        named = ".".join(str(part) for part in first["loc"])
        raise GuideError(
            path, _line_of(data, (key, *first["loc"])), f"{named}: {first['msg']}"
        ) from error
    return _Section(path, key, data, value)


def _check_terms(
    section: _Section[Any], where: Where, named: str, entry: BaseModel, known: set[str]
) -> None:
    """Every ``{term}`` of every text of ``entry`` is one that a reply can fill in."""
    for attribute, value in entry.model_dump(exclude={"mentions"}).items():
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(text, str):
                continue
            try:
                names = {
                    name for _, name, _, _ in string.Formatter().parse(text) if name is not None
                }
            except ValueError as error:
                raise section.wrong((*where, attribute), f"{named}: {error}") from error
            if unknown := names - known:
                raise section.wrong(
                    (*where, attribute), f"{named}: unknown terms {sorted(unknown)}"
                )


def _check_patterns(section: _Section[Any], where: Where, named: str, patterns: list[str]) -> None:
    for number, pattern in enumerate(patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            raise section.wrong((*where, number), f"{named}: `{pattern}`: {error}") from error


def _by_id(
    section: _Section[list[Parsed]], identity: Callable[[Parsed], str], said: str
) -> dict[str, Parsed]:
    found: dict[str, Parsed] = {}
    for number, entry in enumerate(section.value):
        if identity(entry) in found:
            raise section.wrong((number,), f"`{identity(entry)}` {said}")
        found[identity(entry)] = entry
    return found


def _check_sources(
    section: _Section[Any], entries: Iterable[tuple[int | str, Any]], sources: set[str]
) -> None:
    for where, entry in entries:
        if entry.source not in sources:
            named = entry.intent if isinstance(entry, Answer) else str(where)
            raise section.wrong((where, "source"), f"{named}: unknown source `{entry.source}`")


def load_guide(folder: Path, settings: Settings) -> Guide:
    """The whole guide.

    Args:
        folder: usually ``data/guide``.
        settings: overrides of limits come from here.

    Raises:
        GuideError: a file is missing, is not YAML, breaks the schema, names an unknown source,
            contact, intent, setting or term, has a broken pattern, or says something twice.
    """
    sources = _parse(folder / "sources.yml", "sources", dict[str, Source]).value
    contacts = _parse(folder / "contacts.yml", "contacts", dict[str, Contact])
    limits = _parse(folder / "limits.yml", "limits", dict[str, Limit])
    handlers = _parse(folder / "handlers.yml", "handlers", list[Handler])
    checklists = _parse(folder / "checklists.yml", "checklists", list[Checklist])
    fields = _parse(folder / "ticket_fields.yml", "fields", list[TicketField])
    kinds = _parse(folder / "ticket_fields.yml", "kinds", list[TicketKind])

    _check_sources(contacts, contacts.value.items(), set(sources))
    _check_sources(limits, limits.value.items(), set(sources))
    _check_sources(handlers, enumerate(handlers.value), set(sources))
    _check_sources(checklists, enumerate(checklists.value), set(sources))

    terms = _terms(contacts, limits, handlers, settings)
    known_terms = set(terms) | OCCASIONAL
    answers = _answers(folder / "answers", set(sources), known_terms)

    for number, checklist in enumerate(checklists.value):
        for place, item in enumerate(checklist.items):
            where = (number, "items", place)
            _check_terms(checklists, where, item.id, item, known_terms)
            _check_patterns(checklists, (*where, "mentions"), item.id, item.mentions)
        if len({item.id for item in checklist.items}) < len(checklist.items):
            raise checklists.wrong((number, "items"), f"{checklist.id}: two items have one id")
    ticket_fields = _by_id(fields, lambda entry: entry.id, "is described twice")
    for number, field in enumerate(fields.value):
        _check_terms(fields, (number,), field.id, field, known_terms)
    _by_id(kinds, lambda entry: entry.id, "is described twice")
    for number, kind in enumerate(kinds.value):
        if unknown := set(kind.fields) - set(ticket_fields):
            raise kinds.wrong((number, "fields"), f"{kind.id}: unknown fields {sorted(unknown)}")
        _check_patterns(kinds, (number, "cues"), kind.id, kind.cues)
    return Guide(
        sources=sources,
        contacts=contacts.value,
        limits=limits.value,
        handlers=handlers.value,
        answers=answers,
        checklists=_by_id(checklists, lambda entry: entry.id, "is described twice"),
        ticket_fields=ticket_fields,
        ticket_kinds=kinds.value,
        terms=terms,
    )


def _terms(
    contacts: _Section[dict[str, Contact]],
    limits: _Section[dict[str, Limit]],
    handlers: _Section[list[Handler]],
    settings: Settings,
) -> dict[str, str]:
    terms = {c.term: c.phone for c in contacts.value.values() if c.term and c.phone}
    for name, limit in limits.value.items():
        if limit.setting and limit.setting not in type(settings).model_fields:
            raise limits.wrong((name, "setting"), f"{name}: unknown setting `{limit.setting}`")
        terms[name] = limit.words(getattr(settings, limit.setting) if limit.setting else None)
    rows = []
    for number, handler in enumerate(handlers.value):
        contact = contacts.value.get(handler.to)
        if contact is None:
            raise handlers.wrong((number, "to"), f"unknown contact `{handler.to}`")
        phone = f", {contact.phone}" if contact.phone and not handler.say else ""
        rows.append(f"• {handler.topic}: {handler.say or contact.name}{phone}")
    return {**terms, "who_handles": "\n".join(rows)}


def _answers(folder: Path, sources: set[str], known_terms: set[str]) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    sections = [_parse(path, "answers", list[Answer]) for path in sorted(folder.glob("*.yml"))]
    for section in sections:
        _check_sources(section, enumerate(section.value), sources)
        for number, answer in enumerate(section.value):
            if answer.intent in answers:
                raise section.wrong((number, "intent"), f"`{answer.intent}` is answered twice")
            answers[answer.intent] = answer
            _check_terms(section, (number,), answer.intent, answer, known_terms)
    for section in sections:
        for number, answer in enumerate(section.value):
            for place, target in enumerate(answer.next):
                if target not in answers and target not in ACTIONS:
                    raise section.wrong(
                        (number, "next", place), f"{answer.intent}: `next` names unknown {target}"
                    )
    return answers
