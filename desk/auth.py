"""Who may use the API and the REST channel: those with a key, or anybody in a local trial."""

from __future__ import annotations

from typing import Final

from fastapi import HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItemPerMinute

from desk.limits import Limit, address_of
from psl.keys import Keys
from psl.settings import Settings

WRONG_KEYS_PER_MINUTE: Final = 30

_bearer = HTTPBearer(
    auto_error=False, description="A key of this installation: PSL_API_KEY, or by `psl key add`."
)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    return host in {"127.0.0.1", "::1", "localhost"}


class Door:
    """A dependency: who calls. A key is required unless bound to loopback in demo mode."""

    def __init__(self, keys: Keys, settings: Settings) -> None:
        """``settings`` say whether this is a local trial."""
        self._keys = keys
        self._is_open = settings.demo and is_loopback(settings.host)
        self._wrong = Limit(RateLimitItemPerMinute(WRONG_KEYS_PER_MINUTE))

    def __call__(
        self,
        request: Request,
        given: HTTPAuthorizationCredentials | None = Security(_bearer),
    ) -> str:
        """The name of the key that was sent; in an open trial the address.

        Raises:
            HTTPException: 401 without a good key, 429 after too many wrong ones.
        """
        address = address_of(request)
        owner = self._keys.owner(given.credentials.strip()) if given is not None else None
        if owner is not None:
            return f"key:{owner}"
        if self._is_open:
            return f"address:{address}"
        if given is not None and not self._wrong.hit(address):
            raise HTTPException(429, "Too many wrong keys.", {"Retry-After": "60"})
        raise HTTPException(
            401,
            "Send `Authorization: Bearer KEY` with a key of this installation.",
            {"WWW-Authenticate": "Bearer"},
        )
