"""From where somebody calls: their own address, also behind proxies that are known to us."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import request

from app.web.tools import tools

_MOST_AGENT = 300


def address() -> str:
    """The address of whoever calls.

    A proxy says it in ``X-Forwarded-For``, to which everybody may have added before it: from the right, the first
    one that is none of our proxies.
    """
    here = _read(request.remote_addr or "")
    if here is None:
        return ""
    named = request.headers.get("X-Forwarded-For", "").split(",")
    while _is_proxy(here) and named:
        before = _read(named.pop().strip())
        if before is None:
            break
        here = before
    return str(here)


def neighbourhood() -> str:
    """What is counted as one visitor: an address, of IPv6 the network that one customer is given."""
    text = address()
    if ":" not in text:
        return text
    return str(ip_network(f"{text.partition('%')[0]}/64", strict=False))


def agent() -> str | None:
    """What the browser says of itself, printable and of limited length."""
    said = "".join(character for character in request.headers.get("User-Agent", "") if character.isprintable())
    return said[:_MOST_AGENT] or None


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


def _is_proxy(one: IPv4Address | IPv6Address) -> bool:
    return any(one in network for network in tools().proxies)
