"""Times and numbers as people read them."""

from __future__ import annotations

import pytest

from harec.analysis.tables import clock, duration_words, short_number, stopwatch


@pytest.mark.parametrize(
    ("time_s", "decimals", "text"),
    [
        (0, 1, "0.0 s"),
        (7.449, 2, "7.45 s"),
        (59.96, 1, "1:00.0"),  # rounds into the next minute
        (127.4, 1, "2:07.4"),
        (600, 0, "10:00"),
        (3661.25, 2, "1:01:01.25"),
        (-1, 1, "0.0 s"),
    ],
)
def test_clock(time_s, decimals, text):
    assert clock(time_s, decimals) == text


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0.2, "0:00"), (12.9, "0:12"), (59.99, "0:59"), (60, "1:00"), (125.7, "2:05")],
)
def test_stopwatch(time_s, text):
    assert stopwatch(time_s) == text


def test_duration_words():
    assert duration_words(3) == "a few seconds"
    assert duration_words(38) == "about 40 s"
    assert duration_words(200) == "about 3 min"
    assert duration_words(5000) == "about 83 min"
    assert duration_words(5 * 3600) == "about 5 h"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0312, "0.031"), (0.3, "0.3"), (4.24, "4.2"), (9.96, "10"), (31.5, "32")],
)
def test_short_number(value, text):
    assert short_number(value) == text
