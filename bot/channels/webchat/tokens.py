"""Session tokens: only who holds one that this server signed sees its conversation."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

_DAY: Final = 24 * 3600
_SENDER: Final = re.compile(r"[0-9a-f]{32}")


def new_sender() -> str:
    """A sender id that nobody can guess."""
    return secrets.token_hex(16)


def serializer(key: bytes) -> URLSafeTimedSerializer:
    """What signs and dates tokens."""
    return URLSafeTimedSerializer(
        key,
        salt="webchat",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


class Tokens:
    """Signs sender ids, and reads back those that it signed."""

    def __init__(self, key: bytes, days: int) -> None:
        """``key`` is the installation's; a token is good for ``days``."""
        self._serializer = serializer(key)
        self._max_age = days * _DAY

    def sign(self, sender: str) -> str:
        """The token of ``sender``, dated now."""
        return str(self._serializer.dumps(sender))

    def sender(self, token: str | None) -> str | None:
        """Whom a token belongs to; None when it is missing, forged or too old."""
        if not token:
            return None
        try:
            sender = self._serializer.loads(token, max_age=self._max_age)
        except (BadSignature, ValueError):
            return None
        return sender if isinstance(sender, str) and _SENDER.fullmatch(sender) else None
