"""Makes the practice behind the Yoga page's sample: ``python tools/make_yoga_sample.py``.

Takes two minutes. Somebody simulated goes through four asanas; two are done with a fault for
the coach to find.
"""

from __future__ import annotations

from pathlib import Path

from harec.simulate.practice import Step, write_practice
from harec.yoga.asanas import Side
from harec.yoga.references import load_references

OUT = Path(__file__).parents[1] / "assets" / "yoga-sample.mp4"
SCRIPT: tuple[Step, ...] = (
    ("standing", None, 1.5),
    ("virabhadrasana_ii", "left", 6.0),
    ("trikonasana", "right", 6.0),
    ("vrikshasana", "left", 6.0),
    ("natarajasana", "right", 6.0),
    ("standing", None, 1.0),
)
#: Angles in degrees that are not those of the reference.
FAULTS: dict[str, dict[str, float]] = {
    "virabhadrasana_ii": {"left_knee": 126.0},
    "trikonasana": {"left_shoulder": 120.0},
}


def angles(asana: str, side: Side | None) -> dict[str, float]:
    """The reference's, but for the faults."""
    return {**load_references().median(asana, side), **FAULTS.get(asana, {})}


if __name__ == "__main__":
    write_practice(OUT, SCRIPT, fps=12, seed=1, angles_of=angles)
