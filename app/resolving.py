"""Asks DNS for TXT records, with which the owner of a domain says something about it.

Answers are taken from the system's resolvers, or from the one that the operator names. An answer that does not come is
no answer, and never means that there is no record.
"""

from __future__ import annotations

import dns.exception
import dns.resolver
from dns.rdatatype import TXT

from app.addresses import dns_server_of

SECONDS = 5.0
_MOST_RECORDS, _MOST_TEXT = 50, 1_000


class Unanswered(Exception):
    """Nobody said whether there is such a record, and why; it may be asked again."""


class Resolver:
    """Who is asked: ``server`` is an address such as ``10.0.0.53`` or ``127.0.0.1:5353``; empty: the system's."""

    def __init__(self, server: str = "", seconds: float = SECONDS) -> None:
        """Raises ValueError for what is no address."""
        self._server = dns_server_of(server) if server else None
        self._seconds = seconds

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name; none if there are none. Raises Unanswered."""
        try:
            found = self._asked().resolve(name, TXT, raise_on_no_answer=False, lifetime=self._seconds, search=False)
        except dns.resolver.NXDOMAIN:
            return ()
        except dns.resolver.NoResolverConfiguration as error:
            raise Unanswered("no DNS server is known here; the operator sets MUSTER_DNS_SERVER") from error
        except dns.exception.Timeout as error:
            raise Unanswered("DNS did not answer in time") from error
        except dns.exception.DNSException as error:
            raise Unanswered(f"DNS answered with a failure ({type(error).__name__})") from error
        except OSError as error:
            raise Unanswered("the DNS server cannot be reached") from error
        records = [*(found.rrset or ())][:_MOST_RECORDS]
        # One record is several strings, which belong together (RFC 1035 §3.3.14, RFC 7208 §3.3).
        return tuple(b"".join(record.strings).decode("ascii", "replace")[:_MOST_TEXT] for record in records)

    def _asked(self) -> dns.resolver.Resolver:
        # Read anew each time: the system's resolvers may change, and nobody verifies domains all day.
        if self._server is None:
            return dns.resolver.Resolver()
        asked = dns.resolver.Resolver(configure=False)
        host, asked.port = self._server
        asked.nameservers = [host]
        return asked
