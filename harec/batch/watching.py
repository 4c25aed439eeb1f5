"""Follow folders: what is dropped there is a source once it is complete."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from harec.batch.sources import Source


class Watcher:
    """New sources from look to look; ask it as often as you like.

    A file is complete when its size and time of change have stayed the same for ``settle_s``.

    Args:
        look: lists what is there now.
        settle_s, every_s: how long a file must rest, and how often to look, in seconds.
    """

    def __init__(
        self,
        look: Callable[[], Iterable[Source]],
        settle_s: float = 10.0,
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._clock = look, clock
        self._settle_s, self._every_s = settle_s, every_s
        self._next_s = clock()
        self._seen: dict[str, tuple[str, float]] = {}
        self._given: dict[str, str] = {}

    def __call__(self) -> list[Source]:
        """Sources that have come and rested, each once; again when they have changed."""
        now_s = self._clock()
        if now_s < self._next_s:
            return []
        self._next_s = now_s + self._every_s
        found = [*self._look()]
        before, self._seen = self._seen, {}
        for source in found:
            stamp, since_s = before.get(source.address, ("", now_s))
            since_s = since_s if stamp == source.stamp else now_s
            self._seen[source.address] = source.stamp, since_s
        rested = [s for s in found if now_s - self._seen[s.address][1] >= self._settle_s]
        fresh = [s for s in rested if self._given.get(s.address) != s.stamp]
        self._given |= {source.address: source.stamp for source in fresh}
        return fresh
