"""Sends the mails that wait: at least once each, again while the mail server refuses, by whichever process is first.

One thread a process looks once a second. A mail that is being sent is claimed for a while in the database, so that
nobody else sends it, and whoever dies with it is followed.
"""

from __future__ import annotations

import smtplib
import ssl
import threading
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.ending import at_end
from app.mail_server import MailServer
from app.models.base import now
from app.observe import LOG
from app.sealing import Keys, Unsealable
from app.services import mail
from app.session import Session
from app.stores import mails as store

INTERVAL = 1.0
SECONDS = 20.0
CLAIM = timedelta(minutes=2)
_PORTION = 20
_PERMANENT = range(500, 600)
_ATTEMPTS = Counter("muster_mail_attempts", "Attempts to send a mail", ["outcome"])


class Mailer:
    """The thread of one process that sends mails."""

    def __init__(self, database: Database, keys: Keys, server: MailServer | None, interval: float = INTERVAL) -> None:
        self._database = database
        self._keys = keys
        self._server = server
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    def start(self) -> None:
        """Begin to send, if there is a server to send by."""
        if self._server is not None:
            self._thread.start()
            at_end(self.stop)

    def stop(self) -> None:
        """Begin nothing more, and wait for what is being sent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(SECONDS + 1)

    def look(self) -> int:
        """Send whatever is due; how many mails were sent."""
        if self._server is None:
            return 0
        with self._database.reading() as session:
            rows = store.due(session, now(), _PORTION)
        sent = 0
        for row in rows:
            if self._stop.is_set():
                break
            with self._database.writing() as session:
                is_ours = store.claim(session, row, now() + CLAIM)
            if is_ours:
                sent += self._send(self._server, {**row, "tries": row["tries"] + 1})
        return sent

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self.look()
            except SQLAlchemyError as error:
                LOG.warning("mail.look_failed", error=type(error).__name__)
            except Exception as error:
                # Whatever it was, the next look may succeed; without this thread nothing would ever be sent again.
                LOG.warning("mail.look_failed", error=type(error).__name__, exc_info=error)

    def _send(self, server: MailServer, row: store.Row) -> bool:
        problem, is_final = self._attempt(server, row)
        _ATTEMPTS.labels("failed" if problem else "sent").inc()
        with self._database.writing() as session:
            self._note(session, row, problem, is_final)
        return problem is None

    def _attempt(self, server: MailServer, row: store.Row) -> tuple[str | None, bool]:
        """What was wrong, if anything, and whether it will be so for ever."""
        try:
            text = self._keys.unseal(row["body"], *mail.belonging(row["account_id"], row["id"]))
            hand_in(server, message(server, row["recipient"], row["subject"], text, row["id"]))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return f"the recipient was refused: {codes}", all(code in _PERMANENT for code in codes)
        except smtplib.SMTPResponseException as error:
            return f"the mail server said {error.smtp_code}", False
        except OSError as error:  # before ValueError, which a certificate that is not believed is, too
            return f"the mail server cannot be used: {type(error).__name__}", False
        except (Unsealable, ValueError) as error:
            return f"it cannot be sent: {type(error).__name__}", True
        return None, False

    def _note(self, session: Session, row: store.Row, problem: str | None, is_final: bool) -> None:
        moment, pause = now(), None if is_final else mail.pause(row["tries"])
        if problem is None:
            store.change(session, row, {"sent": moment, "next_attempt": None, "body": None, "error": None})
            mail.forget(session, moment)
        elif pause is not None:
            store.change(session, row, {"next_attempt": moment + pause, "error": problem})
        else:
            store.change(session, row, {"next_attempt": None, "body": None, "error": problem})
            LOG.warning("mail.given_up", mail=row["id"], account=row["account_id"], error=problem)


def message(server: MailServer, recipient: str, subject: str, text: str, id: str) -> EmailMessage:
    """A mail of plain text. Raises ValueError for what cannot stand in a header."""
    made = EmailMessage(policy=SMTP)
    made["From"] = server.sender
    made["To"] = Address(addr_spec=recipient)
    made["Subject"] = subject
    made["Date"] = format_datetime(now())
    made["Message-ID"] = make_msgid(id, server.sender.domain)
    # So that no answering machine writes back (RFC 3834 §5).
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    return made


def hand_in(server: MailServer, mail: EmailMessage) -> None:
    """Give one mail to the mail server. Raises OSError, which every SMTPException is."""
    # To read all the authorities that are trusted takes longer than the mail; only who needs them waits for that.
    if server.tls:
        trusted = ssl.create_default_context()
        opened: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trusted)
    else:
        opened = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    with opened as smtp:
        if server.starttls:
            smtp.starttls(context=ssl.create_default_context())
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(mail)
