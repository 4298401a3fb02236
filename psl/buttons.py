"""Buttons offered to a chat: an opaque token stands for a payload, for that chat alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from psl.database import Base, Database, Instant

PREFIX = "btn:"

# What names the thing that a button is about; every other entity is an answer.
_THINGS: Final = frozenset({"offer", "referral", "ref", "draft", "run", "suggestion", "attachment"})


def payload(intent: str, **entities: str | int) -> str:
    """The Rasa message behind a button."""
    told = {name: str(value) for name, value in entities.items()}
    return f"/{intent}" + (json.dumps(told) if told else "")


def about(payload: str) -> frozenset[str]:
    """The things that a button is about, "offer:17"; of a plain answer none."""
    _, brace, told = payload.partition("{")
    if not payload.startswith("/") or not brace:
        return frozenset()
    try:
        entities = json.loads(brace + told)
    except ValueError:
        return frozenset()
    return frozenset(f"{name}:{value}" for name, value in entities.items() if name in _THINGS)


def left_after_press(live: Mapping[str, str], pressed: str) -> set[str]:
    """The tokens of a message that still work after one of its buttons was pressed.

    The answer to one offer ends Accept and Reject of that offer, and of no other; a plain answer
    ends all plain answers.

    Args:
        live: the payload of each button that works, by token.
        pressed: the payload of the pressed one.
    """
    things = about(pressed)
    return {
        token
        for token, payload in live.items()
        if payload != pressed
        and (about(payload).isdisjoint(things) if things else bool(about(payload)))
    }


def left_after_turn(live: Mapping[str, str], shown: Collection[str]) -> set[str]:
    """The tokens of an earlier answer that still work when the conversation went on.

    Plain answers belong to the question before. What is about a thing works until it is shown again.

    Args:
        live: the payload of each button that works, by token.
        shown: the payloads of the new answer's buttons.
    """
    again = frozenset[str]().union(*map(about, shown))
    return {
        token
        for token, payload in live.items()
        if about(payload) and about(payload).isdisjoint(again)
    }


class OfferedButton(Base):
    """A button that was sent. ``turn`` numbers the replies of a chat that had buttons."""

    __tablename__ = "offered_button"

    token: Mapped[str] = mapped_column(String(24), primary_key=True)
    chat: Mapped[str] = mapped_column(String(200), index=True)
    turn: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(120))
    payload: Mapped[str] = mapped_column(Text)
    offered_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Buttons:
    """Issues tokens and finds what they stand for."""

    def __init__(self, database: Database) -> None:
        """Tokens are kept in ``database``."""
        self._db = database

    def offer(self, chat: str, choices: Sequence[tuple[str, str]]) -> list[str]:
        """One token a (title, payload) choice; at most 28 characters, so Telegram takes them."""
        if not choices:
            return []
        with self._db.transaction() as session:
            now = self._db.now(session)
            last = session.scalar(
                select(OfferedButton.turn)
                .where(OfferedButton.chat == chat)
                .order_by(OfferedButton.turn.desc())
                .limit(1)
            )
            tokens = []
            for title, payload in choices:
                token = PREFIX + secrets.token_urlsafe(12)
                session.add(
                    OfferedButton(
                        token=token,
                        chat=chat,
                        turn=(last or 0) + 1,
                        title=title[:120],
                        payload=payload,
                        offered_at=now,
                    )
                )
                tokens.append(token)
            return tokens

    def payload_of(self, chat: str, token: str) -> str | None:
        """What a token of this chat stands for; None for a foreign, forged or purged one."""
        found = self._offered(chat, token)
        return found.payload if found else None

    def title_of(self, chat: str, token: str) -> str | None:
        """What the button said; None like ``payload_of``."""
        found = self._offered(chat, token)
        return found.title if found else None

    def payloads_of(self, chat: str, tokens: Collection[str]) -> dict[str, str]:
        """The payload of each of these tokens that is one of this chat's."""
        with self._db.reading() as session:
            found = session.execute(
                select(OfferedButton.token, OfferedButton.payload).where(
                    OfferedButton.chat == chat, OfferedButton.token.in_(tokens)
                )
            )
            return {token: payload for token, payload in found}

    def _offered(self, chat: str, token: str) -> OfferedButton | None:
        with self._db.reading() as session:
            found = session.get(OfferedButton, token)
            return found if found is not None and found.chat == chat else None

    def payload_of_title(self, chat: str, typed: str) -> str | None:
        """The payload of the latest offered button whose title was typed word for word."""
        wanted = typed.strip().casefold()
        if not wanted or len(wanted) > 120:
            return None
        with self._db.reading() as session:
            latest = (
                select(OfferedButton.turn)
                .where(OfferedButton.chat == chat)
                .order_by(OfferedButton.turn.desc())
                .limit(1)
                .scalar_subquery()
            )
            offered = session.scalars(
                select(OfferedButton).where(
                    OfferedButton.chat == chat, OfferedButton.turn == latest
                )
            )
            return next((b.payload for b in offered if b.title.casefold() == wanted), None)
