"""What a teacher says when a joint angle is off, and how much that angle counts.

Angles are those of the asana's left side; ``{side}`` and ``{other}`` become the real sides. An
angle that is not in the table is not judged: arms that are held in several ways (in prayer or
overhead in the tree, say), or angles that say the same as another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Cue:
    """Words for one angle of one asana.

    Attributes:
        small: when the angle is too small.
        large: when it is too large.
        weight: how much it counts beside the asana's other angles.
        straight: 180 degrees is the aim, whatever the photos' median.
    """

    small: str
    large: str
    weight: float = 1.0
    straight: bool = False


def _straight(text: str, weight: float = 1.0) -> Cue:
    return Cue(text, text, weight, straight=True)


_ARMS: Final = {
    "left_elbow": _straight("Stretch your {side} arm", 0.7),
    "right_elbow": _straight("Stretch your {other} arm", 0.7),
}
_BOTH_ARMS: Final = {
    "left_elbow": _straight("Straighten your arms", 0.5),
    "right_elbow": _straight("Straighten your arms", 0.5),
}
_OPEN_ARMS: Final = {
    "left_shoulder": Cue(
        "Raise your {side} arm to shoulder height", "Lower your {side} arm to shoulder height"
    ),
    "right_shoulder": Cue(
        "Raise your {other} arm to shoulder height", "Lower your {other} arm to shoulder height"
    ),
}
_LINE_OF_ARMS: Final = {
    "left_shoulder": Cue(
        "Reach your lower arm away from the trunk, straight down",
        "Bring your lower arm back under the shoulder",
        0.7,
    ),
    "right_shoulder": Cue(
        "Open your chest: raise the top arm until it points straight up",
        "Bring the top arm back until it points straight up",
    ),
}

CUES: Final[dict[str, dict[str, Cue]]] = {
    "natarajasana": {
        "right_knee": _straight("Straighten your standing leg", 1.2),
        "left_knee": Cue(
            "Press your foot back into the hand to open the lifted knee",
            "Bend the lifted knee more",
        ),
        "left_hip": Cue("Ease the lifted thigh down a little", "Lift your back thigh higher", 1.2),
        "right_hip": Cue("Lift your chest higher", "Tip your trunk further forward", 0.8),
        "left_elbow": _straight("Straighten the arm that holds the foot", 0.6),
        "right_elbow": _straight("Stretch your front arm", 0.8),
        "right_shoulder": Cue("Raise your front arm higher", "Lower your front arm a little", 0.8),
    },
    "trikonasana": {
        "left_knee": _straight("Straighten your front leg", 1.2),
        "right_knee": _straight("Straighten your back leg", 1.2),
        "left_hip": Cue(
            "Come up a little and rest the hand higher", "Lean further over your front leg", 1.2
        ),
        "legs": Cue("Step your feet further apart", "Step your feet closer together", 0.8),
        **_LINE_OF_ARMS,
        **_ARMS,
    },
    "virabhadrasana_i": {
        "left_knee": Cue("Bend your front knee less", "Bend your front knee more", 1.5),
        "right_knee": _straight("Straighten your back leg", 1.2),
        "left_shoulder": _straight("Stretch your arms up beside the ears"),
        "right_shoulder": _straight("Stretch your arms up beside the ears"),
        "left_hip": Cue("Lift your trunk upright", "Sink deeper over the front leg", 0.8),
        **_BOTH_ARMS,
    },
    "virabhadrasana_ii": {
        "left_knee": Cue("Bend your front knee less", "Bend your front knee more", 1.5),
        "right_knee": _straight("Straighten your back leg", 1.2),
        "left_hip": Cue("Lift your trunk upright", "Sink deeper over the front leg", 0.8),
        "right_hip": Cue(
            "Bring your trunk upright, away from the back leg",
            "Bring your trunk back over the hips",
            0.8,
        ),
        **_OPEN_ARMS,
        **_ARMS,
    },
    "virabhadrasana_iii": {
        "left_knee": _straight("Straighten your standing leg", 1.2),
        "right_knee": _straight("Straighten your lifted leg", 1.2),
        "left_hip": Cue("Lift your chest a little", "Tip forward until your trunk is level", 1.2),
        "right_hip": _straight("Lift the back leg in line with your trunk", 1.2),
        "left_shoulder": _straight("Stretch your arms forward beside the ears", 0.8),
        "right_shoulder": _straight("Stretch your arms forward beside the ears", 0.8),
        **_BOTH_ARMS,
    },
    "ardha_chandrasana": {
        "left_knee": _straight("Straighten your standing leg", 1.2),
        "right_knee": _straight("Straighten your lifted leg", 1.2),
        "left_hip": Cue(
            "Lift your trunk a little", "Tip further over the standing leg: trunk level", 1.0
        ),
        "right_hip": _straight("Bring the lifted leg in line with your trunk", 0.8),
        "legs": Cue(
            "Lift your top leg to the height of the hips",
            "Lower your top leg to the height of the hips",
            1.2,
        ),
        **_LINE_OF_ARMS,
        **_ARMS,
    },
    "vrikshasana": {
        "right_knee": _straight("Straighten your standing leg", 1.2),
        "right_hip": _straight("Stand tall over the standing leg", 1.2),
        "left_knee": Cue(
            "Let the foot slide down a little on the inner thigh",
            "Bring the foot higher up the inner thigh",
        ),
        "left_hip": Cue(
            "Lower the bent knee a little", "Turn the bent knee further out to the side", 0.8
        ),
        "legs": Cue(
            "Turn the bent knee further out to the side", "Lower the bent knee a little", 1.2
        ),
    },
    "baddha_konasana": {
        "left_knee": Cue("Move your heels a little away", "Draw your heels closer to you"),
        "right_knee": Cue("Move your heels a little away", "Draw your heels closer to you"),
        "left_hip": Cue("Let your knees sink towards the floor", "Lift your chest and sit tall"),
        "right_hip": Cue("Let your knees sink towards the floor", "Lift your chest and sit tall"),
        "legs": Cue("Open your knees wider", "Bring your knees a little closer", 1.2),
    },
    "utkata_konasana": {
        "left_knee": Cue("Come up a little out of the squat", "Bend your {side} knee more", 1.2),
        "right_knee": Cue("Come up a little out of the squat", "Bend your {other} knee more", 1.2),
        "left_hip": Cue("Lift your trunk upright", "Sink your hips lower", 0.8),
        "right_hip": Cue("Lift your trunk upright", "Sink your hips lower", 0.8),
        "legs": Cue("Open your knees wider", "Bring your knees a little closer"),
    },
    "adho_mukha_svanasana": {
        "left_knee": _straight("Straighten your legs: press the thighs back"),
        "right_knee": _straight("Straighten your legs: press the thighs back"),
        "left_hip": Cue("Walk your hands forward a little", "Lift your hips higher"),
        "right_hip": Cue("Walk your hands forward a little", "Lift your hips higher"),
        "left_shoulder": _straight("Push the floor away: bring arms and trunk into one line"),
        "right_shoulder": _straight("Push the floor away: bring arms and trunk into one line"),
        **_BOTH_ARMS,
    },
    "tadasana": {
        "left_knee": _straight("Straighten your legs"),
        "right_knee": _straight("Straighten your legs"),
        "left_hip": _straight("Stand upright, hips over the feet"),
        "right_hip": _straight("Stand upright, hips over the feet"),
        "left_shoulder": Cue("", "Let your arms hang beside the body", 0.8),
        "right_shoulder": Cue("", "Let your arms hang beside the body", 0.8),
        **_BOTH_ARMS,
    },
}


def text(asana: str, angle: str, side: str | None, *, small: bool) -> str:
    """The words for an angle that is too small or too large.

    Args:
        angle: as the asana's left side calls it.
        side: "right" for an asana done on the right; else "left" is meant.
    """
    cue = CUES[asana][angle]
    other = "left" if side == "right" else "right"
    return (cue.small if small else cue.large).format(side=side or "left", other=other)
