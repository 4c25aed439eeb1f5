"""Session time: pauses left out, restarts and stops kept, single wrong time stamps left out."""

from __future__ import annotations

import pytest

from harec.live.session_clock import SessionClock

NO = None


#: A camera's pace: from 6.5 to 7.0.
PACE = [6.5 + i / 10 for i in range(6)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ([7.1, 7.2], [0.6, 0.7]),
        ([7.1, 7.1, 7.0, 7.2], [0.6, NO, NO, 0.7]),
        # One alone is wrong: zero, an hour ahead, both.
        ([7.1, 0.0, 7.3, 7.4], [0.6, NO, 0.8, 0.9]),
        ([7.1, 4e3, 7.3, 7.4], [0.6, NO, 0.8, 0.9]),
        ([7.1, 4e3, 0.0, 7.4], [0.6, NO, NO, 0.9]),
        # The source starts anew: a second passes. It was away: so it was.
        ([7.1, 0.0, 0.1, 0.2], [0.6, NO, 1.6, 1.7]),
        ([7.1, 17.0, 17.1, 17.2], [0.6, NO, 10.6, 10.7]),
    ],
)
def test_times(source, expected) -> None:
    clock = SessionClock()
    assert [clock.at(source_s) for source_s in PACE][-1] == pytest.approx(0.5)
    times = [clock.at(source_s) for source_s in source]
    assert [t is None for t in times] == [e is None for e in expected]
    assert [t for t in times if t is not None] == pytest.approx([e for e in expected if e != NO])


@pytest.mark.parametrize(
    ("source", "expected"),
    [([7.0, 10.0, 13.0, 16.0], [0, 3, 6, 9]), ([7.0, 7.1, 0.0, 0.1], [0, 0.1, 1.1, 1.2])],
)
def test_without_a_pace_nothing_is_doubted(source, expected) -> None:
    clock = SessionClock()
    assert [clock.at(source_s) for source_s in source] == pytest.approx(expected)


def test_what_comes_after_a_pause_begins_a_second_later() -> None:
    clock = SessionClock()
    assert [clock.at(7.0), clock.at(7.5)] == [0.0, 0.5]
    clock.break_off()
    assert [clock.at(99.0), clock.at(99.5)] == [1.5, 2.0]
