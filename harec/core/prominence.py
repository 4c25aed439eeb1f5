"""Who is in front: how large people are, and who takes over from whom.

The one place for the rule and its numbers; pose engines that follow people and the selection of
tracks both use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: A newcomer takes over from somebody who is followed when they are more prominent by this factor
#: (two people of like size never take turns) ...
TAKEOVER_RATIO: Final = 1.5
#: ... for so long, in seconds of the stream (who walks past the camera is not followed). For as
#: long a track's place stays free when the person is out of sight.
TAKEOVER_S: Final = 1.0
#: Who is smaller than this share of the largest one stands far behind: a bystander.
FAR_BEHIND: Final = 0.25
#: From this person score on people count by their size alone; less sure ones count for less.
SURE_SCORE: Final = 0.4


def prominence(size: float, score: float) -> float:
    """How much in front a person is, in pixels.

    Args:
        size: of the whole body, see `harec.core.geometry.full_body_size`; so who stands behind a
            desk is as prominent as before.
        score: how sure the engine is that this is a person, 0..1. What it only takes for a person
            must not push a person out.
    """
    return size * min(score / SURE_SCORE, 1.0)


class ProminentPeople:
    """Chooses the most prominent people and stays with them.

    The chosen ones keep their places until they are out of sight for ``hold_s``, or another one is
    more prominent than the least of them by `TAKEOVER_RATIO`, at every sight for `TAKEOVER_S`.
    """

    def __init__(self, hold_s: float = TAKEOVER_S) -> None:
        self.hold_s = hold_s
        self.reset()

    def reset(self) -> None:
        """Nobody is chosen."""
        self._chosen: dict[int, tuple[float, float]] = {}  # last seen, and how prominent then
        self._rivals: dict[int, tuple[float, float]] = {}  # rival since, last seen

    def update(
        self, time_s: float, people: Mapping[int, float], places: int, least: float = 0.0
    ) -> list[int]:
        """The chosen ones of those who are there, the most prominent first.

        Args:
            time_s: later than at the call before.
            people: who is there -> how prominent, see `prominence`.
            places: so many are chosen at most.
            least: share of the most prominent one's that somebody needs to be chosen.
        """
        order = sorted(people, key=lambda who: -people[who])
        self._chosen.update({i: (time_s, people[i]) for i in order if i in self._chosen})
        for who, (seen_s, _) in list(self._chosen.items()):
            if time_s - seen_s > self.hold_s:
                del self._chosen[who]
        while len(self._chosen) > places:
            del self._chosen[self._least()]
        largest = max((size for _, size in self._chosen.values()), default=0.0)
        for who in order:
            largest = max(largest, people[who])
            if people[who] < least * largest:
                break
            if len(self._chosen) < places and who not in self._chosen:
                self._chosen[who] = time_s, people[who]
        self._take_over(time_s, people, order)
        return [who for who in order if who in self._chosen]

    @property
    def rivals(self) -> set[int]:
        """Who may take over soon."""
        return set(self._rivals)

    def _take_over(self, time_s: float, people: Mapping[int, float], order: list[int]) -> None:
        for who, (_, seen_s) in list(self._rivals.items()):
            missed = who not in people and time_s - seen_s > TAKEOVER_S / 2
            if missed or who in self._chosen:
                del self._rivals[who]
        for who in order:
            if who in self._chosen:
                continue
            least = self._least()
            if people[who] < TAKEOVER_RATIO * self._chosen[least][1]:
                self._rivals.pop(who, None)
                continue
            since_s, _ = self._rivals.get(who, (time_s, time_s))
            self._rivals[who] = since_s, time_s
            if time_s - since_s >= TAKEOVER_S:
                del self._rivals[who], self._chosen[least]
                self._chosen[who] = time_s, people[who]

    def _least(self) -> int:
        return min(self._chosen, key=lambda who: self._chosen[who][1])
