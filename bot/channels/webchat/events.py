"""What a page may send, and what it is answered: shapes only."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from psl.transcripts import ChatMessage


class SessionRequest(BaseModel):
    """A page asks for its conversation, or, without a token, for a new one.

    One that says ``acknowledges`` confirms what it showed, whenever it is asked to.
    """

    model_config = ConfigDict(strict=True)

    session_id: Annotated[str, Field(max_length=1000)] | None = None
    last: Annotated[int, Field(ge=0, lt=2**31)] = 0
    acknowledges: bool = False


class UserUttered(BaseModel):
    """The agent typed something or pressed a button; ``id`` is the page's name for the message."""

    model_config = ConfigDict(strict=True)

    message: str
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")] | None = None


class Refused(Exception):
    """The page is told why, kindly; ``code`` is for its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def as_event(message: ChatMessage) -> tuple[str, dict[str, Any]]:
    """The event that shows a stored message, and its data."""
    data: dict[str, Any] = {
        "number": message.number,
        "text": message.text,
        "at": message.at.isoformat(),
    }
    if message.author == "assistant":
        return "bot_uttered", {**data, "quick_replies": message.buttons}
    pressed = message.buttons[0]["payload"] if message.buttons else None
    return "user_echo", {**data, "id": message.client_id, "pressed": pressed}
