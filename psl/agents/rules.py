"""Pure rules of the roster: reading a row of the import file, and who may join On Demand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from psl.errors import BadInput
from psl.languages import language_name
from psl.settings import settings

COLUMNS = (
    "doi_number",
    "npn",
    "name",
    "agency",
    "role",
    "email",
    "phone",
    "zip",
    "languages",
    "licence_active",
    "licence_expires",
    "certified_on",
    "doi_contact_confirmed_on",
)


class RosterRow(BaseModel):
    """One checked row of the import file. Identifier formats are OPEN, so they are lenient."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    doi_number: str = Field(pattern=r"^[A-Za-z0-9]{4,20}$")
    npn: str = Field(pattern=r"^\d{1,10}$")
    name: str = Field(min_length=2, max_length=120)
    agency: str = Field(min_length=2, max_length=120)
    role: Literal["Agent", "Delegate"]
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=200)
    phone: str
    zip: str = Field(pattern=r"^\d{5}(-\d{4})?$")
    languages: list[str] = Field(min_length=1)
    licence_active: bool
    licence_expires: date | None = None
    certified_on: date | None = None
    doi_contact_confirmed_on: date | None = None

    @field_validator("role", mode="before")
    @classmethod
    def _role(cls, value: str) -> str:
        return value.strip().capitalize()

    @field_validator("languages", mode="before")
    @classmethod
    def _languages(cls, value: str | list[str]) -> list[str]:
        words = re.split(r"[;|]", value) if isinstance(value, str) else value
        # Under the names that residents' requests are kept by: "Espanol" is Spanish.
        guide_dir = settings().guide_dir
        named = [language_name(word, guide_dir) for word in words if word.strip()]
        return list(dict.fromkeys(named))

    @field_validator("licence_expires", "certified_on", "doi_contact_confirmed_on", mode="before")
    @classmethod
    def _empty_date(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str) -> str:
        try:
            number = phonenumbers.parse(value, "US")
        except phonenumbers.NumberParseException as error:
            raise ValueError("not a phone number") from error
        if not phonenumbers.is_possible_number(number):
            raise ValueError("not a phone number")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True)
class ImportReport:
    """What an import did; ``refused`` pairs the line number with the reason."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def read_row(row: Mapping[str, str | None]) -> RosterRow:
    """The checked row.

    Raises:
        BadInput: with the columns that are wrong and why.
    """
    try:
        return RosterRow.model_validate({key: value or "" for key, value in row.items() if key})
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(str(p) for p in item['loc'])}: {item['msg']}" for item in error.errors()
        )
        raise BadInput(reasons) from error
