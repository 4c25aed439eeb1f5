"""What makes Detectron2 faster, and what it costs: the article's way beside ours, step by step.

    python -m benchmarks.detectron2_speed [--weights FILE.safetensors | --overfit FILE.safetensors]
                                          [--frames 2] [--rounds 2] [--sizes 800 480 320]
                                          [--cpu] [--out FILE.json]
                                          [--write models/detectron2.md]

The article's way is Detectron2's DefaultPredictor, frame by frame in full precision. All others are
harec's adapter on the same frames and weights, in turns, so that a busy machine slows all of them.

Weights: those of the store; else ``--weights``, as `benchmarks.detectron2_train` makes them; else
``--overfit``, which knows eight simulated people by heart, at one size only (`benchmarks.overfit`;
the file is made first where there is none: three minutes). With those, frames are collages of these
people at that size, as large as the network's input. With none of them, random weights: accuracy is
"-" then.

On a CPU the table shows processor time, of all cores: others at work stretch the clock, not that.
The least of all rounds counts: whatever else runs can only add.

px: how far keypoints are from those of the article's settings in full precision at the same size of
input, of people that those find surely (0.9): median and 95th percentile. lost: of those people,
how many are not found. PCK@0.2 as in `benchmarks.pose_engines`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from benchmarks import overfit
from benchmarks.detectron2_frames import Frame, collages, whole_frames
from benchmarks.hardware import Hardware, commit, load_average, versions
from benchmarks.keypoint_training import State
from benchmarks.pose_engines import hits
from benchmarks.speed.report import MARK, put_between_marks
from harec.core.errors import HarecError
from harec.core.files import atomic_write, check_place
from harec.core.poses import FloatArray, Poses
from harec.core.threads import cpu_count, torch_threads
from harec.pose.base import DETECTRON2_DETECTION_THRESHOLD
from harec.pose.detectron2 import compat
from harec.pose.detectron2.estimator import (
    Detectron2Estimator,
    Detectron2Settings,
    make_config,
    to_poses,
)
from harec.pose.weights import DETECTRON2, load, locate

ROOT: Final = Path(__file__).parents[1]
OUT: Final = ROOT / "benchmarks" / "results" / "detectron2_speed.json"
ARTICLE: Final = Detectron2Settings.of("performance", 4)
SURE: Final = 0.9  # the article's person filter
SAME_PX: Final = 20.0  # keypoints of one person are not further apart, in the median
Images = list[NDArray[np.uint8]]
Answer = Callable[[Images], list[Poses]]


@dataclass(frozen=True)
class Case:
    """One way to run the network.

    Attributes:
        name: for the table.
        settings: of the adapter.
        half: type of convolutions; None = float32.
        channels_last: the layout of weights and features in memory.
        batch: frames in one forward.
        article: by DefaultPredictor.
    """

    name: str
    settings: Detectron2Settings = ARTICLE
    half: torch.dtype | None = None
    channels_last: bool = False
    batch: int = 1
    article: bool = False


def cases(kind: str) -> list[Case]:
    """What is compared on a ``cuda`` or ``cpu`` device."""
    halves = {"bf16": torch.bfloat16} | ({"fp16": torch.float16} if kind == "cuda" else {})
    name, half = list(halves.items())[-1]
    many = (8,) if kind == "cuda" else (2, 4)
    found = [
        Case("DefaultPredictor, fp32 (the article)", article=True),
        Case("adapter, fp32"),
        Case("adapter + channels last", channels_last=True),
        *(Case(f"adapter + {each}", half=type_) for each, type_ in halves.items()),
        Case(f"adapter + {name} + channels last", half=half, channels_last=True),
        *(Case(f"adapter, {n} proposals", replace(ARTICLE, proposals=n)) for n in (300, 100, 50)),
        Case("adapter, 5 people at most", replace(ARTICLE, detections=5)),
    ]
    if kind == "cuda":
        found += [Case(f"adapter + {name}, batches of {n}", half=half, batch=n) for n in many]
    for mode in ("balanced", "lightweight"):
        small = replace(Detectron2Settings.of(mode, 4), autocast=False, channels_last=False)
        found += [
            Case(f"{mode}, fp32", small),
            Case(f"{mode} + channels last", small, channels_last=True),
            Case(f"{mode} + {name}", small, half=half),
            Case(f"{mode} + {name} + channels last", small, half=half, channels_last=True),
        ]
        if kind == "cuda" or mode == "lightweight":
            found += [Case(f"{mode}, batches of {n}", small, batch=n) for n in many]
        if kind == "cuda":
            found += [Case(f"{mode} + {name}, batches of {n}", small, half, batch=n) for n in many]
    return found


class Runners:
    """Ways to answer frames; a network is built once for the same settings."""

    def __init__(self, state: State, device: str) -> None:
        self._state, self._device = state, device
        self._estimators: dict[Detectron2Settings, Detectron2Estimator] = {}
        self._predictor: Answer | None = None

    def of(self, case: Case) -> Answer:
        """Answers as the case says, until the next one is asked for."""
        if case.article:
            if self._predictor is None:
                config = make(case.settings, DETECTRON2_DETECTION_THRESHOLD, self._device)
                self._predictor = _predictor(config, self._state)
            return self._predictor
        if case.settings not in self._estimators:
            self._estimators[case.settings] = Detectron2Estimator(
                settings=case.settings, state=self._state, device=self._device
            )
        estimator = self._estimators[case.settings]
        estimator.half, estimator.batch_size = case.half, case.batch
        layout = torch.channels_last if case.channels_last else torch.contiguous_format
        estimator._model.to(memory_format=layout)  # type: ignore[call-overload]
        return estimator.estimate_batch


def make(settings: Detectron2Settings, threshold: float, device: str) -> Any:
    """Detectron2's config for these settings."""
    with compat.ready():
        return make_config(settings, threshold, device)


def _predictor(config: Any, state: State) -> Answer:
    with compat.ready():
        from detectron2.engine import DefaultPredictor

        predictor = DefaultPredictor(config)
    tensors = {name: torch.from_numpy(np.asarray(array)) for name, array in state.items()}
    predictor.model.load_state_dict(tensors, strict=False)  # batch counters are not in there

    def answer(frames: Images) -> list[Poses]:
        with torch_threads(cpu_count() if config.MODEL.DEVICE == "cpu" else 1):
            return [to_poses(predictor(rgb[..., ::-1])["instances"]) for rgb in frames]

    return answer


def offsets_px(reference: list[Poses], found: list[Poses]) -> tuple[FloatArray, int]:
    """How far each keypoint is from the reference's, of people that the reference is sure of, and
    how many of these are not found."""
    off: list[FloatArray] = []
    lost = 0
    for wanted, poses in zip(reference, found, strict=True):
        for keypoints in wanted.keypoints_xyc[wanted.scores >= SURE]:
            each = np.linalg.norm(poses.keypoints_xyc[..., :2] - keypoints[:, :2], axis=2)  # N, 17
            best = each[np.median(each, axis=1).argmin()] if len(each) else np.full(17, np.inf)
            if np.median(best) > SAME_PX:
                lost += 1
            else:
                off.append(best)
    return np.concatenate(off) if off else np.zeros(0, np.float32), lost


def accuracy(frames: list[Frame], reference: list[Poses], found: list[Poses]) -> dict[str, Any]:
    """Of one case; see the module."""
    off, lost = offsets_px(reference, found)
    pairs = zip(frames, found, strict=True)
    right = [hits(person, poses) for frame, poses in pairs for person in frame.keypoints_xyc]
    median, most = np.percentile(off, [50, 95]).round(3).tolist() if len(off) else (None, None)
    return {
        "px_median": median,
        "px_95": most,
        "lost": lost,
        "pck": round(float(np.mean(right)), 4),
    }


def timed(answer: Answer, images: Images) -> tuple[float, float, list[Poses]]:
    """Seconds and processor seconds a frame, and the answers."""
    _wait()
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    found = answer(images)
    _wait()
    count = len(images)
    cpu_s = time.process_time() - start_cpu_s
    return (time.perf_counter() - start_s) / count, cpu_s / count, found


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def measure(
    state: State, device: str, chosen: argparse.Namespace, frames_of: Callable[..., list[Frame]]
) -> list[dict[str, Any]]:
    """A row for each case."""
    first, *others = cases(torch.device(device).type)
    compared = [first, *(c for c in others if c.settings.min_size in chosen.sizes)]
    runners = Runners(state, device)
    frames: dict[int, list[Frame]] = {}
    reference: dict[int, list[Poses]] = {}
    for size in sorted({case.settings.min_size for case in compared}):
        batches = [case.batch for case in compared if case.settings.min_size == size]
        frames[size] = frames_of(size, max(chosen.frames, *batches))
        full = replace(ARTICLE, min_size=size, max_size=1333)
        answer = runners.of(Case("", full))
        reference[size] = answer([frame.rgb for frame in frames[size]])
    seconds: dict[str, list[float]] = defaultdict(list)
    cpu_seconds: dict[str, list[float]] = defaultdict(list)
    answers: dict[str, list[Poses]] = {}
    for turn in range(chosen.rounds):
        for case in compared:
            answer = runners.of(case)
            images = [frame.rgb for frame in frames[case.settings.min_size]]
            if turn == 0:
                answer(images[: case.batch])  # the first inference takes longer
            frame_s, cpu_s, answers[case.name] = timed(answer, images)
            seconds[case.name].append(frame_s)
            cpu_seconds[case.name].append(cpu_s)
            spent = f"{1000 * frame_s:.0f} ms, {1000 * cpu_s:.0f} ms of processor time"
            print(f"{turn + 1}: {case.name}: {spent}", flush=True)
    rows = []
    for case in compared:
        size, name = case.settings.min_size, case.name
        row = {
            "name": name,
            "ms": _least_ms(seconds[name]),
            "cpu_ms": _least_ms(cpu_seconds[name]),
            "people": sum(len(frame.keypoints_xyc) for frame in frames[size]),
        }
        row |= accuracy(frames[size], reference[size], answers[name])
        settings = asdict(case.settings) | {"batch": case.batch, "half": str(case.half)}
        row["settings"] = settings | {"channels_last": case.channels_last}
        rows.append(row)
    return rows


def _least_ms(seconds: list[float]) -> float:
    return round(1000 * min(seconds), 2)


def section(result: dict[str, Any]) -> str:
    """Of models/detectron2.md: what was measured on what, and the table."""
    hardware = Hardware(**result["hardware"])
    about = (
        f"{hardware.line}; PyTorch {result['versions'].get('torch', '?')}; commit "
        f"{result['commit']}; {result['weights']} weights; {result['frames']} frames of simulated "
        f"people or more; the least of {result['rounds']} rounds in turns."
    )
    lines = table(result["rows"], result["weights"] != "random", by_clock=hardware.gpu is not None)
    return "\n".join([about, "", *lines])


def table(rows: list[dict[str, Any]], accurate: bool, by_clock: bool) -> list[str]:
    """Lines of markdown; speeds are relative to the first row's.

    Args:
        accurate: the weights know people.
        by_clock: as on a GPU; else processor time, which the work of others does not stretch.
    """
    kind, head = ("ms", "ms") if by_clock else ("cpu_ms", "processor ms")
    lines = [
        f"| | {head} a frame | times as fast | px, median | px, 95 % | lost | people | PCK@0.2 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        values = [row[k] if accurate else None for k in ("px_median", "px_95", "lost", "pck")]
        median, most, lost, pck = ("-" if v is None else f"{v:.3g}" for v in values)
        cells = [row["name"], f"{row[kind]:.0f}", f"{rows[0][kind] / row[kind]:.2f}"]
        cells += [median, most, lost, str(row["people"]), pck]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def weights(chosen: argparse.Namespace) -> tuple[State, str]:
    """Weights by name, and what they are: ``zoo``, ``trained``, ``overfit`` or ``random``."""
    if chosen.weights is not None:
        return load_file(chosen.weights), "trained"
    if chosen.overfit is not None:
        return _overfitted(chosen.overfit), "overfit"
    if locate(DETECTRON2) is not None:
        return load(DETECTRON2), "zoo"
    with compat.ready():
        from detectron2.modeling import build_model

        model = build_model(make_config(ARTICLE, DETECTRON2_DETECTION_THRESHOLD, "cpu"))
    return {name: value.numpy() for name, value in model.state_dict().items()}, "random"


def _overfitted(path: Path) -> State:
    if not path.exists():
        check_place(path)
        import tempfile

        print(f"teaching eight simulated people, into {path}", flush=True)
        with tempfile.TemporaryDirectory() as folder, atomic_write(path) as temporary:
            save_file(overfit.learn(Path(folder)), temporary)
    return load_file(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--weights", type=Path, help="weights that find any simulated person")
    source.add_argument("--overfit", type=Path, help="weights that know eight people; made if need")
    parser.add_argument("--frames", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[800, 480, 320], help="of inputs")
    parser.add_argument("--cpu", action="store_true", help="without the GPU")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--write", type=Path, help=f"put the table between two lines {MARK} of it")
    chosen = parser.parse_args()
    if chosen.cpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    OUT.parent.mkdir(exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    load_before = load_average()
    try:
        check_place(chosen.out)
        state, kind = weights(chosen)
        frames_of = collages if kind == "overfit" else whole_frames
        rows = measure(state, device, chosen, frames_of)
        result = {
            "hardware": Hardware.here().as_dict(),
            "versions": versions(),
            "commit": commit(ROOT),
            "load_before": load_before,
            "weights": kind,
            "frames": chosen.frames,
            "rounds": chosen.rounds,
            "rows": rows,
        }
        with atomic_write(chosen.out) as temporary:
            temporary.write_text(json.dumps(result, indent=1) + "\n")
        if chosen.write is not None:
            text = put_between_marks(chosen.write.read_text("utf-8"), section(result))
            with atomic_write(chosen.write) as temporary:
                temporary.write_text(text, "utf-8")
    except HarecError as error:
        raise SystemExit(str(error)) from None
    print("\n" + section(result))


if __name__ == "__main__":
    main()
