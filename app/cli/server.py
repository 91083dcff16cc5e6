"""serve: the production server."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from urllib.parse import urlsplit

import click
from sqlalchemy import text

from app import revision
from app.cli.later import for_good
from app.cli.output import NOT_READY, Failure, installation
from app.config import SERVER_PID
from app.db import Database
from app.gate import RESTING, THREADS, WAITING

_EMPTY = "there is no account yet: `muster begin` prints the link with which the first one is made"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=None, type=click.IntRange(1, 256), help="Processes; default: one per core.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256), help="Threads per process.")
def serve(host: str, port: int, workers: int | None, threads: int) -> None:
    """Serve with the production server until a signal asks it to stop; requests under way are finished."""
    with installation() as (settings, database):
        trouble = revision.problem(database, settings.keys())
        if trouble:
            raise Failure(trouble, NOT_READY)
        _tell_where_to_begin(database)
    _warn_of_other_address(settings.base_url, port)
    _check_free(host, port)
    # Counters of all worker processes meet in this folder; it must be known before they start.
    folder = tempfile.mkdtemp(prefix="muster-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    os.environ[SERVER_PID] = str(os.getpid())
    os.environ[THREADS] = str(threads)
    try:
        _serve(host, port, workers or os.cpu_count() or 1, threads)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell_where_to_begin(database: Database) -> None:
    """Whoever starts an empty installation is told how to fill it."""
    with database.reading() as session:
        if session.execute(text("SELECT 1 FROM accounts LIMIT 1")).first() is None:
            click.echo(
                "there is no account yet: `muster begin` prints the link with which the first one is made", err=True
            )


def _warn_of_other_address(public_url: str, port: int) -> None:
    """A public URL of plain HTTP is seldom a proxy's: then every address we give out would lead nowhere."""
    url = urlsplit(public_url)
    named = url.port or (443 if url.scheme == "https" else 80)
    if url.scheme == "http" and named != port:
        click.echo(
            f"warning: this server listens on port {port}, but gives out addresses on port {named}; "
            f"unless a proxy leads from there to here, set MUSTER_PUBLIC_URL=http://{url.hostname}:{port}",
            err=True,
        )


def _check_free(host: str, port: int) -> None:
    """The workers share their port, so nothing else would notice a second server on it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failure(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another --port", NOT_READY
            ) from error


def _serve(host: str, port: int, workers: int, threads: int) -> None:
    # Imported once the folder of the counters is known, and before the workers are forked, who share what is there.
    from granian.constants import HTTPModes, Interfaces
    from granian.server import Server

    with for_good():
        import app.worker  # noqa: F401  for what it brings along; the workers name it themselves
    gc.freeze()  # or the workers' collectors would write to what they share

    click.echo(f"listening on http://{host}:{port} with {workers} workers", err=True)
    Server(
        "app.worker:create_worker",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        # One connection carries one request at a time: who has to be cut off can be told (app.stalled).
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=threads + WAITING + RESTING,
        backlog=2048,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        log_access=False,
    ).serve()
