"""The lists in ``data/guide`` that details are recognised by: systems, screens, browsers, words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from psl.guide.loader import GuideError

Parsed = TypeVar("Parsed")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Name(_Entry):
    """A thing that agents name.

    ``aliases`` mean it wherever they stand; ``weak`` ones only after "in", "on", "using" and the
    like; ``nouned`` ones only beside "screen", "page" or "tab". All three are understood when the
    thing was just asked for.
    """

    name: str = Field(min_length=2)
    source: str | None = None
    aliases: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    nouned: tuple[str, ...] = ()


class Topic(_Entry):
    """What a problem is about; ``area`` groups topics that tend to be one problem."""

    area: str
    words: tuple[str, ...]


class Lists(_Entry):
    """All lists."""

    systems: tuple[Name, ...]
    screens: tuple[Name, ...]
    browsers: tuple[Name, ...]
    devices: tuple[Name, ...]
    languages: tuple[Name, ...]
    messages: tuple[str, ...]
    openers: tuple[str, ...]
    symptoms: tuple[str, ...]
    states: tuple[str, ...]
    no_symptoms: tuple[str, ...]
    topics: Mapping[str, Topic]
    spelling: Mapping[str, str]


# file -> the lists it holds
_FILES: Mapping[str, tuple[str, ...]] = {
    "systems.yml": ("systems",),
    "screens.yml": ("screens",),
    "browsers.yml": ("browsers", "devices"),
    "languages.yml": ("languages",),
    "error_words.yml": (
        "messages",
        "openers",
        "symptoms",
        "states",
        "no_symptoms",
        "topics",
        "spelling",
    ),
}


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise GuideError(path, None, "the file is missing")
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise GuideError(path, mark.line + 1 if mark else None, str(error.problem)) from error
    if not isinstance(data, dict):
        raise GuideError(path, 1, "the file holds no lists")
    return data


def _check(path: Path, data: Mapping[str, Any], keys: Iterable[str]) -> None:
    if not isinstance(data.get("source"), str):
        raise GuideError(path, None, "the key `source` is missing")
    if not isinstance(data.get("last_checked"), date):
        raise GuideError(path, None, "the key `last_checked` is missing or is no date")
    for key in keys:
        if key not in data:
            raise GuideError(path, None, f"the key `{key}` is missing")


def load_lists(folder: Path) -> Lists:
    """The lists in ``folder``.

    Raises:
        GuideError: a file is missing, is not YAML, or lacks a list, its source or its date.
    """
    found: dict[str, Any] = {}
    for file, keys in _FILES.items():
        data = _read(folder / file)
        _check(folder / file, data, keys)
        for key in keys:
            try:
                kind: Any = Lists.model_fields[key].annotation
                found[key] = TypeAdapter(kind).validate_python(data[key])
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in (key, *first["loc"]))
                raise GuideError(folder / file, None, f"{where}: {first['msg']}") from error
    return Lists(**found)
