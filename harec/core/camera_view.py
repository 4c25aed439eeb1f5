"""Where a camera looked from when it took a frame, as far as the picture's background tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


def _identity() -> NDArray[np.float64]:
    return np.eye(2, 3)


@dataclass(frozen=True, eq=False)
class CameraView:
    """Which shot a frame belongs to, and how its background lies in that shot.

    Attributes:
        shot: number of the shot from 0; another number than the frame before = a cut between them.
        to_shot: float64 (2, 3): takes pixels (x, y, 1) of the frame to pixels in which the
            background stands still all through the shot; shift, turn and one scale. The identity
            for a camera that stands still.
        known: whether the background told so; before a plain wall it says nothing.
    """

    shot: int = 0
    to_shot: NDArray[np.float64] = field(default_factory=_identity)
    known: bool = True

    def steady(self, keypoints_xyc: NDArray[Any]) -> NDArray[Any]:
        """Keypoints (..., 3) as a camera that stands still would have seen them; scores stay.

        Missing keypoints (score 0) stay as they are. Where nothing moves it is the same array.
        """
        if self.is_still:
            return keypoints_xyc
        out = keypoints_xyc.copy()
        seen = keypoints_xyc[..., 2:] > 0
        moved = keypoints_xyc[..., :2] @ self.to_shot[:, :2].T + self.to_shot[:, 2]
        out[..., :2] = np.where(seen, moved, keypoints_xyc[..., :2])
        return out

    @property
    def is_still(self) -> bool:
        """Whether ``to_shot`` is the identity."""
        return self is STILL or bool((self.to_shot == _IDENTITY).all())

    def same(self, other: CameraView) -> bool:
        """Whether the camera looks the same way in the same shot."""
        return self is other or (
            (self.shot, self.known) == (other.shot, other.known)
            and bool((self.to_shot == other.to_shot).all())
        )

    def since(self, before: CameraView) -> NDArray[np.float64]:
        """float64 (2, 3): takes pixels of an earlier frame of the same shot to where their
        background is in this one."""
        return compose(invert(self.to_shot), before.to_shot)


_IDENTITY: Final = _identity()
#: A camera that stands still, in its only shot.
STILL: Final = CameraView()


def compose(second: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transform (2, 3) that does the first, then the second."""
    out = second[:, :2] @ first
    out[:, 2] += second[:, 2]
    return out


def invert(transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transform (2, 3) that undoes one."""
    linear = np.linalg.inv(transform[:, :2])
    return np.hstack([linear, -linear @ transform[:, 2:]])
