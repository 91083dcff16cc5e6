"""Settings: read once from the environment (or a ``.env`` file), checked at start, never changed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values

from app.addresses import dns_server_of
from app.mail_server import MailServer, mail_server
from app.sealing import Keys

Network = IPv4Network | IPv6Network

PREFIX = "MUSTER_"
SCIM_PATH = "/scim/v2"
SERVER_PID = "MUSTER_SERVER_PID"
"""Set by the server for its workers: whose children they are. Not for people."""


class SettingsError(Exception):
    """A setting is missing or senseless; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set. Each field is ``MUSTER_`` + its name in capitals."""

    database_url: str = field(
        default="sqlite:///var/muster.db", metadata={"help": "SQLAlchemy URL: sqlite:///file or postgresql+psycopg://…"}
    )
    public_url: str = field(
        default="http://127.0.0.1:8000",
        metadata={"help": "How clients reach this service; every address we give out starts with it"},
    )
    data_dir: str = field(default="var", metadata={"help": "Where a generated secret key is kept"})
    secret_key: str = field(
        default="",
        repr=False,
        metadata={
            "help": "Keys the hashes of tokens and seals secrets; 32 characters or more. Without it "
            "DATA_DIR/secret.key is made and used"
        },
    )
    secret_key_previous: str = field(
        default="",
        repr=False,
        metadata={"help": "Former secret keys that still count, separated by commas; see operations, Secret key"},
    )
    body_limit: int = field(
        default=16 * 1024 * 1024, metadata={"help": "Largest request body, in bytes; larger ones answer 413"}
    )
    page_limit: int = field(
        default=1000, metadata={"help": "Largest page of a SCIM search, and its size where the client names none"}
    )
    cursor_seconds: int = field(
        default=3600, metadata={"help": "For how many seconds a cursor of a SCIM search is good"}
    )
    bulk_operations: int = field(
        default=1000, metadata={"help": "Most operations in one SCIM bulk request; more answer 413"}
    )
    patch_body_members: int = field(
        default=200, metadata={"help": "A PATCH of a group with more members than this answers 204 without a body"}
    )
    scim_requests_per_minute: int = field(
        default=0,
        metadata={
            "help": "Most SCIM requests of one directory that each worker process answers in a minute, unless the "
            "directory has its own limit; more answer 429. 0: no limit"
        },
    )
    sso_requests_per_minute: int = field(
        default=600,
        metadata={
            "help": "Most requests at /sso of one address (of IPv6, one /64 network) that each worker process answers "
            "in a minute; a whole company may begin its day behind one"
        },
    )
    signin_requests_per_minute: int = field(
        default=20, metadata={"help": "The same for the question at /signin where somebody's sign-in is"}
    )
    door_requests_per_minute: int = field(default=60, metadata={"help": "The same for forms of the local door"})
    setup_requests_per_minute: int = field(default=60, metadata={"help": "The same for pages of set-up links"})
    batch_limit: int = field(default=1000, metadata={"help": "Most evaluations in one decision request"})
    pool_size: int = field(default=10, metadata={"help": "Database connections per worker process"})
    statement_timeout: int = field(
        default=30, metadata={"help": "Seconds after which a search, or on PostgreSQL any statement, is given up"}
    )
    sqlite_synchronous: str = field(
        default="FULL", metadata={"help": "FULL: an answered write survives a power cut. NORMAL: faster, it may not"}
    )
    private_targets: str = field(
        default="",
        metadata={
            "help": "Private networks in which webhooks may be sent and identity providers asked, also by plain http, "
            "such as 10.20.0.0/16; separated by commas. Without it only public addresses, by https"
        },
    )
    trusted_proxies: str = field(
        default="",
        metadata={
            "help": "Networks of the reverse proxies in front, such as 10.0.0.0/8, separated by commas: their "
            "X-Forwarded-For says who calls. Without it every caller is whoever connects"
        },
    )
    dns_server: str = field(
        default="",
        metadata={
            "help": "The DNS server that is asked whose a domain is, such as 10.0.0.53 or 10.0.0.53:5353. Without it "
            "those of the system"
        },
    )
    webhook_days: int = field(
        default=5, metadata={"help": "After so many days without one success a webhook is disabled"}
    )
    smtp_url: str = field(
        default="",
        repr=False,
        metadata={
            "help": "The server that mail is handed in at, such as smtp://user:password@mail.example.com:587?starttls "
            "or smtps://…; without it nothing is mailed, and `muster door` prints links instead"
        },
    )
    mail_from: str = field(
        default="", metadata={"help": "Whom mail comes from, such as Muster <muster@example.com>; needed with SMTP_URL"}
    )
    log_level: str = field(default="info", metadata={"help": "debug, info, warning or error"})

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check the settings. Raises SettingsError, naming every setting that is wrong."""
        if environ is None:
            file = {key: value for key, value in dotenv_values(".env").items() if value is not None}
            environ = {**file, **os.environ}
        values: dict[str, Any] = {}
        problems: list[str] = []
        for name, spec in cls.__dataclass_fields__.items():
            text = environ.get(PREFIX + name.upper())
            if text is None or text == "":
                continue
            if isinstance(spec.default, int):
                if not text.isdigit() or int(text) < 1:
                    problems.append(f"{PREFIX}{name.upper()} must be a whole number above 0, not {text!r}")
                    continue
                values[name] = int(text)
            else:
                values[name] = text.strip()
        settings = cls(**values)
        problems += settings._problems()
        if problems:
            raise SettingsError("; ".join(problems))
        return settings

    def _problems(self) -> list[str]:
        problems = []
        url = urlsplit(self.public_url)
        if url.scheme not in ("http", "https") or not _has_address(url) or url.query or url.fragment:
            problems.append("MUSTER_PUBLIC_URL must be an http(s) address such as https://muster.example.com")
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
            problems.append("MUSTER_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
        if self.secret_key and len(self.secret_key) < 32:
            problems.append("MUSTER_SECRET_KEY must have at least 32 characters; try: openssl rand -hex 32")
        if any(len(key) < 32 for key in self._former()):
            problems.append("MUSTER_SECRET_KEY_PREVIOUS must name keys of at least 32 characters each")
        for name, read in (("PRIVATE_TARGETS", self.networks), ("TRUSTED_PROXIES", self.proxies)):
            try:
                read()
            except ValueError as error:
                problems.append(f"MUSTER_{name} must name networks such as 10.20.0.0/16: {error}")
        try:
            if self.dns_server:
                dns_server_of(self.dns_server)
        except ValueError as error:
            problems.append(f"MUSTER_DNS_SERVER must be an address such as 10.0.0.53 or 10.0.0.53:5353: {error}")
        try:
            self.mail_server()
        except ValueError as error:
            problems.append(f"MUSTER_SMTP_URL: {error}")
        for name in ("sso", "signin", "door", "setup"):
            if getattr(self, f"{name}_requests_per_minute") < 1:
                problems.append(f"MUSTER_{name.upper()}_REQUESTS_PER_MINUTE must be 1 or more")
        if self.sqlite_synchronous.upper() not in ("FULL", "NORMAL"):
            problems.append("MUSTER_SQLITE_SYNCHRONOUS must be FULL or NORMAL")
        if self.log_level.lower() not in ("debug", "info", "warning", "error"):
            problems.append("MUSTER_LOG_LEVEL must be debug, info, warning or error")
        return problems

    @property
    def base_url(self) -> str:
        """The public URL without a trailing slash."""
        return self.public_url.rstrip("/")

    def key(self) -> bytes:
        """The secret that keys token hashes and seals: ``MUSTER_SECRET_KEY``, else a file made on first use."""
        return (self.secret_key or _key_file(Path(self.data_dir) / "secret.key")).encode()

    def keys(self) -> Keys:
        """That secret, with the former ones that still count."""
        return Keys(self.key(), [key.encode() for key in self._former()])

    def networks(self) -> tuple[Network, ...]:
        """The private networks that may be called. Raises ValueError."""
        return tuple(map(ip_network, _listed(self.private_targets)))

    def proxies(self) -> tuple[Network, ...]:
        """The networks of the proxies that are believed. Raises ValueError."""
        return tuple(map(ip_network, _listed(self.trusted_proxies)))

    def mail_server(self) -> MailServer | None:
        """Where mail is handed in, if anywhere. Raises ValueError."""
        return mail_server(self.smtp_url, self.mail_from)

    def _former(self) -> list[str]:
        return _listed(self.secret_key_previous)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _has_address(url: SplitResult) -> bool:
    try:
        return bool(url.hostname) and url.port != 0
    except ValueError:  # its port is no number, or too large
        return False


def _key_file(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Two processes may start at once: only one creates, and a reader never sees a half-written file.
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        if not path.exists():
            draft.write_text(secrets.token_hex(32))
            draft.chmod(0o600)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(
            f"MUSTER_SECRET_KEY is not set and {path} cannot be used ({error.strerror}); set the key or MUSTER_DATA_DIR"
        ) from error
