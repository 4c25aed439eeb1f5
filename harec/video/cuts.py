"""Cuts: frames that belong to another shot than the frame before.

What counts: a hard cut to another place, to another angle (from about 20 degrees) or another size
(from about 1.5 times) of the same place, and a fade through black or white to another place.

What does not: light that changes, flashes, black frames, fades to the same place, a camera that
shakes, pans or zooms, people who come, go or pass in front of the lens, frames repeated or missing.

Not decided: slow dissolves (each frame is like the one before, so none is told), cuts hidden by a
whip pan, another size by less than 1.5, somebody who is suddenly there or gone or somebody else,
pictures that show next to nothing. After an over-exposed, hidden or blurred frame a cut may be told
up to half a second late.

How: blocks of 5 x 5 pixels of a thumbnail are compared by normalised correlation, which hardly
depends on the light, as they lie and where the camera may have moved them; two places agree in a
few blocks by chance, one place in many. Frames that can't be compared (black, white) are left out.
The numbers below were set on the films of `benchmarks.cut_films`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.video.pictures import Picture
from harec.video.same_place import (
    BEHIND_BLACK,
    STEADY,
    UNSTEADY,
    Needed,
    same_layout,
    same_place,
    static_share,
)

#: Of the blocks as they were: somebody hides the others; where one already did.
_STATIC_SHARES: Final = (0.15, 0.1)
_CLEAR_SHARE: Final = 0.6  # of the blocks, from which nobody hides much
_STAGE_S: Final = 2.0  # how long a coloured light is expected to come back
_WAIT_S: Final = 0.5  # how long frames that can't be compared are waited for
_FADED: Final = 0.7  # of what the shot has shown, up to which a frame is faded out
_RISEN: Final = 0.75  # of what a frame shows, that the one before showed: the fade is over


class CutDetector:
    """Tells from thumbnails where a shot ends, one frame at a time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets all frames: the next one is the first of a film."""
        self._before: Picture | None = None
        self._before_s = 0.0
        self._known: Picture | None = None  # the last frame that certainly belongs to the shot
        self._doubt_s: float | None = None  # since when frames can't be compared with it
        self._smeared = False  # whether a pan is why
        self._black = False  # whether nothing was to be seen since the last known frame
        self._coloured_s = -math.inf  # when the light was that of a stage

    def update(self, time_s: float, small_rgb: NDArray[np.uint8], *, steady: bool = True) -> bool:
        """True when this frame belongs to another shot than the frame before.

        Args:
            time_s: when it is shown; larger than the frame's before.
            small_rgb: uint8 (h, w, 3), what `harec.core.images.thumbnail` makes of the frame.
            steady: whether the background of the frame before was where it was expected; see
                `harec.video.camera_motion.CameraMotion.certain`.
        """
        before, step_s = self._before, time_s - self._before_s
        now = Picture(small_rgb, self._size_wh)
        self._before, self._before_s = now, time_s
        if before is None or self._known is None:
            self._known = now
            return False
        if before.equals(now):
            return False
        if now.plain:
            self._black = True
            return False
        if now.coloured:
            self._coloured_s = time_s
        if self._known.plain:
            return self._same(now)
        needed = BEHIND_BLACK if self._black else STEADY if steady else UNSTEADY
        return self._judge(self._known, before, now, time_s, step_s, needed)

    def goes_on(self, time_s: float, small_rgb: NDArray[np.uint8]) -> None:
        """A frame that is known to belong to the shot, instead of `update`."""
        self._before, self._before_s = Picture(small_rgb, self._size_wh), time_s
        self._same(self._before)

    @property
    def _size_wh(self) -> tuple[int, int] | None:
        return None if self._before is None else self._before.size_wh

    def _judge(
        self,
        known: Picture,
        before: Picture,
        now: Picture,
        time_s: float,
        step_s: float,
        needed: Needed,
    ) -> bool:
        match = same_place(known, now, step_s, needed)
        if match is not None:
            fades = not match.camera_moved and now.shown < _FADED * known.shown
            if match.camera_moved or (match.share >= _CLEAR_SHARE and not fades):
                self._same(now)
            else:  # somebody or the dark may be about to hide the rest: keep what was to be seen
                self._doubt_s, self._smeared, self._black = None, False, False
            return False
        follows = (
            before is not known
            and not self._black
            and same_place(before, now, step_s, needed) is not None
        )
        if (self._doubt_s is None and follows) or same_layout(known, now):
            return self._same(now)
        smeared = now.smeared(known)
        self._smeared |= smeared
        hidden = static_share(known, now) >= _STATIC_SHARES[self._doubt_s is not None]
        dim = self._black and now.shown < _FADED * known.shown
        fading = dim and (before.plain or before.shown < _RISEN * now.shown)
        stage = time_s - self._coloured_s <= _STAGE_S
        if follows or smeared or hidden or fading or now.glaring or stage:
            if self._doubt_s is None:
                self._doubt_s = time_s
            if time_s - self._doubt_s < _WAIT_S:
                return False
        cut = not (hidden or self._smeared or stage)
        self._same(now)
        return cut

    def _same(self, now: Picture) -> bool:
        self._known, self._doubt_s, self._smeared, self._black = now, None, False, False
        return False
