"""Clips with their truth: simulated people who act at three tempos, and real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from benchmarks.real_clips.truth import ClipTruth, Interval, truth_of
from harec.actions.labels import ACTIONS
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec
from harec.video import VideoWriter

SIZE_WH: Final = (480, 360)
RATE_HZ: Final = 30
#: Tempo, and how people move; every action is filmed in each.
FILMED: Final = ((0.75, "plain"), (1.0, "plain"), (1.35, "plain"), (1.0, "rich"))
OTHERS: Final = ("WALKING", "STANDING", "SQUAT", "HIGH_KNEES")
#: Seconds of standing before and after, and of the action.
_REST_S, _ACTION_S = 1.5, 4.5


@dataclass(frozen=True)
class RatesClip:
    """A clip.

    Attributes:
        path: the file.
        simulated: whether its people are drawn.
        truth: what is in it; without intervals only what every frame gives can be compared.
    """

    path: Path
    simulated: bool
    truth: ClipTruth


def simulated_clips(folder: Path, seed: int = 0) -> Iterator[RatesClip]:
    """Every action in every tempo, and people who do none of them; filmed where they are not
    there yet.

    Args:
        seed: whom to film; the sampling's thresholds were chosen on those of 0.
    """
    folder = folder / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for take, (tempo, style) in enumerate(FILMED):
        for number, action in enumerate(ACTIONS):
            yield _film(folder, action, tempo, style, 1000 * seed + 100 * take + number)
    for number, label in enumerate(OTHERS):
        yield _film(folder, label, 1.0, "plain", 1000 * seed + 900 + number)


def real_clips(folder: Path) -> Iterator[RatesClip]:
    """The clips of a folder, see `benchmarks.real_clips`."""
    for truth in truth_of(folder):
        yield RatesClip(folder / truth.file, False, truth)


def _film(folder: Path, label: str, tempo: float, style: str, seed: int) -> RatesClip:
    """A person who does something; their frames are shown faster or slower than they were made."""
    path = folder / f"{label}-{tempo:g}-{style}.mp4"
    done = (("STANDING", _REST_S), (label, _ACTION_S), ("STANDING", _REST_S))
    if not path.exists():
        spec = ClipSpec(
            (tuple((each, seconds * tempo) for each, seconds in done),),
            size_wh=SIZE_WH,
            fps=RATE_HZ / tempo,
            seed=seed,
            style=style,
        )
        with VideoWriter(path, SIZE_WH, frame_rate_hint=Fraction(RATE_HZ)) as writer:
            for index, frame in enumerate(simulate_frames(spec)):
                writer.write(frame.rgb, index / RATE_HZ)
    acted = (Interval(label, _REST_S, _REST_S + _ACTION_S),) if label in ACTIONS else ()
    return RatesClip(path, True, ClipTruth(path.name, tuple(i.action for i in acted), 1, acted))
