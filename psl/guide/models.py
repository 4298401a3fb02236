"""The shape of ``data/guide`` and the guide made from it."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Buttons may also lead to these, which act instead of answering.
ACTIONS = {
    "start_ticket": "Draft a ticket",
    "start_before_call": "Before-call checklist",
    "start_during_call": "During-call checklist",
    "start_after_call": "After-call checklist",
    "start_eligibility_check": "Check my eligibility",
    "list_tickets": "My tickets",
    "show_todo": "My to-do list",
    "ask_human": "Talk to a person",
    "ask_how_link": "Link this chat",
    "show_call_sheet": "Show my call sheet",
    "ticket_status": "Ticket status",
    "who_am_i": "Who am I here?",
    "report_call_done": "I have a PSL number",
    "show_my_referrals": "My referrals",
    "accept_referral": "Accept a referral",
    "reject_referral": "Reject a referral",
    "complete_referral": "Complete a referral",
    "report_no_answer": "Resident did not answer",
    "hand_back_referral": "Hand a referral back",
}

Kind = Literal["GUIDE", "PUBLIC", "OPEN"]
Identifier = Field(pattern=r"^[a-z][a-z0-9_]*$")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Entry):
    """Where facts come from, and when somebody last compared them."""

    title: str = Field(min_length=3)
    kind: Kind
    where: str
    last_checked: date


class Contact(_Entry):
    """A body agents are sent to; ``phone`` only where a number is known."""

    name: str
    phone: str | None = Field(None, pattern=r"^(1-)?\d{3}-\d{3}-\d{4}$")
    term: str | None = None
    source: str


class Limit(_Entry):
    """A time limit in seconds, or a count; ``setting`` names the setting that overrides it."""

    seconds: int | None = Field(None, gt=0)
    count: int | None = Field(None, gt=0)
    setting: str | None = None
    source: str
    meaning: str

    @model_validator(mode="after")
    def _one_measure(self) -> Limit:
        if (self.seconds is None) == (self.count is None):
            raise ValueError("a limit has either `seconds` or `count`")
        return self

    def words(self, override: int | None = None) -> str:
        """The limit as people say it: "40 minutes", "75 seconds", "2"."""
        if self.count is not None:
            return str(self.count if override is None else override)
        seconds = (self.seconds or 0) if override is None else override
        if seconds % 60 or seconds < 120:
            return f"{seconds} seconds"
        return f"{seconds // 60} minutes"


class Handler(_Entry):
    """One row of "who handles what"."""

    topic: str
    to: str
    say: str | None = None
    source: str


class Answer(_Entry):
    """The reply to one intent; for an OPEN question what is not stated, and our setting."""

    intent: str = Identifier
    label: str = Field(min_length=2, max_length=32)
    source: str
    text: str | None = None
    not_stated: str | None = None
    setting: str | None = None
    next: list[str] = Field(default_factory=list, max_length=3)

    @model_validator(mode="after")
    def _says_something(self) -> Answer:
        if not (self.text or self.not_stated):
            raise ValueError("an answer needs `text` or `not_stated`")
        if self.setting and not self.not_stated:
            raise ValueError("`setting` is only for what the guides leave open: add `not_stated`")
        return self


class ChecklistItem(_Entry):
    """One step of a guided run."""

    id: str = Identifier
    title: str
    ask: str
    meaning: str
    how: str
    not_yet: str | None = None
    captures: list[str] = Field(default_factory=list)
    also_captures: list[str] = Field(default_factory=list)
    mentions: list[str] = Field(default_factory=list)

    @cached_property
    def mentioned(self) -> re.Pattern[str]:
        """Finds the item in an agent's words."""
        return re.compile("|".join(self.mentions) or r"(?!)", re.IGNORECASE)


class Checklist(_Entry):
    """A guided run: its steps in order, and what comes at the end."""

    id: str = Identifier
    title: str
    source: str
    items: list[ChecklistItem] = Field(min_length=1)
    finish: Literal["call_sheet", "after_call", "follow_up", "eligibility"]


class TicketField(_Entry):
    """A detail of a ticket and how it is asked for."""

    id: str = Identifier
    label: str
    ask: str
    details: list[str]
    free_text: bool = False
    choices: list[str] = Field(default_factory=list)
    not_applicable: str | None = None


class TicketKind(_Entry):
    """A kind of issue and the details it needs, in the order they are asked."""

    id: str = Identifier
    title: str
    cues: list[str]
    fields: list[str]

    @cached_property
    def cued(self) -> re.Pattern[str] | None:
        """Recognises the kind; None for the kind that takes all the rest."""
        return re.compile("|".join(self.cues), re.IGNORECASE) if self.cues else None


@dataclass(frozen=True)
class Guide:
    """All facts, with the terms (phone numbers, limits) that texts refer to filled in."""

    sources: dict[str, Source]
    contacts: dict[str, Contact]
    limits: dict[str, Limit]
    handlers: list[Handler]
    answers: dict[str, Answer]
    checklists: dict[str, Checklist]
    ticket_fields: dict[str, TicketField]
    ticket_kinds: list[TicketKind]
    terms: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str, **more: str) -> str:
        """``text`` with its ``{terms}`` replaced; ``more`` are terms of the occasion."""
        return string.Formatter().vformat(text, (), {**self.terms, **more}).strip()

    def reply(self, answer: Answer) -> str:
        """The words of an answer: fact, what is not stated and our setting, source."""
        parts = [self.fill(answer.text)] if answer.text else []
        if answer.not_stated:
            parts.append(f"The guide does not state {self.fill(answer.not_stated).rstrip('.')}.")
        if answer.setting:
            parts.append(
                "Not a programme rule, but what this assistant is set to do: "
                f"{self.fill(answer.setting).rstrip('.')}."
            )
        source = self.sources[answer.source]
        if answer.source != "assistant" and not (source.kind == "OPEN" and answer.not_stated):
            parts.append(f"(Source: {source.title})")
        return "\n".join(parts)

    def label(self, intent: str) -> str:
        """What a button that leads to ``intent`` says."""
        return ACTIONS.get(intent) or self.answers[intent].label

    def can_offer(self, intent: str) -> bool:
        """Whether a button can lead to ``intent``."""
        return intent in ACTIONS or intent in self.answers
