"""What is wrong with a request, field by field; never what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from desk.texts import Texts

BODY: Final = "body"

# What each way of contact needs; pydantic looks at it only when every field is right.
_NEEDED: Final = {"phone": "phone", "text": "phone", "email": "email"}
_BY_TYPE: Final = {
    "missing": "missing",
    "string_type": "not_text",
    "string_unicode": "unreadable",
    "string_too_long": "too_long",
    "extra_forbidden": "unknown",
}
_BY_FIELD: Final = {
    "first_name": "unreadable",
    "last_name": "unreadable",
    "phone": "phone",
    "email": "email",
    "preferred_contact": "preferred_contact",
    "zip": "zip",
    "language": "language",
    "note": "note",
}


class Problem(BaseModel):
    """One thing that is wrong."""

    field: str = Field(description="the field's name, a header's name, or `body`")
    message: str = Field(description="what to do about it")


class Problems(BaseModel):
    """All that is wrong."""

    detail: list[Problem]


def one(field: str, message: str) -> Problems:
    """A single problem."""
    return Problems(detail=[Problem(field=field, message=message)])


def problems_of(
    errors: Iterable[Mapping[str, Any]], texts: Texts, given: Mapping[str, Any]
) -> Problems:
    """Pydantic's errors in words that help.

    Args:
        errors: as pydantic or FastAPI give them.
        texts: the language to tell them in.
        given: the fields as they were sent, to see which way of contact lacks its address.
    """
    found: dict[str, str] = {}
    for error in errors:
        path = [str(part) for part in error["loc"] if part != BODY]
        field = path[0] if path and error["type"] != "json_invalid" else BODY
        if field == BODY and error["type"] == "value_error":
            # The only rule about several fields; looked at below.
            continue
        limit = (error.get("ctx") or {}).get("max_length")
        found.setdefault(field, texts.error(_code(field, error), limit=limit))
    needed = _NEEDED.get(str(given.get("preferred_contact")))
    if needed is not None and not str(given.get(needed) or "").strip():
        found.setdefault(needed, texts.error(f"reach_{needed}"))
    return Problems(
        detail=[Problem(field=field[:60], message=message) for field, message in found.items()]
    )


def _code(field: str, error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    if field == BODY:
        return "not_json"
    if isinstance(error["input"], str) and not error["input"].strip():
        return "missing"
    return _BY_TYPE.get(kind) or _BY_FIELD[field]
