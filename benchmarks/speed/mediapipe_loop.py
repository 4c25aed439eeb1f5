"""MediaPipe's own loop, for `harec bench`: run by the Python of an environment that has MediaPipe.

Imports nothing but mediapipe, cv2 and numpy, and downloads nothing. Frame by frame: OpenCV reads,
the pose landmarker infers (in its video mode, which follows people), keypoints are drawn, OpenCV's
mp4v writes; a frame that is skipped is written with the keypoints of the inference before. Takes
the request and speaks the lines of `benchmarks.speed.cases`.

Two interfaces of MediaPipe are known: the Tasks API with a .task file that the user names, and
`mediapipe.solutions.pose` (until 0.10.x), whose package holds the full model and which finds one
person only.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMPLEXITY = {"lightweight": 0, "balanced": 1, "performance": 2}
NAMES = ("lite", "full", "heavy")
# Of the 33 landmarks: shoulders to wrists, trunk, hips to feet.
EDGES = [(11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24)]
EDGES += [(23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32)]


class Problem(Exception):
    """Why MediaPipe can't be timed, in a plain sentence."""


def landmarker(request: dict[str, Any]) -> Any:
    """A function from an RGB image and its time in ms to a list of people's (x, y) in 0..1."""
    mediapipe: Any = importlib.import_module("mediapipe")
    if request["model"]:
        return _tasks(mediapipe, request)
    try:
        pose = mediapipe.solutions.pose
    except AttributeError:
        raise Problem(
            f"MediaPipe {mediapipe.__version__} brings no pose model; name a pose landmarker's "
            ".task file with --mediapipe-model, or install mediapipe 0.10.21 there."
        ) from None
    complexity = COMPLEXITY[request["mode"]]
    name = f"pose_landmark_{NAMES[complexity]}.tflite"
    # It would be downloaded.
    if not (Path(mediapipe.__file__).parent / "modules" / "pose_landmark" / name).is_file():
        raise Problem(f"{name} is not in MediaPipe's package.")
    network = pose.Pose(model_complexity=complexity)

    def infer(rgb: Any, time_ms: int) -> list[list[tuple[float, float]]]:
        found = network.process(rgb).pose_landmarks
        return [] if found is None else [[(p.x, p.y) for p in found.landmark]]

    return infer


def _tasks(mediapipe: Any, request: dict[str, Any]) -> Any:
    tasks: Any = importlib.import_module("mediapipe.tasks.python")
    vision = tasks.vision
    options = vision.PoseLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=request["model"]),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=request["people"],
    )
    try:
        network = vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise Problem(f"{request['model']} is not a pose landmarker: {error}") from error
    start_ms = [0]  # times must grow from clip to clip, too

    def infer(rgb: Any, time_ms: int) -> list[list[tuple[float, float]]]:
        start_ms[0] = max(start_ms[0] + 1, time_ms)
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)
        found = network.detect_for_video(image, start_ms[0]).pose_landmarks
        return [[(p.x, p.y) for p in person] for person in found]

    return infer


def loop(clip: str, out: str, infer: Any, skip: int) -> dict[str, Any]:
    """A pass over a clip; a `benchmarks.speed.cases.Measured` as a dict."""
    import cv2

    stages: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(name: str) -> Any:
        before_s = time.perf_counter()
        yield
        stages[name] += time.perf_counter() - before_s

    start_s, cpu_s = time.perf_counter(), time.process_time()
    source = cv2.VideoCapture(clip)
    rate = source.get(cv2.CAP_PROP_FPS) or 30.0
    width, height = (int(source.get(side)) for side in (3, 4))
    writer = cv2.VideoWriter(out, cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    frames = inferences = met = 0
    people: list[list[tuple[float, float]]] = []
    while True:
        with stage("decode"):
            there, bgr = source.read()
        if not there:
            break
        if frames % (skip + 1) == 0:
            with stage("pose"):
                rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
                people = infer(rgb, round(1000 * frames / rate))
            inferences, met = inferences + 1, met + len(people)
        with stage("draw"):
            for person in people:
                points = [(int(x * width), int(y * height)) for x, y in person]
                for a, b in EDGES:
                    cv2.line(bgr, points[a], points[b], (255, 128, 0), 2)
                for point in points:
                    cv2.circle(bgr, point, 3, (0, 255, 0), cv2.FILLED)
        with stage("encode"):
            writer.write(bgr)
        frames += 1
    writer.release()
    source.release()
    return {
        "seconds": time.perf_counter() - start_s,
        "frames": frames,
        "cpu_s": time.process_time() - cpu_s,
        "stages_s": dict(stages),
        "first_progress_s": None,
        "people": met / max(1, inferences),
        "peak_mb": peak_mb(),
        "held_mb": 0.0,
    }


def peak_mb() -> float:
    """As `benchmarks.speed.stopwatch.peak_memory_mb`, which this environment can't import."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(words: dict[str, Any]) -> None:
        answers.write(json.dumps(words) + "\n")
        answers.flush()

    request = json.loads(sys.argv[1])
    out = str(Path(request["out"]) / "mediapipe.mp4")
    try:
        infer = landmarker(request)
        loop(request["warm_clip"], out, infer, request["skip"])
        say({"ready": True})
        for _ in sys.stdin:
            say(loop(request["clip"], out, infer, request["skip"]))
    except Problem as problem:
        say({"error": str(problem)})
        sys.exit(2)
    except ImportError as error:
        say({"error": f"MediaPipe can't be loaded by {sys.executable} ({error})."})
        sys.exit(2)


if __name__ == "__main__":
    main()
