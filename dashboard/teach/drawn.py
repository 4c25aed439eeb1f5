"""An example as the browser draws it: a few hundred bytes of its keypoints."""

from __future__ import annotations

import base64
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from harec.actions.windows import resample
from harec.taught.examples import Example

#: Steps a second, and at most so many seconds: the beginning of a longer example.
_RATE_HZ: Final = 12.0
_LONGEST_S: Final = 5.0
#: A keypoint that is less sure is not drawn.
_LEAST_SCORE: Final = 0.15
#: In place of the coordinates of a keypoint that is missing; the others are below.
_MISSING: Final = 255

_kept: WeakKeyDictionary[Example, dict[str, Any]] = WeakKeyDictionary()


def drawn(example: Example) -> dict[str, Any]:
    """What ``figure.js`` draws: ``steps``, base64 of uint8 (S, 17, 2), x and y in a square with
    the whole motion in it; ``hz``, steps a second."""
    if example not in _kept:
        _kept[example] = {"steps": _steps(example), "hz": _RATE_HZ}
    return _kept[example]


def _steps(example: Example) -> str:
    first_s, last_s = float(example.times_s[0]), float(example.times_s[-1])
    count = int(min(last_s - first_s, _LONGEST_S) * _RATE_HZ) + 1
    steps_s = np.minimum(first_s + np.arange(count) / _RATE_HZ, last_s)
    points = resample(example.times_s, example.keypoints_xyc, steps_s)
    seen = points[..., 2] >= _LEAST_SCORE
    numbers = np.full((count, 17, 2), _MISSING, np.uint8)
    if seen.any():
        low, high = points[seen, :2].min(axis=0), points[seen, :2].max(axis=0)
        side = max(float((high - low).max()), 1.0)
        square = (points[..., :2] - (low + high) / 2) / side + 0.5
        numbers[seen] = np.round(square[seen] * (_MISSING - 1)).astype(np.uint8)
    return base64.b64encode(numbers.tobytes()).decode("ascii")
