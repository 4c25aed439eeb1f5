"""MOTChallenge's text: boxes of people with their numbers, a line a person a frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harec.formats.frames import person_frames

if TYPE_CHECKING:
    from harec.analysis.results import Analysis


def write_mot(analysis: Analysis, path: Path) -> None:
    """``frame, id, left, top, width, height, confidence, -1, -1, -1``.

    Frames count from 1 over those that the pose model saw; boxes hold the keypoints that are seen.
    """
    lines = []
    for each in person_frames(analysis)[1]:
        seen = each.keypoints_xyc[each.keypoints_xyc[:, 2] > 0]
        if len(seen):
            (left, top), (right, bottom) = seen[:, :2].min(0), seen[:, :2].max(0)
            box = f"{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f}"
            lines.append(f"{each.frame + 1},{each.person},{box},{seen[:, 2].mean():.4f},-1,-1,-1\n")
    path.write_text("".join(lines), encoding="ascii")
