"""Makes the clip behind "Try the sample": ``python tools/make_sample.py``, about a minute.

Two simulated people do the six actions, with standing between them. The README's picture of the
page shows it, too.
"""

from __future__ import annotations

from pathlib import Path

from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script

OUT = Path(__file__).parents[1] / "assets" / "sample.mp4"
SPEC = ClipSpec(
    scripts=(
        parse_script("STANDING:1,WAVING_1HAND:3,STANDING:1,JUMPING_JACKS:4,STANDING:1,BOXING:4"),
        parse_script("STANDING:2,CLAPPING_HANDS:3,STANDING:1,JUMPING:3,STANDING:1,WAVING_2HANDS:4"),
    ),
    size_wh=(640, 480),
    fps=20,  # fewer frames, less to wait for
    seed=5,
    yaw_deg=8,
)

if __name__ == "__main__":
    write_clip(OUT, SPEC)
