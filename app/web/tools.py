"""What every page needs of the application."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import current_app

from app.config import Network
from app.sealing import Keys
from app.services.trusted import TrustedConnections
from app.web.pace import Pace


@dataclass(frozen=True, slots=True)
class Tools:
    """``base_url`` is where people reach us; ``proxies`` are the networks whose word on who calls is taken.

    ``pace`` is how often one visitor may ask where their sign-in is.
    """

    keys: Keys
    base_url: str
    proxies: tuple[Network, ...]
    connections: TrustedConnections
    pace: Pace

    @property
    def host(self) -> str:
        """What a request's ``Host`` has to be."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def origin(self) -> str:
        """What a request's ``Origin`` has to be."""
        return f"{urlsplit(self.base_url).scheme}://{self.host}"

    @property
    def root(self) -> str:
        """What stands before every path of ours, where a proxy serves us below one; usually nothing."""
        return urlsplit(self.base_url).path

    @property
    def is_secure(self) -> bool:
        """Whether cookies are for https only; all are, but on a developer's own machine."""
        url = urlsplit(self.base_url)
        return url.scheme == "https" or not _is_loopback(url.hostname or "")


def tools() -> Tools:
    """Those of this application."""
    found: Tools = current_app.extensions["web"]
    return found


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
