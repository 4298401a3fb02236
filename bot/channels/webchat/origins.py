"""Which web pages may connect: those of this server, and those that the settings list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

log = structlog.get_logger()

_PORTS: Final = {"http": 80, "https": 443}
_NOTED: Final = 20


class Origins:
    """Called by socket.io with the Origin header of each connection."""

    def __init__(self, listed: str) -> None:
        """``listed`` is the comma-separated setting.

        Raises:
            ValueError: an entry is no origin. "*" is none: it would let in any page.
        """
        self._listed = frozenset(_listed(entry) for entry in listed.split(",") if entry.strip())
        self._refused: set[str] = set()

    def __call__(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Whether a page of ``origin`` may connect."""
        given = _parts(origin or "")
        if given is None:
            return False
        if given in self._listed or self._is_own(given, environ):
            return True
        if len(self._refused) < _NOTED and origin not in self._refused:
            # Said once each: an installation behind a proxy that renames the host needs to know.
            self._refused.add(str(origin))
            log.warning("origin refused", origin=origin, setting="PSL_ALLOWED_ORIGINS")
        return False

    def _is_own(self, given: tuple[str, str, int], environ: Mapping[str, Any]) -> bool:
        scheme, host, port = given
        secure = environ.get("asgi.scope", {}).get("scheme") in {"https", "wss"}
        # Behind a proxy that ends TLS a secure page's request arrives as plain HTTP; a plain page
        # has no business with a secure server.
        if secure and scheme != "https":
            return False
        own = _parts(f"{scheme}://{environ.get('HTTP_HOST', '')}")
        return own is not None and own[1:] == (host, port)


def _listed(entry: str) -> tuple[str, str, int]:
    parts = _parts(entry.strip().rstrip("/"))
    if parts is None:
        raise ValueError(
            f"PSL_ALLOWED_ORIGINS: {entry.strip()!r} is not an origin like https://www.example.org"
        )
    return parts


def _parts(origin: str) -> tuple[str, str, int] | None:
    try:
        split = urlsplit(origin)
        port = split.port
    except ValueError:
        return None
    plain = not (split.path or split.query or split.fragment or split.username is not None)
    if split.scheme not in _PORTS or not split.hostname or "*" in split.hostname or not plain:
        return None
    return split.scheme, split.hostname, port or _PORTS[split.scheme]
