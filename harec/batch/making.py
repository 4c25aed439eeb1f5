"""From a video on this machine's disk to the files of a library, in a folder that is put last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from harec.batch import layout
from harec.batch.layout import BatchSettings, Pack
from harec.core.progress import OnProgress

if TYPE_CHECKING:
    from harec.analysis.results import Analysis
    from harec.taught.action_set import ActionSet
    from harec.yoga.practice.video import Practice

#: What makes an `Analysis` of a video: `harec.render.pipeline.analyze_and_render`, or what a test
#: or a benchmark takes for it.
Analyzer = Callable[..., "Analysis"]
#: Longer side of a thumbnail, and how many of a video are made at most.
THUMBNAIL_PX: Final = 320
MOST_THUMBNAILS: Final = 1000


@dataclass(frozen=True)
class Made:
    """What was made of a video.

    Attributes:
        row: the columns of ``videos.parquet`` that the result tells.
        files: path in the library -> finished file, or its contents.
    """

    row: dict[str, Any]
    files: dict[str, Path | bytes]


def make(
    path: Path,
    name: str,
    file_name: str,
    settings: BatchSettings,
    folder: Path,
    on_progress: OnProgress,
    analyzer: Analyzer | None = None,
) -> Made:
    """Analyse a video and write what the settings ask for.

    Args:
        path: the video.
        name: NAME in the library.
        file_name: what the result calls the video.
        folder: for what is not finished; on the disk of a local library.
        analyzer: None = harec's own, which takes PyTorch along.

    Raises:
        HarecError: as `harec.analyze`.
    """
    if settings.yoga:
        return _practice(path, name, file_name, settings, on_progress)
    if analyzer is None:
        from harec.render.pipeline import analyze_and_render

        analyzer = analyze_and_render
    annotated = folder / "annotated.mp4" if settings.video else None
    analysis = analyzer(
        path,
        settings.analysis,
        name=file_name,
        video_out=annotated,
        on_progress=on_progress,
        frame_rate=settings.frame_rate,
        **_taught(settings.actions),
    )
    return _actions(analysis, path, name, settings, folder, annotated)


def _taught(pack: Pack | None) -> dict[str, Any]:
    """The options of `Analyzer` that name the actions of a pack."""
    return {} if pack is None else {"actions": _actions_of(pack.content), "builtin": pack.builtin}


@lru_cache(maxsize=1)  # one pack a run: a worker reads it once
def _actions_of(content: bytes) -> ActionSet:
    from harec.taught.action_set import ActionSet

    with TemporaryDirectory() as folder:
        file = Path(folder) / "actions.harec"
        file.write_bytes(content)
        return ActionSet.load(file)


def _actions(
    analysis: Analysis,
    path: Path,
    name: str,
    settings: BatchSettings,
    folder: Path,
    annotated: Path | None,
) -> Made:
    from harec.batch.tables import keypoint_table, segment_table

    segments = sum(len(person.segments) for person in analysis.people)
    files: dict[str, Path | bytes] = {
        layout.rows_path(layout.SEGMENTS, name): segment_table(analysis),
        layout.json_path(name): analysis.to_json().encode(),
    }
    if settings.keypoints:
        tracks = [(p.id, p.track_times_s, p.keypoints_xyc) for p in analysis.people]
        files[layout.keypoints_path(name)] = keypoint_table(tracks)
        analysis.save(folder / "result.harec-result")
        files[layout.result_path(name)] = folder / "result.harec-result"
    if annotated is not None:
        files[layout.annotated_path(name)] = annotated
    if settings.thumbnails:
        files.update(_thumbnails(analysis, path, name, settings))
    return Made(_row(analysis, len(analysis.people), segments) | {"kind": "actions"}, files)


def _practice(
    path: Path,
    name: str,
    file_name: str,
    settings: BatchSettings,
    on_progress: OnProgress,
) -> Made:
    from harec.analysis.export import json_text
    from harec.batch.tables import hold_table, keypoint_table
    from harec.yoga.output.export import practice_dict
    from harec.yoga.practice.video import practise

    practice = practise(
        path,
        settings.analysis,
        name=file_name,
        on_progress=on_progress,
        frame_rate=settings.frame_rate,
    )
    files: dict[str, Path | bytes] = {
        layout.rows_path(layout.HOLDS, name): hold_table(practice),
        layout.json_path(name): json_text(practice_dict(practice)).encode(),
    }
    if settings.keypoints:
        track = (1, practice.times_s, practice.keypoints_xyc)
        files[layout.keypoints_path(name)] = keypoint_table([track])
    return Made(_row(practice, practice.people, len(practice.holds)) | {"kind": "yoga"}, files)


def _row(result: Analysis | Practice, people: int, segments: int) -> dict[str, Any]:
    video, timings = result.video, result.timings
    return {
        "duration_s": video.duration_s,
        "frame_rate": None if video.frame_rate is None else float(video.frame_rate),
        "width": video.width,
        "height": video.height,
        "frames": video.frames,
        "people": people,
        "segments": segments,
        "total_s": timings.total_s,
        "stages_s": dict(timings.stages_s),
        "warnings": list(result.warnings),
    }


def _thumbnails(
    analysis: Analysis, path: Path, name: str, settings: BatchSettings
) -> Iterator[tuple[str, bytes]]:
    import cv2

    from harec.yoga.output.best_frames import each_frame_at

    segments = [(person.id, segment) for person in analysis.people for segment in person.segments][
        :MOST_THUMBNAILS
    ]
    frames = each_frame_at(
        path,
        [(segment.start_s + segment.end_s) / 2 for _, segment in segments],
        frame_rate=analysis.video.untimed_rate,
        max_side=THUMBNAIL_PX,
        correction=settings.analysis.correction,
    )
    for place, rgb in frames:
        person, segment = segments[place]
        encoded = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1]
        yield layout.thumbnail_path(name, segment.start_s, person), encoded.tobytes()
