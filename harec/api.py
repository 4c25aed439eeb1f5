"""What `harec` composes for callers from outside; the other public names are those of the rooms."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from threading import Event

from harec.actions.model import ActionModel
from harec.analysis import analyze as analyses
from harec.analysis import load_result as results
from harec.analysis.results import Analysis, AnalysisSettings
from harec.analysis.teaching import examples_from_folder, with_actions
from harec.core.errors import InputError
from harec.core.progress import OnProgress
from harec.render import annotated_video
from harec.render.pipeline import analyze_and_render
from harec.taught.action_set import ActionSet
from harec.taught.examples import Example


def analyze(
    path: str | PathLike[str],
    settings: AnalysisSettings | None = None,
    *,
    video_out: str | PathLike[str] | None = None,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    frame_rate: float | None = None,
    actions: ActionSet | None = None,
    builtin: bool = False,
) -> Analysis:
    """Who does which action when in a video.

    Args:
        path: a video file.
        settings: None = the defaults.
        video_out: where to write the annotated video (.mp4), if anywhere.
        on_progress: called with a `Progress` after every frame that the pose model saw, in this
            thread.
        cancel: set it from another thread to stop within a frame's time.
        frame_rate: frames a second, of a file whose frames have no times (a bare .h264 or .mjpeg).
        actions: name these, which were taught, instead of the built-in ones.
        builtin: the built-in ones, too, where no taught one is named.

    Raises:
        VideoError: the file is not a video that can be read.
        InputError: the annotated video can't be written there.
        ModelError: a model file is missing or damaged.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    return analyze_and_render(
        Path(path),
        settings,
        video_out=None if video_out is None else Path(video_out),
        actions=actions,
        builtin=builtin,
        on_progress=on_progress,
        cancel=cancel,
        frame_rate=frame_rate,
    )


def relabel(
    analysis: Analysis,
    settings: AnalysisSettings | None = None,
    *,
    actions: ActionSet | None = None,
    builtin: bool = False,
    model: ActionModel | None = None,
) -> Analysis:
    """The same video under other thresholds, or with other actions named, without the pose model.

    What humans said in it stays; where people had to be followed anew it goes to who is there now,
    and the result says so where nobody is.

    Args:
        settings: None = as they were.
        actions, builtin: as of `analyze`; ``builtin`` alone names the six in place of taught ones.
            As there, an action threshold of the settings is that of taught actions, too.
        model: that names the six; None = the one that ships.

    Raises:
        InputError: the settings ask for another engine, mode, skip or detection threshold, or for
            more people; or the result holds labels alone; or taught actions are named in it, and
            neither ``actions`` nor ``builtin`` is given.
    """
    settings = settings or analysis.settings
    other = settings != analysis.settings
    if other and actions is None and not builtin:
        _check_none_taught(analysis)
    if other or builtin:
        analysis = analyses.relabel(analysis, settings, model=model)
    if actions is None:
        return analysis
    threshold = settings.action_threshold  # None unless somebody gave one
    return with_actions(analysis, actions, builtin=builtin, threshold=threshold)


def _check_none_taught(analysis: Analysis) -> None:
    """Raise InputError where a model named what only a pack tells: it would be lost."""
    said = {s.action for p in analysis.people for s in p.segments if s.by == "model"}
    taught = [label for label in analysis.taught if label in said]
    if taught:
        shown = ", ".join(taught[:3]) + (", …" if len(taught) > 3 else "")
        raise InputError(
            f"This result names actions of a pack ({shown}): with other settings give the pack "
            "(--actions PACK, in Python actions=), or --builtin (builtin=True) for the six."
        )


def render_video(
    analysis: Analysis,
    path: str | PathLike[str],
    out: str | PathLike[str],
    *,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
) -> tuple[str, ...]:
    """Write the annotated video: skeletons, ids and actions over the source's frames.

    Args:
        path: the source that ``analysis`` was made from.
        out: H.264 in mp4; the source's timestamps and size (long side capped), and its audio.
        on_progress, cancel: as of `analyze`.

    Returns:
        Plain sentences for the user, such as that the sound could not be carried over.

    Raises:
        InputError: ``path`` is another video, or ``out`` is no place for it: the source itself, a
            folder, no name of an .mp4.
        VideoError: the source can't be read any more, or ``out`` can't be written.
        Cancelled: ``cancel`` was set; no file is left behind.
    """
    film = results.find_video(analysis, Path(path), Path())
    return annotated_video.render_video(analysis, film, out, on_progress=on_progress, cancel=cancel)


def teach(clips: str | PathLike[str] | Iterable[Example]) -> ActionSet:
    """Actions of your own from a few examples: three of each tell a lot, ten are plenty.

    Args:
        clips: a folder with a video an example, ``LABEL/PERSON_anything.mp4``, of which the part
            that moves is taken; videos in a folder OTHER show what is none of the actions. Or
            examples, such as `harec.analysis.teaching.examples_from_result` gives.

    Raises:
        InputError: nothing to learn from there, or a label that is empty or longer than 60 letters.
    """
    if isinstance(clips, str | PathLike):
        return ActionSet.teach(examples_from_folder(Path(clips)))
    return ActionSet.teach(clips)


def load_result(path: str | PathLike[str]) -> Analysis:
    """A result that was saved: a ``.harec-result`` of `Analysis.save`, or a JSON of ``--json``.

    The first can be followed, named, drawn and compared again without the pose model (`relabel`);
    a JSON holds the labels, and keypoints and probabilities if it was written with them.

    Raises:
        InputError: no such file, not a result, damaged, too large, or of a newer harec.
    """
    return results.load_result(Path(path))
