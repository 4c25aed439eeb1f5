"""What was found in a clip against what is in it; times in seconds.

Named time is counted as one who watches the clip would: when any followed person is given the
action. So neither more people nor more ids for one of them make a figure better. In the time of an
interval only the interval's own action is looked for; what other people do meanwhile is not known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.real_clips.truth import ClipTruth
from harec.actions.labels import ACTIONS
from harec.analysis.results import PersonResult

#: A clip without any of the six actions is silent when none is named for more of its length.
SILENT: Final = 0.15

Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class ClipScore:
    """One clip.

    Attributes:
        expected: the actions of which one must be the longest; () = none may be named.
        right: whether the longest action is right, or the clip silent (`SILENT`).
        shares: action -> its share of the clip's length over all people, the largest first; the
            times of two people add up.
        ids: people that were given, in the shot with most of them: none goes on behind a cut.
        people: that there are; None = not told.
        in_interval_s, found_s: action -> time of its intervals, and how much of it was named so.
        other_s, other_named_s: time outside of the intervals, and how much of it got any name.
        person_other_s, person_named_s: the same, added up over the followed people.
    """

    file: str
    duration_s: float
    expected: tuple[str, ...]
    right: bool
    shares: dict[str, float]
    ids: int
    people: int | None
    in_interval_s: dict[str, float]
    found_s: dict[str, float]
    other_s: float
    other_named_s: float
    person_other_s: float
    person_named_s: float


def score_clip(
    truth: ClipTruth,
    duration_s: float,
    people: Sequence[PersonResult],
    cuts_s: Sequence[float] = (),
) -> ClipScore:
    """A clip of this length, with cuts at these times, in which these people were found."""
    duration_s = duration_s or 1.0
    total_s: dict[str, float] = defaultdict(float)
    for segment in (s for person in people for s in person.segments):
        total_s[segment.action] += segment.duration_s
    longest = sorted(total_s, key=lambda action: -total_s[action])
    if truth.expected:
        right = bool(longest) and longest[0] in truth.expected
    else:
        right = all(s <= SILENT * duration_s for s in total_s.values())
    in_interval_s: dict[str, float] = defaultdict(float)
    found_s: dict[str, float] = defaultdict(float)
    for interval in truth.intervals or ():
        spans = _named(people, interval.action)
        in_interval_s[interval.action] += interval.end_s - interval.start_s
        found_s[interval.action] += _seconds(_within(spans, interval.start_s, interval.end_s))
    other = [] if truth.intervals is None else _outside(truth, duration_s)
    seen = [[(person.first_s, person.last_s)] for person in people]
    each = [_named([person]) for person in people]
    in_shots = Counter(bisect_right(cuts_s, person.first_s) for person in people)
    return ClipScore(
        truth.file,
        duration_s,
        truth.expected,
        right,
        {action: total_s[action] / duration_s for action in longest},
        max(in_shots.values(), default=0),
        truth.people,
        dict(in_interval_s),
        dict(found_s),
        _seconds(other),
        _shared(_named(people), other),
        sum(_shared(spans, other) for spans in seen),
        sum(_shared(spans, other) for spans in each),
    )


@dataclass(frozen=True)
class Summary:
    """All clips of a folder.

    Attributes:
        right, with_action: clips whose longest action is right, of those with one of the six.
        silent, without_action: the same for clips without.
        recall: action -> share of the time of its intervals that was named so.
        other_named: share of the time outside of all intervals in which anybody got a name.
        person_named: the same, of the time of the followed people.
        ids_right, ids_told: clips with as many ids as people, of those of two or three people.
    """

    right: int
    with_action: int
    silent: int
    without_action: int
    recall: dict[str, float]
    other_named: float | None
    person_named: float | None
    ids_right: int
    ids_told: int

    @property
    def mean_recall(self) -> float | None:
        """Mean over the actions that have intervals."""
        return sum(self.recall.values()) / len(self.recall) if self.recall else None


def summary(scores: Sequence[ClipScore]) -> Summary:
    """The figures over all clips; times are added up before anything is divided."""
    acting = [s for s in scores if s.expected]
    silent = [s for s in scores if not s.expected]
    recall = {}
    for action in ACTIONS:
        of_s = sum(s.in_interval_s.get(action, 0.0) for s in scores)
        if of_s:
            recall[action] = sum(s.found_s.get(action, 0.0) for s in scores) / of_s
    few = [s for s in scores if s.people in (2, 3)]
    return Summary(
        sum(s.right for s in acting),
        len(acting),
        sum(s.right for s in silent),
        len(silent),
        recall,
        _share(sum(s.other_named_s for s in scores), sum(s.other_s for s in scores)),
        _share(sum(s.person_named_s for s in scores), sum(s.person_other_s for s in scores)),
        sum(s.ids == s.people for s in few),
        len(few),
    )


def _share(part_s: float, of_s: float) -> float | None:
    return part_s / of_s if of_s else None


def _named(people: Iterable[PersonResult], action: str | None = None) -> Spans:
    """When anybody of the people is given the action (None = any)."""
    segments = (s for person in people for s in person.segments)
    return _joined((s.start_s, s.end_s) for s in segments if action in (None, s.action))


def _outside(truth: ClipTruth, duration_s: float) -> Spans:
    """The time of a clip outside of all its intervals."""
    spans, from_s = [], 0.0
    for start_s, end_s in _joined((i.start_s, i.end_s) for i in truth.intervals or ()):
        spans.append((from_s, start_s))
        from_s = end_s
    return [(a, b) for a, b in (*spans, (from_s, duration_s)) if b > a]


def _joined(spans: Iterable[tuple[float, float]]) -> Spans:
    """The same time, in order and without overlaps."""
    joined: Spans = []
    for start_s, end_s in sorted(spans):
        if joined and start_s <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end_s)
        else:
            joined.append((start_s, end_s))
    return joined


def _within(spans: Spans, start_s: float, end_s: float) -> Spans:
    return [(max(a, start_s), min(b, end_s)) for a, b in spans if a < end_s and b > start_s]


def _shared(spans: Spans, others: Spans) -> float:
    """Seconds in both; neither has overlaps of its own."""
    return sum(_seconds(_within(spans, *other)) for other in others)


def _seconds(spans: Spans) -> float:
    return sum(end_s - start_s for start_s, end_s in spans)
