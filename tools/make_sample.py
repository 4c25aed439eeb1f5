"""Makes the clips behind "Try the sample": ``python tools/make_sample.py``, about two minutes.

Two simulated people do the six actions, with standing between them; one does what the example pack
of the Teach page teaches. The README's pictures of the pages show them, too.
"""

from __future__ import annotations

from pathlib import Path

from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script

ASSETS = Path(__file__).parents[1] / "assets"
SIX = ClipSpec(
    scripts=(
        parse_script("STANDING:1,WAVING_1HAND:3,STANDING:1,JUMPING_JACKS:4,STANDING:1,BOXING:4"),
        parse_script("STANDING:2,CLAPPING_HANDS:3,STANDING:1,JUMPING:3,STANDING:1,WAVING_2HANDS:4"),
    ),
    size_wh=(640, 480),
    fps=20,  # fewer frames, less to wait for
    seed=9,
    yaw_deg=8,
)

TAUGHT = ClipSpec(
    scripts=(parse_script("SQUAT:6,STANDING:1,BICEPS_CURLS:5,STANDING:1,LUNGES:6"),),
    size_wh=(400, 300),
    fps=15,
    grain=1.0,
    seed=23,
    yaw_deg=15,
)

if __name__ == "__main__":
    write_clip(ASSETS / "sample.mp4", SIX)
    write_clip(ASSETS / "teach-sample.mp4", TAUGHT)
