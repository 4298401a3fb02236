"""What a page may send, and what it is answered: shapes only."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from socketio import packet

from psl.transcripts import ChatMessage

#: The event that a packet which is no proper event is read as.
MALFORMED: Final = "malformed"


class SessionRequest(BaseModel):
    """A page asks for its conversation, or, without a token, for a new one."""

    model_config = ConfigDict(strict=True)

    session_id: Annotated[str, Field(max_length=1000)] | None = None
    last: Annotated[int, Field(ge=0, lt=2**31)] = 0


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


class StrictPacket(packet.Packet):
    """Text events only: binary ones could pile up attachments, and no page of ours sends them."""

    data: Any

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet.

        Raises:
            ValueError: it is binary, or no socket.io packet.
        """
        attachments = super().decode(encoded_packet)
        if attachments or self.packet_type in {packet.BINARY_EVENT, packet.BINARY_ACK}:
            raise ValueError("binary packets are not taken")
        if self.packet_type == packet.EVENT and not (
            isinstance(self.data, list) and self.data and isinstance(self.data[0], str)
        ):
            self.data = [MALFORMED]
        return 0


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
