"""Makes the practice behind the Yoga page's sample: ``python tools/make_yoga_sample.py``.

Takes two minutes. A simulated person goes through four asanas; two are done with a fault for
the coach to find.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import av

from harec.core.files import atomic_write
from harec.simulate.yoga_practice import Step, write_practice
from harec.yoga.coaching.references import load_references
from harec.yoga.recognition.asanas import Side

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
    "trikonasana": {"right_knee": 150.0},
}


def angles(asana: str, side: Side | None) -> dict[str, float]:
    """The reference's, but for the faults."""
    return {**load_references().median(asana, side), **FAULTS.get(asana, {})}


def shrink(source: Path, out: Path) -> None:
    """The same frames in a quarter of the bytes: it has all the time that a server has not."""
    with atomic_write(out) as temporary, av.open(str(source)) as read:
        pictures = read.streams.video[0]
        options = {"movflags": "+faststart"}
        with av.open(str(temporary), "w", format="mp4", options=options) as written:
            stream = written.add_stream("libx264", rate=pictures.average_rate)
            stream.width, stream.height = pictures.width, pictures.height
            stream.pix_fmt, stream.options = "yuv420p", {"crf": "24", "preset": "slower"}
            for frame in read.decode(pictures):
                rgb = frame.to_ndarray(format="rgb24")
                written.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
            written.mux(stream.encode(None))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "practice.mp4"
        write_practice(large, SCRIPT, fps=15, seed=1, angles_of=angles)
        shrink(large, OUT)
