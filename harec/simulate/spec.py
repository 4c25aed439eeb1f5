"""What a simulated clip shows: scripts and everything else that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from harec.core.errors import InputError
from harec.simulate.motion.motion import PERFORMED, STYLES
from harec.simulate.scene.backdrop import BACKDROPS

Script = tuple[tuple[str, float], ...]
MAX_PEOPLE: Final = 4


def parse_script(text: str) -> Script:
    """Reads "JUMPING:4,STANDING:2": labels and seconds; without seconds 4 are meant.

    Raises:
        InputError: nothing in it, an unknown label (the known ones are named), no positive number.
    """
    script = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        label, _, seconds = part.partition(":")
        label = label.strip().upper()
        if label not in PERFORMED:
            raise InputError(f"No action {label!r}; choose from {', '.join(PERFORMED)}.")
        try:
            duration = float(seconds) if seconds.strip() else 4.0
        except ValueError:
            duration = -1.0
        if not 0 < duration <= 3600:
            raise InputError(f"{part!r} needs a number of seconds, as in {label}:4.")
        script.append((label, duration))
    if not script:
        raise InputError("The script is empty; write for example JUMPING:4,STANDING:2.")
    return tuple(script)


@dataclass(frozen=True)
class ClipSpec:
    """What a clip shows. The same spec gives the same clip.

    Attributes:
        scripts: one per person: (label, seconds) one after the other. The clip is as long as the
            longest; the others stand still when they are done.
        size_wh: pixels.
        fps: frames a second.
        variable_rate: 0 = even; up to 0.8: how far a frame's time strays, in frame intervals.
        seed: decides bodies, clothes, place, light and how exactly people move.
        style: "plain": typical motion, people from the front; "rich": diverse motion, any view.
        mirrored: like a selfie camera.
        yaw_deg: the camera's angle; 0 = from the front, 90 = from the person's left. None = by
            style.
        distance_m: of the camera; None = so that all people fit.
        backdrop: one of `BACKDROPS`; None = by chance.
        crossing: the first two people walk past each other (in the middle of the clip, or where
            both scripts say WALKING).
        enters, leaves: the last person walks into the frame at the start, out of it at the end.
        shake: the camera is held by hand.
        grain: deviation of the camera's noise, 0..255.
    """

    scripts: tuple[Script, ...]
    size_wh: tuple[int, int] = (640, 480)
    fps: Fraction | float = 30
    variable_rate: float = 0.0
    seed: int = 0
    style: str = "plain"
    mirrored: bool = False
    yaw_deg: float | None = None
    distance_m: float | None = None
    backdrop: str | None = None
    crossing: bool = False
    enters: bool = False
    leaves: bool = False
    shake: bool = False
    grain: float = 2.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.scripts) <= MAX_PEOPLE:
            raise InputError(f"A clip shows 1 to {MAX_PEOPLE} people, not {len(self.scripts)}.")
        for script in self.scripts:
            for label, seconds in script:
                if label not in PERFORMED:
                    raise InputError(f"No action {label!r}; choose from {', '.join(PERFORMED)}.")
                if not 0 < seconds <= 3600:
                    raise InputError(f"{label} can't last {seconds} seconds.")
        if not all(self.scripts):
            raise InputError("Every person needs a script, like JUMPING:4.")
        if not all(64 <= side <= 7680 for side in self.size_wh):
            raise InputError("The sides of the picture must be between 64 and 7680 pixels.")
        if not 1 <= self.fps <= 240:
            raise InputError(f"The frame rate must be between 1 and 240, not {self.fps}.")
        if not 0 <= self.variable_rate <= 0.8:
            raise InputError("variable_rate must be between 0 and 0.8.")
        if self.style not in STYLES:
            raise InputError(f"No style {self.style!r}; the styles are {', '.join(STYLES)}.")
        if self.backdrop is not None and self.backdrop not in BACKDROPS:
            raise InputError(f"No backdrop {self.backdrop!r}; choose from {', '.join(BACKDROPS)}.")
        if self.crossing and len(self.scripts) < 2:
            raise InputError("Two people are needed to walk past each other.")

    @property
    def duration_s(self) -> float:
        """Length of the longest script."""
        return max(sum(seconds for _, seconds in script) for script in self.scripts)
