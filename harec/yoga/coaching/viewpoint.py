"""Whether a body is filmed the right way for its angles to be true, and seen whole.

Angles in an image are those of the body only in a plane parallel to it. An asana that opens to
the camera shows broad shoulders and hips; one in profile shows narrow ones. Their breadth is
measured in lengths of the trunk and compared with what photos of the asana show.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from harec.core.poses import FloatArray
from harec.core.skeleton import (
    KEYPOINT_NAMES,
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    TRUNK,
)
from harec.yoga.coaching.cues import CUES
from harec.yoga.coaching.references import References
from harec.yoga.recognition.angles import (
    ANGLE_NAMES,
    KEYPOINTS_OF,
    MIRROR_ANGLES,
)
from harec.yoga.recognition.asanas import ASANAS
from harec.yoga.recognition.features import trunk_of

_PARTS: Final = (
    ((LEFT_SHOULDER, RIGHT_SHOULDER), "shoulders"),
    ((LEFT_WRIST, RIGHT_WRIST), "hands"),
    ((LEFT_HIP, RIGHT_HIP), "hips"),
    ((LEFT_KNEE, RIGHT_KNEE), "knees"),
    ((LEFT_ANKLE, RIGHT_ANKLE), "feet"),
)


#: Keypoints so near to the image's edge, as a share of its longer side, ...
_EDGE: Final = 0.03
#: ... must score so much to be believed.
_SURE_AT_THE_EDGE: Final = 0.65
#: The same of knees and ankles anywhere.
_LEGS: Final = [LEFT_KNEE, RIGHT_KNEE, LEFT_ANKLE, RIGHT_ANKLE]
_SURE_LEG: Final = 0.35
#: More keypoints than this are not named one by one.
_MOST_NAMED: Final = 4
#: A body so broad, in trunks, is not seen in profile: neither foot is behind the other.
_FROM_THE_FRONT: Final = 0.6


def body_breadth(keypoints_xyc: FloatArray) -> float | None:
    """Breadth of the shoulders and of the hips (17, 3) together, in lengths of the trunk.

    About 1.1 from the front, near 0 in exact profile. None unless all four keypoints are seen.
    """
    trunk_keypoints = keypoints_xyc[list(TRUNK)]
    if not (trunk_keypoints[:, 2] > 0).all():
        return None
    hips, shoulders = trunk_of(keypoints_xyc)
    trunk = float(np.hypot(*(shoulders - hips)))
    breadth = sum(
        float(np.hypot(*(keypoints_xyc[left, :2] - keypoints_xyc[right, :2])))
        for left, right in ((LEFT_SHOULDER, RIGHT_SHOULDER), (LEFT_HIP, RIGHT_HIP))
    )
    return None if trunk <= 1e-6 else breadth / trunk


def wrong_view(asana: str, keypoints_xyc: FloatArray, references: References) -> str | None:
    """A sentence for a person who is filmed from the wrong direction, else None."""
    breadth = body_breadth(keypoints_xyc)
    if breadth is None:
        return None
    low, high = references.breadth(asana)
    if low <= breadth <= high:
        return None
    wanted = (
        "from the front, the chest open to it" if ASANAS[asana].view == "front" else "in profile"
    )
    return (
        f"The camera should see {ASANAS[asana].sanskrit} {wanted}; "
        "from here the angles are not to be relied on."
    )


def sure_keypoints(keypoints_xyc: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    """Keypoints (..., 17, 3) without those that an engine makes up for a body that is cut off.

    It puts the feet of a body that ends at the knees somewhere, often at the image's edge, with
    low scores. In photos of whole bodies 95 % of the ankles score 0.53 or more.

    Args:
        keypoints_xyc: x, y in pixels of an image of ``size_wh``, score.

    Returns:
        A copy; keypoints that count as not seen have score 0 and are at (0, 0).
    """
    out = np.array(keypoints_xyc, np.float32)
    x, y, score = np.moveaxis(out, -1, 0)
    edge = _EDGE * max(size_wh)
    inside = np.minimum.reduce([x, y, size_wh[0] - 1 - x, size_wh[1] - 1 - y]) > edge
    unsure = ~inside & (score < _SURE_AT_THE_EDGE)
    unsure[..., _LEGS] |= score[..., _LEGS] < _SURE_LEG
    out[unsure] = 0
    return out


def unseen_parts(keypoints_xyc: FloatArray) -> list[str]:
    """What of a body (17, 3) is not seen on either side, from the shoulders down.

    Of a body that is seen from the front, or from behind, a single foot that is not seen as well.
    """
    parts = [name for pair, name in _PARTS if not (keypoints_xyc[list(pair), 2] > 0).any()]
    breadth = body_breadth(keypoints_xyc)
    if breadth is not None and breadth >= _FROM_THE_FRONT and "feet" not in parts:
        for keypoint, name in ((LEFT_ANKLE, "left foot"), (RIGHT_ANKLE, "right foot")):
            if keypoints_xyc[keypoint, 2] <= 0:
                parts.append(name)
    return parts


def missing_parts(keypoints_xyc: FloatArray) -> str | None:
    """A sentence that names what of a body (17, 3) is not seen, None if it is seen whole."""
    gone = unseen_parts(keypoints_xyc)
    if not gone:
        return None
    return f"Your {_listed(gone)} can't be seen: step back until your whole body is in the picture."


def hidden_keypoints(asana: str, keypoints_xyc: FloatArray) -> str:
    """A sentence that names the keypoints (17, 3) for want of which an asana can't be judged."""
    needed = {
        keypoint
        for name in CUES[asana]
        for own in (name, ANGLE_NAMES[MIRROR_ANGLES[ANGLE_NAMES.index(name)]])
        for keypoint in KEYPOINTS_OF[own]
    }
    gone = [
        KEYPOINT_NAMES[keypoint].replace("_", " ")
        for keypoint in sorted(needed)
        if keypoints_xyc[keypoint, 2] <= 0
    ]
    if not gone:
        return "Too little of your body can be seen to judge it: show it whole, in good light."
    return f"Your {_listed(gone[:_MOST_NAMED])} can't be seen well enough to judge the asana."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
