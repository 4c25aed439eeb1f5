"""How MoveNet errs on people who are small in the picture, copied for training.

Measured by ``python -m tools.measure_far_noise --clips 8`` (soft, noisy, compressed frames; errors
in torso lengths: white a coordinate / slow / spikes / missing):

| torso | face, white | trunk, white | elbows, knees | wrists, ankles |
|---|---|---|---|---|
| 15 px | .031 | .040 | .044 / .058 / 5 % / 1 % | .063 / .099 / 6 % / 7 % |
| 20 px | .026 | .032 | .036 / .037 / 4 % / 1 % | .054 / .072 / 5 % / 5 % |
| 30 px | .021 | .024 | .025 / .026 / 2 % / 0 % | .038 / .044 / 3 % / 1 % |
| 60 px | .012 | .014 | .015 / .018 / 0 % / 0 % | .019 / .024 / 0 % / 1 % |

So errors are about constant in pixels, and all grow as one over the size.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray

_MIDDLE, _ENDS = (7, 8, 13, 14), (9, 10, 15, 16)  # elbows, knees; wrists, ankles


def _by_joint(face: float, trunk: float, middle: float, ends: float) -> NDArray[np.float32]:
    values = np.full(17, trunk, np.float32)
    values[:5] = face
    values[list(_MIDDLE)] = middle
    values[list(_ENDS)] = ends
    return values


#: Pixels: divided by the torso's pixels they are torso lengths, or shares of the keypoints.
_WHITE: Final = _by_joint(0.55, 0.67, 0.72, 1.02)
_SLOW: Final = _by_joint(0.6, 0.6, 0.8, 1.4)
_SPIKES: Final = _by_joint(0.0, 0.15, 0.75, 0.95)
_MISSING: Final = _by_joint(0.0, 0.0, 0.15, 1.0)
#: The sizes that count as far, pixels of torso.
FAR_PX: Final = (13.0, 45.0)


def far_noise(
    rng: np.random.Generator,
    points: FloatArray,
    score: FloatArray,
    torso: NDArray[np.float64],
    seen_px: NDArray[np.float64] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Points (B, T, 17, 2) and scores (B, T, 17) as if found on people seen from afar.

    Args:
        torso: (B, 1, 1, 1), length of the torso in units of the points.
        seen_px: (B,) how large the torso is taken to be in the picture; None draws it.
    """
    size, steps = int(score.shape[0]), int(score.shape[1])
    if seen_px is None:
        seen_px = np.exp(rng.uniform(np.log(FAR_PX[0]), np.log(FAR_PX[1]), size))
    unit = (torso / seen_px[:, None, None, None]).astype(np.float32)  # one pixel of the picture
    normal = rng.standard_normal
    white = normal((size, steps, 17, 2), np.float32) * _WHITE[:, None]
    knots = normal((size, 5, 17, 2), np.float32) * _SLOW[:, None]
    position = np.linspace(0, knots.shape[1] - 1.001, steps)
    low = position.astype(int)
    share = (position - low).astype(np.float32)[None, :, None, None]
    slow = knots[:, low] * (1 - share) + knots[:, low + 1] * share
    noise = (white + slow) * unit
    chance = rng.random((size, steps, 17))
    inverse = 1 / seen_px[:, None, None]
    # Another place: the other limb, the background; half a torso away and more.
    spikes = chance < _SPIKES * inverse
    away = rng.normal(0, 0.6, (int(spikes.sum()), 2))
    length = np.broadcast_to(torso[..., 0], spikes.shape)[spikes]
    noise[spikes] += (away * length[:, None]).astype(np.float32)
    missing = chance > 1 - _MISSING * inverse
    return points + noise, score * ~missing
