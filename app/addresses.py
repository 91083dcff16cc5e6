"""Addresses of hosts: which a name has, and which of them are of the public internet (T-20)."""

from __future__ import annotations

import queue
import socket
import threading
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_DNS_PORT = 53
_NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052): the address is in the last 32 bits."""
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # AMT (RFC 7450)
        "192.88.99.0/24",  # relays of 6to4, deprecated (RFC 7526)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "::/96",  # IPv4-compatible, deprecated (RFC 4291)
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
        "64:ff9b:1::/48",  # translators of one's own (RFC 8215)
        "100::/64",  # discarded (RFC 6666)
        "100:0:0:1::/64",  # dummy prefix (RFC 9780)
        "2001::/23",  # protocol assignments (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
    )
)
"""Ranges of the IANA's registries of special addresses that are no usual hosts, whatever Python's version knows."""


class Silent(Exception):
    """Nobody says in time which addresses a host has."""


def addresses_of(host: str, port: int, seconds: float, flags: int = 0) -> list[str]:
    """All addresses of a host; none if it has none. Raises Silent."""
    # In a thread: nothing else limits how long the one who answers for a name may take.
    found: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
        except (OSError, UnicodeError):
            entries = []
        found.put(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        return found.get(timeout=seconds)
    except queue.Empty as error:
        raise Silent from error


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, whatever it is wrapped in."""
    plain = unwrapped(address)
    if isinstance(plain, IPv6Address) and plain.is_site_local:
        return False
    if any(plain in network for network in _SPECIAL if network.version == plain.version):
        return False
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def dns_server_of(text: str) -> tuple[str, int]:
    """Address and port of a DNS server such as ``10.0.0.53`` or ``[::1]:5353``. Raises ValueError for what is none."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port or (":" in host and not host.startswith("[")):
        host, port = text, str(_DNS_PORT)
    address = ip_address(host.strip("[]"))
    number = int(port)
    if not 0 < number < 65536:
        raise ValueError(f"{port} is no port")
    return str(address), number
