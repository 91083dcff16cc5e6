"""A mail server on the loopback interface: speaks SMTP as far as a client needs it, and keeps what it is given."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

USER, PASSWORD = "muster", "s3cret of the mail server"


@dataclass
class Received:
    """A mail as it arrived, with its envelope and whether it came encrypted and by whom."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    is_encrypted: bool
    user: str | None

    @property
    def text(self) -> str:
        return str(self.message.get_content())


@dataclass
class Inbox:
    """What arrived. ``answers`` are given instead of 250 to the next recipients (``RCPT``) or messages (``DATA``)."""

    port: int = 0
    mails: list[Received] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def to(self, recipient: str) -> list[Received]:
        return [mail for mail in self.mails if recipient in mail.recipients]

    def answer(self, command: str) -> str:
        waiting = self.answers.get(command, [])
        return waiting.pop(0) if waiting else "250 ok"


class _Handler(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        # Whoever does not believe our certificate hangs up.
        with suppress(OSError):
            self.converse()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.connection.close()

    def converse(self) -> None:
        self.user: str | None = None
        self.is_encrypted = False
        self.reset()
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            command = line.split(" ")[0].upper()
            if command == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"do_{command.lower()}", self.unknown)(line)

    def reset(self) -> None:
        self.sender, self.recipients = "", list[str]()

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def unknown(self, line: str) -> None:
        self.say("250 ok")

    def do_ehlo(self, line: str) -> None:
        offers = ["8BITMIME", "SMTPUTF8", "AUTH PLAIN"]
        if self.server.context is not None and not self.is_encrypted:
            offers.append("STARTTLS")
        for offer in ["here", *offers[:-1]]:
            self.say(f"250-{offer}")
        self.say(f"250 {offers[-1]}")

    def do_starttls(self, line: str) -> None:
        self.say("220 go on")
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), cast(Any, self.connection.makefile("wb", 0))
        self.is_encrypted = True

    def do_auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        right = (user, password) == (USER, PASSWORD)
        self.user = user if right else None
        self.say("235 welcome" if right else "535 no")

    def do_mail(self, line: str) -> None:
        self.sender = line.partition("<")[2].partition(">")[0]
        self.say("250 ok")

    def do_rcpt(self, line: str) -> None:
        self.recipients.append(line.partition("<")[2].partition(">")[0])
        self.say(self.server.inbox.answer("RCPT"))

    def do_data(self, line: str) -> None:
        answer = self.server.inbox.answer("DATA")
        if answer[0] != "2":
            self.say(answer)
            return
        self.say("354 go on")
        lines = []
        while (got := self.rfile.readline()) != b".\r\n":
            lines.append(got[1:] if got.startswith(b".") else got)
        message = cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default))
        self.server.inbox.mails.append(Received(self.sender, self.recipients, message, self.is_encrypted, self.user))
        self.reset()
        self.say("250 taken")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    context: ssl.SSLContext | None = None
    inbox: Inbox


@contextmanager
def a_mail_server(context: ssl.SSLContext | None = None) -> Iterator[Inbox]:
    """Run one, with STARTTLS if it gets a context."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.context, server.inbox = context, Inbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.inbox
        finally:
            server.shutdown()
            thread.join()
