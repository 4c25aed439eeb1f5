"""Photos of asanas and of other yoga as poses, with their labels put right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.errors import HarecError, InputError
from harec.core.file_types import PHOTO_ENDINGS, ending
from harec.core.poses import FloatArray
from harec.pose.registry import create_estimator
from harec.training.yoga.data import PHOTO, PosePool, unseen_away
from harec.yoga.coaching.viewpoint import sure_keypoints
from harec.yoga.practice.image_file import read_picture
from harec.yoga.practice.still_pose import find_bodies
from harec.yoga.recognition.asanas import ASANAS, OTHERS, PHOTO_ASANAS

#: A photo's ``folder/label/file`` -> the label that it should have.
Corrections = Mapping[str, str]
#: The label of a photo that is left out.
LEFT_OUT: Final = "-"
_OTHER_FOLDERS: Final = tuple(f"OTHER_{name}" for name in OTHERS)
#: Hamming distance of two images' hashes (64 bits) up to which they are the same photo.
_SAME_PHOTO: Final = 6


def load_photos(
    folders: Sequence[Path],
    corrections: Corrections | None = None,
    echo: Callable[[str], None] = lambda _: None,
) -> PosePool:
    """The poses that harec's own engine finds in photos, sorted as ``folder/<asana>/*.jpg``.

    Folders called ``OTHER_<kind>`` hold other yoga, of a kind of `OTHERS`. A photo in which no
    person is found stays, without keypoints: it counts as a miss.

    Args:
        folders: each with a folder of photos for some of `PHOTO_ASANAS`; together they have all.
        corrections: of wrong labels.

    Raises:
        InputError: a folder is missing or is called like no pose, or an asana has no photos.
    """
    known: dict[str, list[Path]] = {name: [] for name in (*PHOTO_ASANAS, *_OTHER_FOLDERS)}
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}.")
        inside = {f.name: f for f in folder.iterdir() if f.is_dir()}
        if unknown := set(inside) - set(ASANAS) - set(_OTHER_FOLDERS):
            raise InputError(f"Folders that are no asana: {', '.join(sorted(unknown))}.")
        for name, found in known.items():
            if name in inside:
                found += (f for f in sorted(inside[name].glob("*")) if ending(f) in PHOTO_ENDINGS)
    for asana in PHOTO_ASANAS:
        if not known[asana]:
            raise InputError(f"There are no photos in {folders[0] / asana}.")
    estimator = create_estimator("movenet", mode="performance", max_people=4)
    rows: list[tuple[FloatArray, int, str, str, str]] = []
    for label, files in known.items():
        seen: list[tuple[int, str]] = []
        for file in files:
            name = f"{file.parent.parent.name}/{label}/{file.name}"
            target = target_of((corrections or {}).get(name, label))
            if target is None:
                continue
            try:
                rgb = read_picture(file)
            except HarecError as problem:
                echo(f"left out: {problem}")
                continue
            poses = find_bodies(rgb, estimator)
            keypoints = poses.keypoints_xyc[0] if len(poses) else np.zeros((17, 3), np.float32)
            keypoints = sure_keypoints(unseen_away(keypoints), (rgb.shape[1], rgb.shape[0]))
            rows.append((keypoints, target, _group(rgb, name, seen), PHOTO, name))
        if files:
            echo(f"{label}: {len(files)} photos")
    return PosePool.of(rows)


def read_corrections(path: Path) -> Corrections:
    """What photos show whose folder says something else.

    Args:
        path: lines of photo (``folder/label/file``), what it shows, and why, with tabs between
            them; a photo that shows ``-`` is left out. Lines that begin with # are remarks.

    Raises:
        InputError: the file is missing, or a line is no such line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The labels in {path} can't be read.") from error
    found = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        photo, *rest = line.split("\t")
        if len(rest) != 2 or (rest[0] != LEFT_OUT and rest[0] not in (*ASANAS, *_OTHER_FOLDERS)):
            raise InputError(f"{path.name}: a photo, what it shows and why, not: {line}")
        found[photo] = rest[0]
    return found


def target_of(label: str) -> int | None:
    """Target of a folder's or a correction's label; None for what nothing can be learnt from.

    That are photos which are left out, and asanas that rules define.
    """
    names = (*PHOTO_ASANAS, *_OTHER_FOLDERS)
    return names.index(label) if label in names else None


def _group(rgb: NDArray[np.uint8], name: str, seen: list[tuple[int, str]]) -> str:
    """The first photo that this one, or its mirror image, is a copy of; else itself."""
    for image in (rgb, rgb[:, ::-1]):
        bits = _hash(image)
        for other, group in seen:
            if (bits ^ other).bit_count() <= _SAME_PHOTO:
                return group
    seen.append((_hash(rgb), name))
    return name


def _hash(rgb: NDArray[np.uint8]) -> int:
    """Difference hash of 64 bits: whether each cell is brighter than its left neighbour."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int("".join("1" if bit else "0" for bit in bits), 2)
