"""What production is warned of when it starts, and while it runs."""

import ipaddress
import logging

from django.conf import settings
from django.http import HttpRequest

log = logging.getLogger(__name__)
# After so many requests that all look the same it is no chance.
ENOUGH = 50
HINT = (
    "Every request comes from the one private address %s and says for whom it was forwarded: a "
    "proxy stands in front, and TRUSTED_PROXIES is 0. Wrong passwords of one visitor then count "
    "for everybody. Set TRUSTED_PROXIES=1 if exactly one proxy of your own appends to "
    "X-Forwarded-For."
)


class ProxyWatch:
    """Notices, once a process, that a proxy stands in front which the settings do not know."""

    def __init__(self) -> None:
        self.address, self.seen, self.is_done = "", 0, False

    def look(self, request: HttpRequest) -> None:
        """Look at one request; warn when all so far look like those of one proxy."""
        if self.is_done or settings.TRUSTED_PROXIES:
            return
        address = str(request.META.get("REMOTE_ADDR", ""))
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if not forwarded or not _is_private(address) or self.address not in ("", address):
            self.is_done = True  # one that came another way: no single proxy stands in front
            return
        self.address, self.seen = address, self.seen + 1
        if self.seen == ENOUGH:
            self.is_done = True
            log.warning(HINT, address)


def _is_private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
