"""What tests share: simulated clips, and a pose engine that knows the truth."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harec.core import telemetry  # noqa: F401  # off before any test loads onnxruntime
from harec.core.poses import Poses
from harec.core.threads import tune_process
from harec.simulate.clip import simulate_truth, write_clip
from harec.simulate.spec import ClipSpec, parse_script
from harec.simulate.truth import Truth
from harec.video import VideoWriter

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
if IS_WORKER:
    # Workers share the processors; so do the programs that they start. Read when PyTorch is loaded.
    for variable in ("HAREC_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
tune_process()  # as harec's own programs do
# In the background, under nohup, signals may be ignored; tests send them, also to programs.
for name, handler in (("SIGHUP", signal.SIG_DFL), ("SIGINT", signal.default_int_handler)):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)
MakeClip = Callable[..., tuple[Path, Truth]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """How `make test` shares tests out among its workers: a module at a time, for its fixtures; the
    browser tests, which share a server, as two: those with a camera, and the others."""
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            if "/e2e/" not in module:
                return module
            return "browser with a camera" if "/test_live" in module else "browser"

    return ByModule(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that take long come first where workers share them out: none waits for the last."""
    if IS_WORKER:
        slow = {item.path for item in items if "slow" in item.keywords}
        items.sort(key=lambda item: item.path not in slow)


class TruthEstimator:
    """Answers the true keypoints of a simulated clip, frame by frame, without looking."""

    name = "truth"

    def __init__(self, truth: Truth, every: int = 1) -> None:
        self.truth, self.every, self.calls = truth, every, 0

    def reset(self) -> None:
        self.calls = 0

    def estimate(self, rgb: np.ndarray) -> Poses:
        self.calls += 1
        return self._at((self.calls - 1) * self.every, rgb)

    def estimate_at(self, time_s: float, rgb: np.ndarray) -> Poses:
        self.calls += 1
        times_s = np.array(self.truth.people[0].times_s)
        return self._at(int(np.abs(times_s - time_s).argmin()), rgb)

    def _at(self, index: int, rgb: np.ndarray) -> Poses:
        people = {p.id: p.keypoints_xyc[index] for p in self.truth.people}
        seen = {i: k for i, k in people.items() if k[:, 2].sum() >= 6}
        if not seen:
            return Poses.empty()
        height, width = rgb.shape[:2]
        scale = np.array([width / self.truth.size_wh[0], height / self.truth.size_wh[1], 1])
        keypoints = np.stack([*seen.values()]) * scale
        return Poses(keypoints, np.full(len(seen), 0.9), followed=np.array([*seen]))


@pytest.fixture(scope="session", autouse=True)
def no_own_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither see nor touch weights that the developer has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAREC_WEIGHTS_DIR", str(tmp_path_factory.mktemp("weights") / "none"))
        patch.setenv("FVCORE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("HAREC_DETECTRON2_WEIGHTS", raising=False)
        yield


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> MakeClip:
    """Films a script once a session: make_clip("JUMPING:4", fps=15) -> (path, truth).

    Several people's scripts are parted by ";". Small by default, so that tests are quick; quicker
    still, and as good where the truth is the pose engine: ``drawn=False``, a film of nothing.
    """
    made: dict[str, tuple[Path, Truth]] = {}

    def make(scripts: str, *, drawn: bool = True, **options: object) -> tuple[Path, Truth]:
        spec = ClipSpec(
            scripts=tuple(parse_script(part) for part in scripts.split(";")),
            **{"size_wh": (320, 240), "fps": 15, **options},  # type: ignore[arg-type]
        )
        key = f"{drawn} {spec}"
        if key not in made:
            path = tmp_path_factory.mktemp("clips") / "clip.mp4"
            made[key] = (path, write_clip(path, spec) if drawn else _write_nothing(path, spec))
        return made[key]

    return make


def _write_nothing(path: Path, spec: ClipSpec) -> Truth:
    """The clip's frames, at their times, without anything in them."""
    truth = simulate_truth(spec)
    grey = np.full((spec.size_wh[1], spec.size_wh[0], 3), 120, np.uint8)
    hint = Fraction(spec.fps).limit_denominator(100_000)
    with VideoWriter(path, spec.size_wh, frame_rate_hint=hint) as writer:
        for time_s in truth.people[0].times_s:
            writer.write(grey, time_s)
    return truth


@pytest.fixture(scope="session")
def truth_estimator() -> type[TruthEstimator]:
    return TruthEstimator
