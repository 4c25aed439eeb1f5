"""MoveNet in int8 beside float: size, speed, joints of simulated people, actions named."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.compression_table import Row
from benchmarks.real_clips import expected, seconds_of_actions
from harec.actions.labels import ACTIONS
from harec.actions.recognizer import ActionRecognizer
from harec.analysis.analyze import analyze
from harec.analysis.results import AnalysisSettings
from harec.core.poses import FloatArray
from harec.pose.base import Mode
from harec.pose.movenet import MoveNetEstimator
from harec.pose.movenet_onnx import (
    INT8_DIR,
    MODELS_DIR,
    load_session,
)
from harec.simulate.clip import SimulatedFrame, simulate_frames
from harec.simulate.spec import ClipSpec
from harec.tracking.tracker import PersonTracker
from harec.video import VideoReader

NETWORKS: Final[dict[str, Mode]] = {
    "thunder": "balanced",
    "lightning": "lightweight",
    "multipose": "balanced",
}
#: Shape of the image that is timed; MultiPose takes others as well.
SHAPES: Final = {
    "thunder": (1, 256, 256, 3),
    "lightning": (1, 192, 192, 3),
    "multipose": (1, 192, 256, 3),
}
BODY: Final = slice(5, 17)
#: People that nothing was calibrated on (tools/quantize_movenet.py uses seeds 300 to 323).
FIRST_SEED: Final = 9100
SIZES: Final = ((640, 480), (480, 640), (640, 360))
DOING: Final = (*ACTIONS, "WALKING", "SQUAT")
ACTION_SEED: Final = 9500
ACTION_SECONDS: Final = 3.0
EVERY_FRAME: Final = 5

Echo = Callable[[str], None]


@contextmanager
def models_folder(folder: Path, *networks: str) -> Iterator[Path]:
    """A folder with these networks from ``folder`` and the others as they ship in float."""
    with tempfile.TemporaryDirectory() as temporary:
        for network in NETWORKS:
            name = f"movenet-{network}.onnx"
            source = (folder if network in networks else MODELS_DIR) / name
            (Path(temporary) / name).symlink_to(source.resolve())
        yield Path(temporary)


@dataclass(frozen=True)
class PosePlan:
    """How much is looked at.

    Attributes:
        folder: of the int8 files.
        clips: simulated clips of 12 frames for the joints, half as many for the actions.
        real: folder of real clips, or None.
        rounds: timed calls of each network.
    """

    folder: Path = INT8_DIR
    clips: int = 24
    real: Path | None = None
    rounds: int = 40


def pose_rows(plan: PosePlan, echo: Echo) -> list[Row]:
    """Float and int8 of each network, and both as a whole with the LSTM behind them."""
    if plan.real is None:
        echo("skipped: distances on real clips and the actions named there need --clips FOLDER")
    filmed = [list(simulate_frames(spec)) for spec in specs(plan.clips)]
    rows = []
    for network, mode in NETWORKS.items():
        echo(f"{network}: joints of {sum(map(len, filmed))} simulated frames, mode {mode}")
        with models_folder(plan.folder, network) as folder:
            rows += _network_rows(plan, network, mode, folder, filmed)
    echo("actions: all three networks in int8 beside float, with the LSTM behind them")
    rows += _action_rows(plan)
    return rows


def specs(count: int) -> list[ClipSpec]:
    """Clips of one person each: half typical from the front, half diverse from any side."""
    return [
        ClipSpec(
            scripts=(((DOING[i % len(DOING)], 1.5),),),
            size_wh=SIZES[i % len(SIZES)],
            fps=8,
            seed=FIRST_SEED + i,
            style="rich" if i % 2 else "plain",
        )
        for i in range(count)
    ]


def _network_rows(
    plan: PosePlan, network: str, mode: Mode, folder: Path, filmed: list[list[SimulatedFrame]]
) -> list[Row]:
    name = f"movenet-{network}.onnx"
    rows, lost_from = [], 0.0
    seconds = {threads: speed(network, plan.folder, threads, plan.rounds) for threads in (1, 2)}
    apart = {} if plan.real is None else real_distance(plan.real, mode, folder)
    for variant, models in (("float", MODELS_DIR), ("int8", folder)):
        errors = joint_errors(filmed, MoveNetEstimator(mode, models_dir=models))
        pck = float((errors <= 0.2).mean())
        lost_from = lost_from or pck
        more: dict[str, Any] = {
            "pck_0.1": float((errors <= 0.1).mean()),
            "median_torsos": float(np.median(errors)),
            "frames": sum(map(len, filmed)),
        }
        for threads, both in seconds.items():
            more[f"ms_{threads}_threads"] = 1000 * both[variant]
            more[f"speed_{threads}_threads"] = both["float"] / both[variant]
        if variant == "int8":
            more |= apart
        size = (models / name).stat().st_size
        gain = more["speed_1_threads"]
        row = Row(network, variant, size, gain, "PCK@0.2", pck, 100 * (lost_from - pck), more)
        rows.append(row)
    return rows


def speed(network: str, folder: Path, threads: int, rounds: int) -> dict[str, float]:
    """Seconds of one call of float and int8, the least of calls in turns."""
    name = f"movenet-{network}.onnx"
    paths = {"float": MODELS_DIR / name, "int8": folder / name}
    sessions = {variant: load_session(path, threads) for variant, path in paths.items()}
    image = np.random.default_rng(0).integers(0, 256, SHAPES[network]).astype(np.int32)
    best = dict.fromkeys(sessions, np.inf)
    for _ in range(rounds):
        for variant, session in sessions.items():
            start_s = time.perf_counter()
            session.run(None, {"input": image})
            best[variant] = min(best[variant], time.perf_counter() - start_s)
    return best


def joint_errors(filmed: Sequence[Sequence[SimulatedFrame]], estimator: Any) -> FloatArray:
    """Distance of the body joints from the truth in torso lengths, (N, 12); inf = nobody found."""
    errors = []
    for frames in filmed:
        estimator.reset()
        for frame in frames:
            poses, truth = estimator.estimate(frame.rgb), frame.keypoints_xyc[0]
            if not len(poses):
                errors.append(np.full(12, np.inf, np.float32))
                continue
            off = np.linalg.norm(poses.keypoints_xyc[:, BODY, :2] - truth[BODY, :2], axis=2)
            errors.append(off[off.mean(axis=1).argmin()] / torso(truth))
    return np.stack(errors)


def torso(keypoints_xyc: FloatArray) -> float:
    """Middle of the shoulders to middle of the hips, pixels."""
    points = keypoints_xyc[:, :2]
    return float(np.linalg.norm(points[5:7].mean(axis=0) - points[11:13].mean(axis=0)))


def real_distance(folder: Path, mode: Mode, int8_dir: Path) -> dict[str, Any]:
    """How far the int8 joints lie from the float ones' on real clips (there is no truth there)."""
    distances, people, alone = [], 0, 0
    for path in sorted(folder.glob("*.mp4")):
        one, other = MoveNetEstimator(mode), MoveNetEstimator(mode, models_dir=int8_dir)
        for rgb in real_frames(path):
            float_poses, int8_poses = one.estimate(rgb), other.estimate(rgb)
            people += len(float_poses)
            for keypoints in float_poses.keypoints_xyc:
                if not len(int8_poses):
                    alone += 1
                    continue
                found = int8_poses.keypoints_xyc
                off = np.linalg.norm(found[:, BODY, :2] - keypoints[BODY, :2], axis=2)
                off = off[off.mean(axis=1).argmin()]
                seen = keypoints[BODY, 2] > 0.3
                distances.append((off / max(torso(keypoints), 8.0))[seen])
    apart = np.concatenate(distances)
    return {
        "real_people": people,
        "real_not_found": alone,
        "real_median_torsos": float(np.median(apart)),
        "real_95_torsos": float(np.quantile(apart, 0.95)),
    }


def real_frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Every fifth frame of a video."""
    with VideoReader(path) as reader:
        for frame in reader.frames(wanted=lambda index: index % EVERY_FRAME == 0):
            if frame.rgb is not None:
                yield frame.rgb


def _action_rows(plan: PosePlan) -> list[Row]:
    """Both sets of networks as a whole, judged by the actions that the LSTM then names."""
    folders = {"float": MODELS_DIR, "int8": plan.folder}
    estimators = {
        variant: MoveNetEstimator("balanced", max_people=1, models_dir=folder)
        for variant, folder in folders.items()
    }
    right: dict[str, list[bool]] = {variant: [] for variant in folders}
    seconds = dict.fromkeys(folders, 0.0)
    for number in range(max(1, plan.clips // 12)):
        for action in ACTIONS:
            frames = list(simulate_frames(action_spec(action, number)))
            for variant, estimator in estimators.items():  # in turns
                start_s = time.perf_counter()
                right[variant].append(named(frames, estimator) == action)
                seconds[variant] += time.perf_counter() - start_s
    accuracy = {variant: float(np.mean(hits)) for variant, hits in right.items()}
    rows = []
    for variant, folder in folders.items():
        more: dict[str, Any] = {"clips": len(right[variant])}
        if plan.real is not None:
            more["real_actions"] = real_actions(plan.real, folder)
            more["real_right"] = sum(a["right"] for a in more["real_actions"].values())
        row = Row(
            "MoveNet + LSTM",
            variant,
            sum((folder / f"movenet-{network}.onnx").stat().st_size for network in NETWORKS),
            seconds["float"] / seconds[variant],
            "six actions, simulated",
            accuracy[variant],
            100 * (accuracy["float"] - accuracy[variant]),
            more,
        )
        rows.append(row)
    return rows


def action_spec(action: str, number: int) -> ClipSpec:
    """A clip of one action: plain, then diverse."""
    script = ((action, ACTION_SECONDS),)
    seed = ACTION_SEED + 10 * number + ACTIONS.index(action)
    return ClipSpec((script,), fps=15, seed=seed, style="rich" if number % 2 else "plain")


def named(frames: Sequence[SimulatedFrame], estimator: MoveNetEstimator) -> str | None:
    """Which of the six the LSTM finds likeliest over all windows of a clip."""
    estimator.reset()
    tracker, recognizer = PersonTracker(), ActionRecognizer()
    windows = []
    for frame in frames:
        people = tracker.update(frame.time_s, estimator.estimate(frame.rgb))
        windows += recognizer.collect(frame.time_s, people)
    windows += recognizer.builder.finish()
    answers = recognizer.predict(windows)
    if not answers:
        return None
    best = int(np.sum([a.probabilities for a in answers], axis=0).argmax())
    return ACTIONS[best] if best < len(ACTIONS) else None


def real_actions(folder: Path, models: Path) -> dict[str, dict[str, Any]]:
    """For each real clip the longest action, and whether it is what the file's name says."""
    found = {}
    for path in sorted(folder.glob("*.mp4")):
        estimator = MoveNetEstimator("balanced", models_dir=models)
        analysis = analyze(path, AnalysisSettings(), estimator=estimator)
        seconds = seconds_of_actions(analysis)
        length_s = analysis.video.duration_s or 1.0
        longest = next(iter(seconds), None)
        wanted = expected(path.stem)
        right = longest in wanted if wanted else all(s <= 0.15 * length_s for s in seconds.values())
        found[path.name] = {
            "longest": longest,
            "shares": {action: round(s / length_s, 2) for action, s in seconds.items()},
            "right": right,
        }
    return found


def summary(rows: Sequence[Row]) -> str:
    """Further figures, one line a row."""
    lines = []
    for row in rows:
        more, text = row.more, f"  {row.network} {row.variant}:"
        if "pck_0.1" in more:
            text += f" PCK@0.1 {more['pck_0.1']:.3f}, median {more['median_torsos']:.4f} torsos,"
            text += f" {more['ms_1_threads']:.1f} / {more['ms_2_threads']:.1f} ms"
            text += f" with 1 / 2 threads (x{more['speed_2_threads']:.2f} with 2)"
        if "real_median_torsos" in more:
            text += f"; real clips: {more['real_median_torsos']:.4f} torsos from float (median), "
            text += f"{more['real_95_torsos']:.4f} (95 %), {more['real_not_found']} of "
            text += f"{more['real_people']} people not found"
        if "real_actions" in more:
            text += f" {more['real_right']} of {len(more['real_actions'])} real clips right"
        lines.append(text)
    return "\n".join(lines)
