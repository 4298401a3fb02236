"""How often somebody may ask, kept in this process."""

from __future__ import annotations

import ipaddress

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request as HttpRequest


class Limit:
    """So many hits in so long, for each name."""

    def __init__(self, item: RateLimitItem) -> None:
        """``item`` says how many hits in how long."""
        self._item = item
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    @property
    def seconds(self) -> int:
        """After this long a name that was refused is welcome again."""
        return int(self._item.get_expiry())

    def hit(self, name: str) -> bool:
        """Count one; False if it is one too many."""
        return self._limiter.hit(self._item, name)

    def reached(self, name: str) -> bool:
        """Whether the next one would be too many."""
        return not self._limiter.test(self._item, name)


def address_of(request: HttpRequest) -> str:
    """Where a request came from; of IPv6 the network, since a home has a whole one."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6 and not address.is_loopback:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
