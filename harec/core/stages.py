"""Stages of one job that work at the same time, each in a thread of its own.

Python's threads are enough: decoding, the pose model, drawing and encoding let go of the
interpreter while they compute.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

#: How often a stage that waits checks whether the job has ended.
_POLL_S: Final = 0.05


class _Stopped(Exception):
    """The job has ended; what would come next is not needed."""


@dataclass(frozen=True)
class _End:
    """The last item in a queue: why there is no more."""

    error: BaseException | None


class Stages:
    """The stages of one job; a context manager that ends them all, however the block ends.

    An exception in a stage comes out where its items are read, after the items before it, and so
    on to the block. The block's end stops every stage at its next item and waits for it: nothing
    works on afterwards.

        with Stages() as stages:
            frames = stages.prefetch(reader.frames(), "decode")
            for poses in stages.prefetch(map(estimate, frames), "pose"):
                ...
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def stopped(self) -> bool:
        """Whether the block has ended."""
        return self._stop.is_set()

    def prefetch(
        self,
        items: Iterable[T],
        name: str,
        *,
        most: int = 2,
        check: Callable[[], None] | None = None,
    ) -> Iterator[T]:
        """The same items in the same order, made in a thread of their own.

        Read them within the block.

        Args:
            items: read by that thread alone; a generator is closed by it, too.
            name: of the thread.
            most: items that are made before they are asked for. What they hold is in memory.
            check: called about twenty times a second while the reader of the items waits; it may
                raise.
        """
        fifo: queue.Queue[T | _End] = queue.Queue(most)
        self._start(name, lambda: self._fill(iter(items), fifo))
        return self._read(fifo, check)

    def spawn(self, work: Callable[[], T], name: str) -> Spawned[T]:
        """Begin a piece of work in a thread of its own; it should check `stopped`."""
        task: Spawned[T] = Spawned()
        self._start(name, lambda: task._run(work))
        return task

    def _start(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"harec-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _fill(self, items: Iterator[T], fifo: queue.Queue[T | _End]) -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not self._put(fifo, item):
                    break
                del item  # a frame that waits for the next one is a frame too many in memory
        except BaseException as problem:  # raised where the items are read
            error = problem
        finally:
            with suppress(Exception):  # the first error is the one to report
                close = getattr(items, "close", None)
                if close is not None:
                    close()
            self._put(fifo, _End(error))

    def _put(self, fifo: queue.Queue[Any], item: object) -> bool:
        """Put an item when there is room; False when the job ends first."""
        while not self._stop.is_set():
            try:
                fifo.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def _read(self, fifo: queue.Queue[T | _End], check: Callable[[], None] | None) -> Iterator[T]:
        while not self._stop.is_set():
            if check is not None:
                check()
            try:
                item = fifo.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            del item
        raise _Stopped


class Spawned(Generic[T]):
    """Work that runs in another thread; made by `Stages.spawn`."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._error: BaseException | None = None
        self._answer: T | None = None

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self._answer = work()
        except BaseException as problem:  # raised where the result is asked for
            self._error = problem
        finally:
            self._done.set()

    def check(self) -> None:
        """Raise what the work raised, if it has failed already."""
        if self._done.is_set() and self._error is not None:
            raise self._error

    def result(self, check: Callable[[], None]) -> T:
        """Wait for the work's answer; ``check`` as in `Stages.prefetch`, once at least.

        Raises:
            BaseException: what the work raised.
        """
        check()
        while not self._done.wait(_POLL_S):
            check()
        self.check()
        return self._answer  # type: ignore[return-value]  # T may be None itself
