"""Cuts: frames that belong to another shot than the frame before.

What counts: a hard cut to another place, to another angle (from about 20 degrees) or another size
(from about 1.5 times) of the same place, and a fade through black or white to another place.

What does not: light that changes, flashes, black frames, fades to the same place, a camera that
shakes, pans or zooms, people who come, go or pass in front of the lens, frames repeated or missing.

Not decided: slow dissolves (each frame is like the one before, so none is told), cuts hidden by a
whip pan, another size by less than 1.5, somebody who is suddenly there or gone or somebody else,
pictures that show next to nothing, places of like colours while the camera moves. After an
over-exposed or hidden frame a cut may be told up to half a second late, between places of like
colours one frame late: a whip pan has the same colours, and there too one frame hardly shows what
the last one did, but a cut is one change between frames in which the camera stands.

How: blocks of 5 x 5 pixels of a thumbnail are compared by normalised correlation, which hardly
depends on the light, as they lie and where the camera may have moved them; two places agree in a
few blocks by chance, one place in many. Frames that can't be compared (black, white) are left out.
The numbers below were set on the films of `benchmarks.cut_films`.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.video.pictures import Picture
from harec.video.same_place import (
    BEHIND_BLACK,
    STEADY,
    compare,
    same_place,
    static_share,
)

#: Of the blocks as they were: somebody hides the others; where one already did.
_STATIC_SHARES: Final = (0.15, 0.1)
_CLEAR_SHARE: Final = 0.6  # of the blocks, from which nobody hides much
_STAGE_S: Final = 2.0  # how long a coloured light is expected to come back
_WAIT_S: Final = 0.5  # how long frames that can't be compared are waited for
_FADED: Final = 0.7  # of what the shot has shown, up to which a frame is faded out
_SAME_COLOURS: Final = 0.74  # of the blocks, from which two frames may be of one place
_OTHER_LIGHT: Final = (0.6, 1.6)  # of the shot's level, beyond which an empty frame hides it
_REST_S: Final = 0.15  # how long one picture is shown where the camera stands still
_AT_REST: Final = (0.35, 0.2)  # shares of blocks alike, very alike, where it does
_SHAKEN: Final = 0.06  # of the width, that it may move between two frames
_KEPT, _KEPT_EVERY_S = 4, 0.25  # older frames of a shot: somebody may pass, and show it again
_AS_IT_WAS: Final = (0.3, 0.15)  # shares of blocks alike, very alike, that one of these shows
_RISEN: Final = 0.75  # of what a frame shows, that the one before showed: the fade is over


class CutDetector:
    """Tells from thumbnails where a shot ends, one frame at a time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets all frames: the next one is the first of a film."""
        self._earlier: Picture | None = None  # the last one that was not like the frame before
        self._before: Picture | None = None
        self._before_s = self._since_s = 0.0  # last shown, first shown
        self._kept: deque[tuple[float, Picture]] = deque(maxlen=_KEPT)
        self._begin(None)

    def _begin(self, now: Picture | None) -> None:
        self._known = now  # the last frame that certainly belongs to the shot
        self._doubt_s: float | None = None  # since when frames can't be compared with it
        self._turned = False  # whether the frame before may be one that the camera turned to
        self._black = False  # whether nothing was to be seen since the last known frame
        self._stage_s = -math.inf  # when the light was that of a stage
        self._kept.clear()

    def update(self, time_s: float, small_rgb: NDArray[np.uint8]) -> bool:
        """True when this frame belongs to another shot than the frame before.

        Args:
            time_s: when it is shown; larger than the frame's before.
            small_rgb: uint8 (h, w, 3), what `harec.core.images.thumbnail` makes of the frame.
        """
        before, step_s = self._before, time_s - self._before_s
        now = Picture(small_rgb, self._size_wh)
        shown_s, self._before_s = self._before_s - self._since_s, time_s
        if before is None or self._known is None:
            self._before, self._since_s = now, time_s
            self._same(time_s, now)
            return False
        if before.equals(now):
            if self._turned and time_s - self._since_s > _REST_S:
                self._begin(now)
                return True
            return False
        rested = self._rested(shown_s)
        self._earlier, self._before, self._since_s = before, now, time_s
        if now.plain:
            self._turned = False
            low, high = (share * self._known.level for share in _OTHER_LIGHT)
            self._black |= not low <= now.level <= high
            return False
        if self._known.plain:
            return self._same(time_s, now)
        cut = self._judge(before, now, time_s, step_s, rested)
        if cut:
            self._begin(now)
        return cut

    def goes_on(self, time_s: float, small_rgb: NDArray[np.uint8]) -> None:
        """A frame that is known to belong to the shot, instead of `update`."""
        now = Picture(small_rgb, self._size_wh)
        self._earlier, self._before = self._before, now
        self._before_s = self._since_s = time_s
        self._same(time_s, now)

    @property
    def in_doubt(self) -> bool:
        """Whether the frames to come must be compared, whatever the background says."""
        return self._turned or self._black or self._doubt_s is not None

    @property
    def _size_wh(self) -> tuple[int, int] | None:
        return None if self._before is None else self._before.size_wh

    def _rested(self, shown_s: float) -> bool:
        if self._earlier is None or shown_s > _REST_S:
            return True
        return self._before is not None and _rests(self._earlier, self._before)

    def _judge(
        self, before: Picture, now: Picture, time_s: float, step_s: float, rested: bool
    ) -> bool:
        known, needed = self._known, BEHIND_BLACK if self._black else STEADY
        assert known is not None
        turned, self._turned = self._turned, False
        match = same_place(known, now, step_s, needed)
        dim = self._black and now.shown < _FADED * known.shown
        if match is not None and match.camera_moved and dim:
            match = None
        if match is not None:
            if match.other_colours:
                self._stage_s = time_s
            fades = not match.camera_moved and now.shown < _FADED * known.shown
            if match.camera_moved or (match.share >= _CLEAR_SHARE and not fades):
                self._same(time_s, now)
            else:  # somebody or the dark may be about to hide the rest: keep what was to be seen
                self._doubt_s, self._black = None, False
                self._keep(time_s, now)
            return False
        if any(_shows_again(old, now) for _, old in self._kept):
            return self._same(time_s, now)
        if turned:
            return _rests(before, now) or self._same(time_s, now)
        follows = (
            before is not known
            and not self._black
            and same_place(before, now, step_s, needed) is not None
        )
        if self._doubt_s is None and follows:
            return self._same(time_s, now)
        hidden = static_share(known, now) >= _STATIC_SHARES[self._doubt_s is not None]
        fading = dim and (before.plain or before.shown < _RISEN * now.shown)
        stage = time_s - self._stage_s <= _STAGE_S
        in_doubt = self._doubt_s is not None
        alike = not self._black and (_same_colours(before, now) or _same_colours(known, now))
        if follows or (in_doubt and alike) or hidden or fading or now.glaring or stage:
            if self._doubt_s is None:
                self._doubt_s = time_s
            if time_s - self._doubt_s < _WAIT_S:
                return False
        if hidden or stage or (in_doubt and alike):
            return self._same(time_s, now)
        if alike:
            if not rested or before.plain:
                return self._same(time_s, now)
            self._turned = True
            return False
        return True

    def _same(self, time_s: float, now: Picture) -> bool:
        self._known, self._doubt_s, self._black = now, None, False
        self._turned = False
        self._keep(time_s, now)
        return False

    def _keep(self, time_s: float, now: Picture) -> None:
        if len(self._kept) > 1 and self._kept[-1][0] - self._kept[-2][0] < _KEPT_EVERY_S:
            self._kept.pop()
        self._kept.append((time_s, now))


def _rests(before: Picture, now: Picture) -> bool:
    """Whether the camera stood still, or shook a little."""
    match = same_place(before, now, 0.0, STEADY)
    if match is None:
        return False
    if match.camera_moved:
        return match.travel <= _SHAKEN
    match = replace(match, seen=match.seen & now.corners)
    return match.share >= _AT_REST[0] or match.exact_share >= _AT_REST[1]


def _shows_again(old: Picture, now: Picture) -> bool:
    match = compare(old.blocks, now.blocks)
    return match.share >= _AS_IT_WAS[0] or match.exact_share >= _AS_IT_WAS[1]


def _same_colours(before: Picture, now: Picture) -> bool:
    return (now.colours_in(before) + before.colours_in(now)) / 2 >= _SAME_COLOURS
