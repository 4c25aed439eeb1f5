"""Which cuts are found, and what else is taken for one; PySceneDetect's detectors beside.

    python -m benchmarks.cuts [--cuts N] [--minutes M] [--videos FOLDER]... [--json FILE]

Films are made of simulated rooms and people, see `benchmarks.cut_films`. A cut counts as found when
it is told within half a second, or with one of the next two frames. PySceneDetect takes part where
it is installed (``pip install scenedetect-headless``); its detectors get the same thumbnails and
no least length of a scene. ``--videos`` names folders of clips whose cuts are told, to be judged by
eye: time, and the share of the picture that moved there.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from benchmarks.cut_films import Film, films_with_cuts, films_without_cuts
from benchmarks.hardware import Hardware, load_average, versions
from harec.core.errors import VideoError
from harec.core.images import thumbnail
from harec.core.poses import Poses
from harec.video import VideoReader
from harec.video.camera_follower import CameraFollower

LATE_S, LATE_FRAMES = 0.5, 2


class Detector(Protocol):
    def update(self, time_s: float, small_rgb: Any) -> bool: ...


class Harec:
    """The cuts of `harec.video.camera_follower.CameraFollower`, which is told of no people."""

    def __init__(self) -> None:
        self._follower = CameraFollower()

    def update(self, time_s: float, small_rgb: Any) -> bool:
        shot = self._follower.view.shot
        return self._follower.update(time_s, small_rgb, Poses.empty()).shot != shot


class SceneDetect:
    """A detector of PySceneDetect: BGR frames in, cuts out, some frames later."""

    def __init__(self, name: str) -> None:
        scenedetect = importlib.import_module("scenedetect")
        self._detector = getattr(scenedetect, name)(min_scene_len=0)
        self._timecode = scenedetect.FrameTimecode
        self._index = 0

    def update(self, time_s: float, small_rgb: Any) -> bool:
        timecode = self._timecode(self._index, fps=30.0)
        self._index += 1
        return bool(
            self._detector.process_frame(timecode, np.ascontiguousarray(small_rgb[..., ::-1]))
        )


@dataclass
class Score:
    """Of a detector over films of one kind."""

    seconds: float = 0.0
    frames: int = 0
    cuts: int = 0
    found: int = 0
    late: int = 0
    false: int = 0
    cpu_ms: float = 0.0
    slowest_ms: float = 0.0

    def __iadd__(self, other: Score) -> Score:
        for name, value in asdict(other).items():
            old = getattr(self, name)
            setattr(self, name, max(old, value) if name == "slowest_ms" else old + value)
        return self


def score(film: Film, detector: Detector) -> Score:
    """How a detector does on one film."""
    told, took_ms = [], []
    for index, (time_s, rgb) in enumerate(zip(film.times_s, film.frames, strict=True)):
        start = time.thread_time()
        cut = detector.update(time_s, rgb)
        took_ms.append(1e3 * (time.thread_time() - start))
        if cut:
            told.append(index)
    total = Score(
        film.duration_s,
        len(film.frames),
        len(film.cuts),
        cpu_ms=sum(took_ms),
        slowest_ms=max(took_ms),
    )
    for cut_at in film.cuts:
        near = [
            index
            for index in told
            if index >= cut_at
            and (
                index - cut_at <= LATE_FRAMES
                or film.times_s[index] - film.times_s[cut_at] <= LATE_S
            )
        ]
        if near:
            total.found += 1
            total.late += near[0] > cut_at
            told.remove(near[0])
    total.false = len(told)
    return total


def measure(
    films: Iterable[Film], makers: dict[str, Callable[[], Detector]]
) -> dict[str, dict[str, Score]]:
    """Scores by detector and kind of film; each film is made once."""
    scores: dict[str, dict[str, Score]] = {name: defaultdict(Score) for name in makers}
    for film in films:
        for name, make in makers.items():
            scores[name][film.kind] += score(film, make())
    return scores


def clip_cuts(path: Path) -> list[float]:
    """Times of the cuts in a clip, seconds."""
    detector, cuts = Harec(), []
    with VideoReader(path) as reader:
        for frame in reader:
            if frame.rgb is not None and detector.update(frame.time_s, thumbnail(frame.rgb)):
                cuts.append(round(frame.time_s, 2))
    return cuts


def _makers() -> dict[str, Callable[[], Detector]]:
    makers: dict[str, Callable[[], Detector]] = {"harec": Harec}
    if importlib.util.find_spec("scenedetect") is None:
        return makers
    for name in ("ContentDetector", "AdaptiveDetector", "HistogramDetector", "HashDetector"):
        makers[name] = lambda name=name: SceneDetect(name)  # type: ignore[misc]
    return makers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--videos", type=Path, action="append", default=[])
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    before, makers = load_average(), _makers()
    hardware = Hardware.here()
    print(hardware.line)
    scores = measure(films_with_cuts(chosen.cuts, chosen.seed), makers)
    _print(scores, "found", "cuts")
    still = measure(films_without_cuts(chosen.minutes, chosen.seed), makers)
    _print(still, "false", "seconds")
    result = {
        "hardware": hardware.as_dict(),
        "versions": versions(),
        "load_average": [before, load_average()],
        "cuts": {n: {k: asdict(s) for k, s in by.items()} for n, by in scores.items()},
        "no_cuts": {n: {k: asdict(s) for k, s in by.items()} for n, by in still.items()},
    }
    for name in makers:
        cut, none = _sum(scores[name].values()), _sum(still[name].values())
        away = _sum(by for kind, by in scores[name].items() if "same room" not in kind)
        frames = cut.frames + none.frames
        print(
            f"{name:<18} recall {away.found / max(away.cuts, 1):.3f} of cuts to another room, "
            f"{cut.found / max(cut.cuts, 1):.3f} of all ({cut.late} late), false "
            f"{cut.false} beside cuts, {none.false} in {none.seconds / 60:.1f} minutes; "
            f"{(cut.cpu_ms + none.cpu_ms) / max(frames, 1):.3f} ms a frame, slowest "
            f"{max(cut.slowest_ms, none.slowest_ms):.1f}"
        )
    for folder in chosen.videos:
        for path in sorted(folder.iterdir()):
            try:
                print(f"{path.name:<34} cuts at {clip_cuts(path) or 'none'}")
            except VideoError:
                continue
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=1) + "\n")


def _sum(scores: Iterable[Score]) -> Score:
    total = Score()
    for each in scores:
        total += each
    return total


def _print(scores: dict[str, dict[str, Score]], what: str, of: str) -> None:
    names = list(scores)
    print(f"\n{what:<26}{'':>9}" + "".join(f"{name:>19}" for name in names))
    for kind in scores[names[0]]:
        whole = getattr(scores[names[0]][kind], of)
        values = "".join(f"{getattr(scores[name][kind], what):>19}" for name in names)
        print(f"{kind:<26}{'of ' + format(whole, '.0f'):>9}{values}")
    print()


if __name__ == "__main__":
    main()
