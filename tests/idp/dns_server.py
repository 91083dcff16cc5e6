"""A small DNS server on loopback that answers TXT questions from a table."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.rdataclass import IN
from dns.rdatatype import TXT


class DnsServer:
    """``records`` are texts by name; a name that is missing does not exist. ``failing`` answers SERVFAIL to all.

    ``silent`` does not answer at all. ``asked`` are the names that were asked about.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.records: dict[str, list[str]] = {}
        self.failing = False
        self.silent = False
        self.asked: list[str] = []

    def answer(self, question: dns.message.Message) -> dns.message.Message | None:
        """What is answered to a question, if anything is."""
        [wanted] = question.question
        name = wanted.name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if self.silent:
            return None
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif wanted.rdtype == TXT and self.records[name]:
            quoted = (f'"{text}"' if not text.startswith('"') else text for text in self.records[name])
            answer.answer.append(dns.rrset.from_text(wanted.name, 60, IN, TXT, *quoted))
        return answer


@contextmanager
def dns_server() -> Iterator[DnsServer]:
    """A server on a free port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            answer = server.answer(dns.message.from_wire(data))
            if answer is not None:
                socket.sendto(answer.to_wire(), self.client_address)

    class Server(socketserver.ThreadingUDPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            raise

    with Server(("127.0.0.1", 0), Handler) as listening:
        server = DnsServer(f"127.0.0.1:{listening.server_address[1]}")
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
