"""Socket.io made strict: what no honest page sends ends the connection, without a word in the log.

The library takes binary attachments without a bound, fails with a traceback on some malformed
frames, and logs the contents of packets.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Final

import socketio
from socketio import packet
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The event that a packet which is no proper event is read as.
MALFORMED: Final = "malformed"

# Engine.IO: close, ping, pong, upgrade; or a message that starts with a Socket.IO packet type.
_FRAME: Final = re.compile(r"(?:[135]|2(?:probe)?)\Z|4[0-4]")


class StrictPacket(packet.Packet):
    """Text events only."""

    data: Any

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet.

        Raises:
            ValueError: it is binary, or no Socket.IO packet.
        """
        attachments = super().decode(encoded_packet)
        if attachments or self.packet_type in {packet.BINARY_EVENT, packet.BINARY_ACK}:
            raise ValueError("binary packets are not taken")
        if self.packet_type == packet.EVENT and not (
            isinstance(self.data, list) and self.data and isinstance(self.data[0], str)
        ):
            self.data = [MALFORMED]
        return 0


class Transport(socketio.ASGIApp):
    """The socket.io server in front of ``app``; frames are checked before the library sees them."""

    def __init__(self, server: socketio.AsyncServer, app: ASGIApp, largest: int) -> None:
        """``largest`` is the longest frame taken, in characters."""
        super().__init__(server, other_asgi_app=app)
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] != "websocket":
            await super().__call__(scope, receive, send)
            return

        async def checked() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                frame = message.get("text") or ""
                if len(frame) > self._largest or not _FRAME.match(frame):
                    # The library then closes in good order.
                    return {"type": "websocket.disconnect", "code": 1008}
            return message

        await super().__call__(scope, checked, send)


def silent() -> logging.Logger:
    """A logger that writes nothing; failures of our own handlers are logged by those."""
    logger = logging.getLogger("bot.channels.webchat.transport")
    # python-socketio logs whole frames at INFO, unmasked words included. Not `disabled`: whoever
    # configures logging after us (uvicorn does) enables every logger again.
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger
