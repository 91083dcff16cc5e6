"""What one worker process of the production server runs."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time

from app.compose import create_app
from app.config import SERVER_PID
from app.gate import THREADS, Gate
from app.stalled import Watch


def create_worker() -> Gate:
    """The application behind its gate; the process ends when the server that started it is gone."""
    parent = int(os.environ.get(SERVER_PID, "0"))
    if parent:
        threading.Thread(target=_follow, args=(parent,), name="follow-parent", daemon=True).start()
    gc.disable()  # until all is made, nearly nothing of which is garbage
    app = create_app()
    app.extensions["dispatcher"].start()
    app.extensions["mailer"].start()
    app.extensions["upkeep"].start()
    app.extensions["logout_calls"].start()
    app.extensions["checkpoints"].start()
    gate = Gate(app, int(os.environ.get(THREADS, "8")))
    threading.Thread(target=Watch(gate).run, name="watch-bodies", daemon=True).start()
    # What is there now stays: the collector need not go through it again and again.
    gc.collect()
    gc.freeze()
    gc.enable()
    return gate


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    # Nobody is left to restart or stop us, and the port must become free for the next server.
    os.kill(os.getpid(), signal.SIGKILL)
