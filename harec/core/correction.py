"""What a person has to say of a camera, because its files don't: that it was turned, or mirrors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harec.core.errors import InputError

if TYPE_CHECKING:  # the command line's options need no arrays
    import numpy as np
    from numpy.typing import NDArray

TURNS_DEG: Final = (0, 90, 180, 270)


@dataclass(frozen=True)
class Correction:
    """How frames become upright and unmirrored, beyond what the file says of itself.

    Everything after the decoder sees the corrected frames alone: pixels, keypoints, sides.

    Attributes:
        turn_deg: clockwise turn that makes the frames upright: 0, 90, 180 or 270.
        mirrored: the frames, once upright, show left and right swapped, as selfie cameras save
            them; they are flipped back.

    Raises:
        InputError: another turn.
    """

    turn_deg: int = 0
    mirrored: bool = False

    def __post_init__(self) -> None:
        if self.turn_deg not in TURNS_DEG:
            raise InputError(f"turn must be 0, 90, 180 or 270 degrees, not {self.turn_deg}.")

    def apply(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) or (W, H, 3), corrected; the frame itself if there is nothing to do."""
        if self == Correction():
            return rgb
        import numpy as np

        turned = np.rot90(rgb, -self.turn_deg // 90)
        return np.ascontiguousarray(turned[:, ::-1] if self.mirrored else turned)

    def turned_further(self, turn_deg: int) -> Correction:
        """This one for frames that, corrected by it, still need a clockwise turn."""
        further = -turn_deg if self.mirrored else turn_deg  # the turn comes before the flip
        return Correction((self.turn_deg + further) % 360, self.mirrored)


#: Frames as the file says that they are to be shown.
UNCORRECTED: Final = Correction()
