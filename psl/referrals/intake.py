"""A resident's request, checked before anything is stored."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from psl.places import place_of

ContactMethod = Literal["phone", "text", "email"]

# Zero-width joiner and non-joiner.
_JOINERS = "\u200c\u200d"
_DIGITS = 10
_EMAIL = re.compile(r"""[^\s@<>"(),;:\\]+@[^\s@<>"(),;:\\.]+(?:\.[^\s@<>"(),;:\\.]+)+""")


class Request(BaseModel):
    """What a resident tells: who, how to be reached, where and in which language."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    first_name: str = Field(min_length=1, max_length=80)
    last_name: str = Field(min_length=1, max_length=80)
    phone: str | None = Field(None, max_length=40, description="a number in the United States")
    email: str | None = Field(None, max_length=200)
    preferred_contact: ContactMethod = Field(description="phone, text or email")
    zip: str = Field(description="five digits, or ZIP+4")
    language: str = Field("English", min_length=2, max_length=60)
    note: str = Field("", max_length=1000)

    @field_validator("first_name", "last_name", "language", "note")
    @classmethod
    def _readable(cls, value: str) -> str:
        # Invisible characters could make one text look like another; joiners belong to scripts.
        seen = [c for c in value if c in _JOINERS or unicodedata.category(c) != "Cf"]
        words = " ".join("".join(seen).split())
        if any(unicodedata.category(c) == "Cc" for c in words):
            raise ValueError("this has characters that nobody can read")
        return words

    @field_validator("first_name", "last_name", "language")
    @classmethod
    def _letters(cls, value: str) -> str:
        if not any(c.isalpha() for c in value):
            raise ValueError("this has no letters")
        return value

    @field_validator("phone", "email", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            number = phonenumbers.parse(value, "US")
        except phonenumbers.NumberParseException as error:
            raise ValueError("this is no phone number; write it as 502-555-0100") from error
        if number.country_code != 1 or len(str(number.national_number)) != _DIGITS:
            raise ValueError("a call needs a ten-digit phone number, such as 502-555-0100")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    @field_validator("email")
    @classmethod
    def _email(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not (_EMAIL.fullmatch(value) and value.isprintable()):
            raise ValueError("this is no e-mail address; write it as name@example.org")
        return value

    @field_validator("zip")
    @classmethod
    def _zip(cls, value: str) -> str:
        if place_of(value) is None:
            raise ValueError("this ZIP code is not known; give the five digits of a home address")
        return value[:5]

    @model_validator(mode="after")
    def _reachable(self) -> Request:
        needs = "email" if self.preferred_contact == "email" else "phone"
        if getattr(self, needs) is None:
            raise ValueError(f"to be reached by {self.preferred_contact}, give {needs}")
        return self
