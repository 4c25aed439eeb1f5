"""Coach one photo: read it, find the body, name and judge the asana."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Final

import numpy as np

from harec.core.correction import UNCORRECTED, Correction
from harec.core.errors import InputError
from harec.core.file_types import PHOTO_ENDINGS, ending
from harec.core.poses import FloatArray
from harec.core.text import readable
from harec.core.uprightness import turn_hint, turns_needed
from harec.pose.base import Mode, PoseEngine
from harec.pose.registry import ESTIMATORS, create_estimator
from harec.yoga.coaching.coach import AsanaCoach, Coaching
from harec.yoga.coaching.viewpoint import sure_keypoints
from harec.yoga.practice.image_file import (
    RGB,
    is_photo,
    read_picture,
)
from harec.yoga.practice.still_pose import find_bodies

__all__ = ["PhotoResult", "coach_folder", "coach_photo", "is_photo", "photos_in", "read_picture"]

#: A photo gets the engine's best mode: it is one, and no next one waits.
PHOTO_MODE: Final[Mode] = "performance"
NOBODY: Final = "Nobody was found in this picture: show your whole body, in good light."


@dataclass(frozen=True, eq=False)
class PhotoResult:
    """What the coach says of a photo.

    Attributes:
        file: its name.
        rgb: uint8 (H, W, 3) as it was looked at: upright, perhaps scaled down.
        keypoints_xyc: float32 (17, 3) of the coached body in pixels of ``rgb``; None = no person.
        people: how many bodies were found.
        coaching: None when no person was found.
        notes: plain sentences about the photo as a whole.
    """

    file: str
    rgb: RGB = field(repr=False)
    keypoints_xyc: FloatArray | None
    people: int
    coaching: Coaching | None
    notes: tuple[str, ...] = ()

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of ``rgb``."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that the user should be told, but for the feedback."""
        return (*self.notes, *(self.coaching.warnings if self.coaching else ()))


def coach_photo(
    picture: str | PathLike[str] | RGB,
    name: str | None = None,
    *,
    estimator: PoseEngine | None = None,
    coach: AsanaCoach | None = None,
    correction: Correction = UNCORRECTED,
) -> PhotoResult:
    """Name and judge the asana of the most prominent body in a photo.

    Args:
        picture: a file, or uint8 (H, W, 3).
        name: what the result and messages call it; None = the file's own name.
        estimator: None = MoveNet in its performance mode; it is reset before and after.
        coach: None = the models that ship with harec.
        correction: how the camera was held, where the file doesn't say.

    Raises:
        InputError: the file can't be used, see `read_picture`.
        ModelError: a model file is missing or damaged.
    """
    if isinstance(picture, np.ndarray):
        rgb, file = picture, name or "photo"
    else:
        path = Path(picture)
        rgb, file = read_picture(path, name), readable(name or path.name)
    rgb = correction.apply(rgb)
    estimator = estimator or create_estimator("movenet", mode=PHOTO_MODE)
    engine = ESTIMATORS.get(estimator.name, ESTIMATORS["movenet"])
    found = find_bodies(rgb, estimator)
    found = found.select(found.scores >= engine.person_threshold)
    if not len(found):
        return PhotoResult(file, rgb, None, 0, None, (NOBODY,))
    keypoints = found.keypoints_xyc[0].copy()
    keypoints[keypoints[:, 2] < engine.keypoint_threshold] = 0
    keypoints = sure_keypoints(keypoints, (rgb.shape[1], rgb.shape[0]))
    coaching = (coach or AsanaCoach()).look(keypoints)
    notes = [several(len(found))] if len(found) > 1 else []
    needed = coaching.turn_deg or int(turns_needed(keypoints[None])[0])
    # who lies may be in an asana
    if coaching.turn_deg or needed == 180 or (needed > 0 and coaching.asana is None):
        notes.append(turn_hint(correction, needed, "photo"))
    return PhotoResult(file, rgb, keypoints, len(found), coaching, tuple(notes))


def several(people: int) -> str:
    """Said when more than one body was found."""
    return f"{people} people were found; the most prominent one is coached."


def coach_folder(
    folder: Path,
    *,
    estimator: PoseEngine | None = None,
    coach: AsanaCoach | None = None,
    correction: Correction = UNCORRECTED,
) -> Iterator[tuple[str, PhotoResult | InputError]]:
    """Coach every photo of a folder, in order of their names.

    Yields:
        (name, result), or (name, the error) for a photo that can't be used.

    Raises:
        InputError: the folder holds no photo.
    """
    return coach_photos(
        photos_in(folder), folder, estimator=estimator, coach=coach, correction=correction
    )


def coach_photos(
    paths: Sequence[Path],
    folder: Path,
    *,
    estimator: PoseEngine | None = None,
    coach: AsanaCoach | None = None,
    correction: Correction = UNCORRECTED,
) -> Iterator[tuple[str, PhotoResult | InputError]]:
    """As `coach_folder`, of these files within ``folder``."""
    estimator = estimator or create_estimator("movenet", mode=PHOTO_MODE)
    coach = coach or AsanaCoach()
    for path in paths:
        name = readable(path.relative_to(folder).as_posix())
        try:
            yield (
                name,
                coach_photo(path, name, estimator=estimator, coach=coach, correction=correction),
            )
        except InputError as error:
            yield name, error


def photos_in(folder: Path) -> list[Path]:
    """The photos directly in a folder, sorted; without any, those of its subfolders.

    Files are taken by their ending, so that a broken photo is reported and not passed over; hidden
    ones and those in hidden folders are left out.

    Raises:
        InputError: there is none.
    """
    for pattern in ("*", "**/*"):
        found = sorted(
            path
            for path in folder.glob(pattern)
            if ending(path) in PHOTO_ENDINGS and path.is_file() and not _hidden(path, folder)
        )
        if found:
            return found
    raise InputError(f'The folder "{folder.name or folder}" holds no photos (JPEG, PNG, WebP).')


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
