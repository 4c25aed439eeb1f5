"""Who is at work on which video, so that two runs at once do none twice.

A claim is a file that only one of several can make (`Store.put` with ``new``), and that its owner
writes again every few seconds. Where that has not happened for `LEASE_S`, or the owner's process is
gone from this machine, another one may take over: with a file of the next number, which again only
one can make. A claim that was lost costs work, never a result: the record decides.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Final

from harec.batch import layout
from harec.batch.store import Store

#: Seconds after which an owner that does not write its claim again is taken for dead: clocks of a
#: cluster's machines differ by less.
LEASE_S: Final = 90.0
_BEAT_S: Final = 20.0


@dataclass(frozen=True)
class Owner:
    """Who claims.

    Attributes:
        run, job: of the run a unique name, and its job's; a job's next attempt knows that the
            earlier one is dead.
        host, process: where the work is done.
    """

    run: str
    job: str
    host: str
    process: int

    @classmethod
    def here(cls, run: str, job: str) -> Owner:
        """This process."""
        return cls(run, job, socket.gethostname(), os.getpid())


@contextmanager
def claimed(store: Store, key: str, owner: Owner) -> Iterator[bool]:
    """Hold the claim on a video in here; gives False where another owner has it."""
    number = _take(store, key, owner)
    if number is None:
        yield False
        return
    name = _name(key, number)
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(store, name, owner, ended), daemon=True)
    beat.start()
    try:
        yield True
    finally:
        ended.set()
        beat.join()
        with suppress(OSError):  # it is stale soon
            _drop(store, key, number)


def _take(store: Store, key: str, owner: Owner) -> int | None:
    """Number of the claim that is the owner's now; None where another one has it."""
    held = sorted(_numbers(store, key))
    if held and not _is_dead(store, _name(key, held[-1]), owner):
        return None
    number = held[-1] + 1 if held else 0
    try:
        store.put(_name(key, number), _text(owner), new=True)
    except FileExistsError:
        return None
    return number


def _numbers(store: Store, key: str) -> Iterator[int]:
    for name in store.names(f"{layout.CLAIMS}/{key}"):
        with suppress(ValueError):
            yield int(name.removesuffix(".json"))


def _name(key: str, number: int) -> str:
    return f"{layout.CLAIMS}/{key}/{number}.json"


def _text(owner: Owner) -> bytes:
    return json.dumps(asdict(owner) | {"time_s": time.time()}).encode()


def _is_dead(store: Store, name: str, owner: Owner) -> bool:
    try:
        held = json.loads(store.read(name))
        other = Owner(**{key: held[key] for key in asdict(owner)})
        age_s = time.time() - held["time_s"]
    except FileNotFoundError:  # given back just now: whoever asks next finds nothing
        return False
    if (other.run, other.job) == (owner.run, owner.job) or age_s > LEASE_S:
        return True
    return other.host == owner.host and not is_running(other.process)


def is_running(process: int) -> bool:
    """Whether there is such a process on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _beat(store: Store, name: str, owner: Owner, ended: threading.Event) -> None:
    while not ended.wait(_BEAT_S):
        with suppress(Exception):  # a store that is away for a while: the next beat may do
            store.put(name, _text(owner))


def _drop(store: Store, key: str, mine: int) -> None:
    for number in sorted(_numbers(store, key)):  # the newest last: it is what counts
        if number <= mine:
            store.remove(_name(key, number))
    if store.folder is not None:
        with suppress(OSError):
            (store.folder / layout.CLAIMS / key).rmdir()
