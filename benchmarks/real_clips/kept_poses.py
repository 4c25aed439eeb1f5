"""Poses of clips in files: the slow part of an analysis, done once.

A file's name holds the clip's bytes and the settings that the pose pass sees, so another clip or
setting makes new ones. The code and networks of the pass are told beside: see `ClipPoses.current`.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

import harec
from benchmarks.real_clips.jitter import JITTERS, Jitter, JitteredEngine
from harec.actions.model import ActionModel
from harec.analysis.analyze import analyze
from harec.analysis.engines import estimator_of
from harec.analysis.labeler import Labeler
from harec.analysis.results import AnalysisSettings, PersonResult
from harec.analysis.sampling import EvenSampler
from harec.core.camera_view import CameraView
from harec.core.files import atomic_write
from harec.core.keypoint_buffer import PoseBuffer
from harec.core.poses import Poses
from harec.core.resources import MODELS_DIR

#: What decides on poses and camera, beside the clip and the settings.
_CODE: Final = (
    "pose",
    "video",
    "analysis/sampling.py",
    "analysis/stream_poses.py",
    "analysis/pose_pass.py",
)


@dataclass(frozen=True, eq=False)
class ClipPoses:
    """What the pose pass found in a clip.

    Attributes:
        duration_s: of the clip, as it was read.
        times_s: of the frames that the pose engine saw.
        poses: of these frames, before any threshold, with camera and the engine's own following.
        engine: digest of the code and the networks that made them.
    """

    duration_s: float
    times_s: list[float]
    poses: PoseBuffer
    engine: str

    @property
    def current(self) -> bool:
        """Whether this version of harec made them."""
        return self.engine == _engine_digest()

    def cuts_s(self) -> list[float]:
        """When each shot but the first begins."""
        shots = [poses.camera.shot for poses in self.poses]
        pairs = zip(self.times_s[1:], itertools.pairwise(shots), strict=False)
        return [time_s for time_s, (before, now) in pairs if before != now]

    def people(self, settings: AnalysisSettings, model: ActionModel) -> tuple[PersonResult, ...]:
        """Who does which action when: the same as `harec.analyze` would say of the clip."""
        labeler = Labeler(settings, model)
        for time_s, poses in zip(self.times_s, self.poses, strict=True):
            labeler.push(time_s, poses)
        labeler.finish()
        return labeler.people(self.duration_s)


def poses_of(
    clip: Path,
    settings: AnalysisSettings,
    folder: Path | None,
    rate_hz: float | None = None,
    jitter: Jitter = JITTERS[0],
) -> ClipPoses:
    """The poses of a clip, from ``folder`` if they are there, else made, and kept there.

    Args:
        folder: None = nothing is kept.
        rate_hz: frames a second that the engine sees, whatever the settings say.
        jitter: the view of the clip that it sees.

    Raises:
        VideoError: the file is not a video that can be read.
    """
    if folder is None:
        return _make(clip, settings, rate_hz, jitter)
    at = "" if rate_hz is None else f"-{rate_hz:g}"
    if jitter != JITTERS[0]:
        at += f"-seen-{jitter.gain:g}-{jitter.x}-{jitter.y}"
    file = folder / f"{clip.stem}-{_key(clip, settings)}{at}.npz"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(file) as temporary:
            _save(_make(clip, settings, rate_hz, jitter), temporary)
    return _load(file)


def _make(
    clip: Path, settings: AnalysisSettings, rate_hz: float | None, jitter: Jitter
) -> ClipPoses:
    sampler = None if rate_hz is None else EvenSampler(rate_hz)
    engine = None if jitter == JITTERS[0] else JitteredEngine(estimator_of(settings), jitter)
    analysis = analyze(clip, settings, sampler=sampler, estimator=engine)
    buffer = PoseBuffer()
    for poses in analysis.poses:
        buffer.append(poses)
    return ClipPoses(
        analysis.video.duration_s or 0.0, list(analysis.pose_times_s), buffer, _engine_digest()
    )


def _key(clip: Path, settings: AnalysisSettings) -> str:
    thresholds = settings.thresholds
    seen = (
        *(settings.estimator, settings.mode, settings.precision, settings.skip),
        *(thresholds.detection_threshold, settings.max_people),
        *(settings.turn_deg, settings.mirrored),
    )
    text = f"{hashlib.sha256(clip.read_bytes()).hexdigest()} {seen}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _engine_digest() -> str:
    """Of the code and the networks that make poses."""
    package, files = Path(harec.__file__).parent, list[Path]()
    for part in _CODE:
        place = package / part
        files += [place] if place.is_file() else sorted(place.rglob("*.py"))
    files += sorted(MODELS_DIR.rglob("movenet*.onnx"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _save(clip: ClipPoses, path: Path) -> None:
    frames, nobody = list(clip.poses), Poses.empty()
    keypoints = [nobody.keypoints_xyc, *(p.keypoints_xyc for p in frames)]
    numbers = [np.full(len(p), -1) if p.followed is None else p.followed for p in frames]
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            duration_s=np.array(clip.duration_s),
            engine=np.array(clip.engine),
            times_s=np.array(clip.times_s),
            counts=np.array([len(p) for p in frames], np.int64),
            keypoints_xyc=np.concatenate(keypoints),
            scores=np.concatenate([nobody.scores, *(p.scores for p in frames)]),
            followed=np.concatenate([np.zeros(0, np.int64), *numbers]),
            numbered=np.array([p.followed is not None for p in frames], bool),
            shots=np.array([p.camera.shot for p in frames], np.int64),
            to_shot=np.array([p.camera.to_shot for p in frames]).reshape(-1, 2, 3),
            known=np.array([p.camera.known for p in frames], bool),
        )


def _load(path: Path) -> ClipPoses:
    with np.load(path, allow_pickle=False) as archive:
        kept = {name: archive[name] for name in archive.files}
    buffer = PoseBuffer()
    ends = np.cumsum(kept["counts"])
    for i, (count, end) in enumerate(zip(kept["counts"], ends, strict=True)):
        people = slice(int(end - count), int(end))
        camera = CameraView(int(kept["shots"][i]), kept["to_shot"][i], bool(kept["known"][i]))
        followed = kept["followed"][people] if kept["numbered"][i] else None
        keypoints, scores = kept["keypoints_xyc"][people], kept["scores"][people]
        buffer.append(Poses(keypoints, scores, camera, followed))
    return ClipPoses(
        float(kept["duration_s"]), kept["times_s"].tolist(), buffer, str(kept["engine"])
    )
