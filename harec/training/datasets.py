"""Labelled keypoint clips: from archives, from the article's text files, from simulated motion."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.core.skeleton import (
    NUM_KEYPOINTS,
    OPENPOSE18_NAMES,
    OPENPOSE18_TO_COCO17,
)
from harec.training.negatives import AMBIGUOUS, NegativeKind, is_gesture, is_seated

#: The source of procedural clips.
SIMULATED: Final = "simulated"


@dataclass(frozen=True, eq=False)
class Clip:
    """One person doing one thing.

    Attributes:
        frames: float32 (F, 17, 3): metres, y up, facing +z when ``is_3d``; else pixels and score
            (0 = keypoint missing).
        is_3d: which of the two.
        label: one of ``ACTIONS``, or the name of a negative.
        source: the data set.
        subject: the person, or what stands for one in that source.
        name: the clip's own name.
        frame_rate: of ``frames``.
    """

    frames: FloatArray
    is_3d: bool
    label: str
    source: str
    subject: str
    name: str
    frame_rate: float

    @property
    def target(self) -> int:
        """Index into ``LABELS``."""
        return LABELS.index(self.label if self.label in ACTIONS else OTHER)

    @property
    def is_seated(self) -> bool:
        """Whether the person sits at a webcam; an action may be done there too."""
        return is_seated(self.label, self.source)

    @property
    def is_gesture_like(self) -> bool:
        """Whether this is a negative that moves the hands as gestures do, not at a webcam."""
        return is_gesture(self.label) and not self.is_seated

    @property
    def negative_kind(self) -> NegativeKind:
        """Which of the three kinds of negatives; "everyday" for the six actions too."""
        if self.label in ACTIONS:
            return "everyday"
        if self.is_seated:
            return "seated"
        return "gesture" if self.is_gesture_like else "everyday"

    @property
    def duration_s(self) -> float:
        return (len(self.frames) - 1) / self.frame_rate


def load_archive(path: Path) -> list[Clip]:
    """Clips of a keypoint archive (.npz without pickles).

    ``offsets`` int64 (N+1) cut ``keypoints`` (F, 17, 3: x, y in pixels, score) or ``joints``
    (F, 17, 3: metres) into N clips, each with ``label``, ``source``, ``subject``, ``clip`` and
    ``fps``.

    Raises:
        InputError: the file is missing or not of that layout.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    try:
        with np.load(path, allow_pickle=False) as data:
            is_3d = "joints" in data
            frames = data["joints" if is_3d else "keypoints"].astype(np.float32)
            offsets = data["offsets"]
            columns = [data[key] for key in ("label", "source", "subject", "clip", "fps")]
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path.name} is not a keypoint archive: it needs keypoints or joints, offsets, label, "
            "source, subject, clip and fps, without pickled objects."
        ) from error
    if any(len(column) != len(offsets) - 1 for column in columns):
        raise InputError(f"{path.name}: label, source, subject, clip and fps need a row a clip.")
    if frames.shape[1:] != (NUM_KEYPOINTS, 3) or offsets[-1] != len(frames):
        raise InputError(f"{path.name}: frames must be (F, 17, 3), cut by offsets from 0 to F.")
    return [
        Clip(frames[a:b], is_3d, str(label), str(source), str(subject), str(name), float(fps))
        for a, b, label, source, subject, name, fps in zip(
            offsets[:-1], offsets[1:], *columns, strict=True
        )
        if str(label) not in AMBIGUOUS and b - a >= 2
    ]


def save_archive(path: Path, clips: Sequence[Clip]) -> None:
    """Write clips of one kind (2-D or 3-D) as an archive that :func:`load_archive` reads."""
    if len({clip.is_3d for clip in clips}) != 1:
        raise InputError("An archive holds either 2-D or 3-D clips, and at least one.")
    with path.open("wb") as file:  # NumPy adds a suffix to names that have none
        np.savez_compressed(
            file,
            allow_pickle=False,
            **{
                "joints" if clips[0].is_3d else "keypoints": np.concatenate(
                    [c.frames for c in clips]
                )
            },
            offsets=np.cumsum([0] + [len(c.frames) for c in clips]).astype(np.int64),
            label=np.array([c.label for c in clips]),
            source=np.array([c.source for c in clips]),
            subject=np.array([c.subject for c in clips]),
            clip=np.array([c.name for c in clips]),
            fps=np.array([c.frame_rate for c in clips], np.float32),
        )


#: The article's data was filmed at 22 Hz (its README); labels 1..6 are ACTIONS in order.
RNN_HAR_RATE_HZ = 22.0
_RNN_HAR_STEPS = 32


def load_rnn_har(folder: Path) -> tuple[list[Clip], list[Clip]]:
    """The article's own data set, RNN-HAR-2D-Pose-database.

    ``X_train.txt`` and ``X_test.txt`` hold 36 numbers a row (18 OpenPose keypoints as x, y in
    pixels, 0, 0 = missing), 32 rows a window; ``Y_train.txt`` and ``Y_test.txt`` a label 1..6 a
    window.
    The text files name no person, so a window stands for its own subject; the authors' own split
    into train and test is kept.

    Returns:
        (train, test) clips of 32 frames.

    Raises:
        InputError: a file is missing or malformed; the message says which and how.
    """
    return _rnn_har_part(folder, "train"), _rnn_har_part(folder, "test")


def _rnn_har_part(folder: Path, part: str) -> list[Clip]:
    x = _numbers(folder / f"X_{part}.txt", columns=2 * len(OPENPOSE18_NAMES))
    y = _numbers(folder / f"Y_{part}.txt", columns=1)[:, 0]
    if len(x) != len(y) * _RNN_HAR_STEPS:
        raise InputError(
            f"X_{part}.txt has {len(x)} rows and Y_{part}.txt {len(y)}: there must be "
            f"{_RNN_HAR_STEPS} rows of X for each row of Y."
        )
    if not np.isin(y, np.arange(1, len(ACTIONS) + 1)).all():
        raise InputError(f"Y_{part}.txt: labels must be 1 to {len(ACTIONS)}.")
    windows = openpose18_to_coco17(x.reshape(len(y), _RNN_HAR_STEPS, len(OPENPOSE18_NAMES), 2))
    return [
        Clip(
            window, False, ACTIONS[int(label) - 1], "rnn_har", f"{part}{i}", f"{part}-{i}",
            RNN_HAR_RATE_HZ,
        )
        for i, (window, label) in enumerate(zip(windows, y, strict=True))
    ]  # fmt: skip


def openpose18_to_coco17(points_xy: NDArray[np.floating]) -> FloatArray:
    """OpenPose-18 keypoints (..., 18, 2) as COCO-17 (..., 17, 3); no neck, (0, 0) = score 0."""
    points = np.asarray(points_xy, np.float32)[..., list(OPENPOSE18_TO_COCO17), :]
    seen = (points != 0).any(axis=-1, keepdims=True)
    return np.concatenate([points, seen.astype(np.float32)], axis=-1)


def _numbers(path: Path, columns: int) -> NDArray[np.float64]:
    if not path.is_file():
        raise InputError(f"There is no file {path.name} in {path.parent}.")
    try:
        rows = np.loadtxt(path, delimiter=None if columns == 1 else ",", ndmin=2)
    except ValueError as error:
        raise InputError(f"{path.name} must hold {columns} number(s) a row: {error}") from error
    if rows.shape[1] != columns:
        raise InputError(f"{path.name} must hold {columns} number(s) a row, not {rows.shape[1]}.")
    if not np.isfinite(rows).all():
        raise InputError(f"{path.name} holds numbers that are not finite.")
    return rows


def simulated_clips(per_action: int, per_negative: int | None = None, seed: int = 0) -> list[Clip]:
    """Procedural 3-D clips of 3-6 s: the six actions and every negative that ``simulate`` knows.

    One in six is done plainly, as the demo's people do it; the others in all the ways that people
    have. A third of the jumps are one jump, in clips so short that every window of them holds it.
    ``per_negative`` is a third of ``per_action``, one at least, where it isn't given.
    """
    from harec.simulate.motion.motion import (
        MOTIONS,
        RATE_HZ,
        make_motion,
        make_single_jump,
    )

    if per_negative is None:
        per_negative = max(1, per_action // 3)
    rng = np.random.default_rng(seed)
    clips = []
    for label in MOTIONS:
        for i in range(per_action if label in ACTIONS else per_negative):
            if label == "JUMPING" and i % 3 == 2:
                frames, highest_s = make_single_jump(4.0, rng)
                ends_s = highest_s + rng.uniform(0.75, 1.2, 2) * (-1, 1)
                first, last = np.clip(ends_s * RATE_HZ, 0, len(frames)).astype(int)
                frames = frames[first:last]
            else:
                style = "plain" if i % 6 == 0 else "rich"
                frames = make_motion(label, float(rng.uniform(3, 6)), rng, style=style)
            name = f"{label.lower()}-{i}"
            clips.append(Clip(frames, True, label, SIMULATED, name, name, RATE_HZ))
    return clips


def split_by_subject(clips: Iterable[Clip], folds: int, fold: int) -> tuple[list[Clip], list[Clip]]:
    """(train, test) so that no person is in both; simulated people are all for training.

    The subjects of a source, those who do any of the six actions first, are dealt into ``folds``
    hands in the order of a hash of their name; hand number ``fold`` is for testing. The same names
    give the same hands everywhere, and every person is tested in exactly one of the folds.

    Raises:
        InputError: no such fold.
    """
    if folds < 2 or not 0 <= fold < folds:
        raise InputError(f"fold must be 0 to folds - 1 of at least 2 folds, not {fold} of {folds}.")
    clips = list(clips)
    test: set[tuple[str, str]] = set()
    for source in {clip.source for clip in clips if clip.source != SIMULATED}:
        of_source = [clip for clip in clips if clip.source == source]
        acts = {clip.subject for clip in of_source if clip.label in ACTIONS}
        keys = sorted(
            (name not in acts, sha256(f"{source}/{name}".encode()).hexdigest(), name)
            for name in {clip.subject for clip in of_source}
        )
        test |= {(source, name) for _, _, name in keys[fold::folds]}
    held = [(clip.source, clip.subject) in test for clip in clips]
    return (
        [clip for clip, h in zip(clips, held, strict=True) if not h],
        [clip for clip, h in zip(clips, held, strict=True) if h],
    )
