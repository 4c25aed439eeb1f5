"""One at a time: a lock between threads and processes that ends with whoever held it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harec.core.errors import WeightsError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; the system lets go of it when the process dies.

    The empty file stays: were it removed, one process could hold the old and another the new one.

    Raises:
        WeightsError: somebody else holds it.
        OSError: it can't be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            if sys.platform == "win32":
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise WeightsError(
                "These weights are being fetched already, in another window or by another "
                "command; wait until that has ended."
            ) from error
        yield
    finally:
        os.close(handle)
