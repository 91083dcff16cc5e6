"""Where the files of a test run go: to memory, if there is room, since nothing of them is wanted afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH = 6 * 2**30
_NAME = "muster-tests-"


def begin() -> Callable[[], None]:
    """Let this process and those that it starts have their temporary files in memory; returns what removes them.

    Whoever has said where they belong, by TMPDIR, is listened to.
    """
    if "TMPDIR" in os.environ or not _MEMORY.is_dir():
        return lambda: None
    _sweep()
    if shutil.disk_usage(_MEMORY).free < _ENOUGH:
        return lambda: None
    folder = _MEMORY / f"{_NAME}{os.getpid()}"
    folder.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)

    def end() -> None:
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)

    return end


def _sweep() -> None:
    """Remove what runs have left that were killed: memory is dear."""
    for left in _MEMORY.glob(f"{_NAME}*"):
        if not Path("/proc", left.name.removeprefix(_NAME)).exists():
            shutil.rmtree(left, ignore_errors=True)
