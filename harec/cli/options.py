"""What commands that look at pictures have in common: options, settings, checks of outputs."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import typer

from harec.core.errors import InputError, VideoError
from harec.core.files import check_not_source, check_place, is_standard_output, is_stream

if TYPE_CHECKING:
    from harec.analysis.results import AnalysisSettings
    from harec.taught.action_set import ActionSet

T = TypeVar("T")

JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write the result as JSON; - is standard output.")
]
CsvFile = Annotated[Path | None, typer.Option("--csv", help="Write the segments as CSV.")]
SaveFile = Annotated[
    Path | None,
    typer.Option(
        "--save",
        help="Write a .harec-result: keypoints, probabilities and labels in one file, to label "
        "anew, compare and export later.",
    ),
]
KeypointsFile = Annotated[
    Path | None,
    typer.Option(
        "--keypoints",
        help="Take keypoints from a file instead of a pose model: COCO-style JSON, a folder of "
        "Ultralytics or OpenPose, or the Parquet of export --to keypoints.",
        show_default=False,
    ),
]
JsonKeypoints = Annotated[
    bool,
    typer.Option(
        "--json-keypoints", help="With --json: keypoints and probabilities, too; a long file."
    ),
]
VideoFile = Annotated[
    Path | None, typer.Option("--video", help="Write the annotated video (.mp4).")
]
ActionsFile = Annotated[
    Path | None,
    typer.Option(
        "--actions",
        help="Name the actions of a pack (.harec) that teach wrote.",
        show_default=False,
    ),
]
Builtin = Annotated[
    bool,
    typer.Option(
        "--builtin",
        help="With --actions: the six, too, where no taught one is named or they are surer.",
    ),
]
Estimator = Annotated[
    str | None,
    typer.Option(
        help="Pose engine: movenet or detectron2. Default: detectron2 when its weights are "
        "here and there is a GPU, else movenet.",
        show_default=False,
    ),
]
Mode = Annotated[
    str,
    typer.Option(
        help="lightweight, balanced or performance. MoveNet: a third of the time, and twice. "
        "Detectron2: half, and four times, with frames at 320, 480 and 800 px (the article's)."
    ),
]


def _skip(text: str) -> str | int:
    """ "auto", or a number of frames."""
    if text == "auto":
        return text
    if not text.isdecimal():
        raise typer.BadParameter(f"{text!r} is not auto, nor 0 or more frames.")
    return int(text)


Skip = Annotated[
    str,  # or int
    typer.Option(
        parser=_skip,
        metavar="auto|N",
        help="Frames skipped between two that the pose model sees; 0: every frame. auto: each "
        "person is looked at as often as their labels need.",
    ),
]
PersonThreshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Leave out people scored lower. Default: the engine's."),
]
KeypointThreshold = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="Joints scored lower count as not seen. Default: the engine's."
    ),
]
DetectionThreshold = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Detectron2's SCORE_THRESH_TEST: finds scored lower are dropped at once. "
        "Default: the article's 0.5.",
    ),
]
ActionThreshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Name an action from this probability. Default: model's."),
]
Smoothing = Annotated[float, typer.Option(min=0, help="Smoothing of the probabilities, seconds.")]
MaxPeople = Annotated[
    int, typer.Option(min=1, max=6, help="Follow this many people, the most prominent ones.")
]
Bystanders = Annotated[
    bool,
    typer.Option(
        "--bystanders",
        help="Give lanes to people, too, who are seen for less than a second or stand far behind.",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        help="auto, float, mixed or int8. MoveNet's int8 networks take half the time on many CPUs, "
        "and see small people less well; mixed takes them for large people, "
        "auto is mixed on such CPUs. float: the same answers on every CPU."
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=1000,
        help="Frames a second of a file that holds no times, such as a bare .h264 or .mjpeg of a "
        "camera. Default: what its codec says, else 25.",
        show_default=False,
    ),
]
Turn = Annotated[
    int,
    typer.Option(
        help="Turn the frames clockwise by 90, 180 or 270 degrees: for a camera that was upside "
        "down or on its side.",
        show_default=False,
    ),
]
Mirrored = Annotated[
    bool,
    typer.Option(
        "--mirrored",
        help="The frames show left and right swapped, as selfie cameras save them: flip them.",
    ),
]
VideoMaxSide = Annotated[
    int, typer.Option(min=64, help="Longer sides of the annotated video are scaled down.")
]


#: For annotations that are looked at while nothing of the analysis is loaded.
_Settings: TypeAlias = "AnalysisSettings"


def make_settings(
    default: str | None = None,
    *,
    estimator: Estimator = None,
    mode: Mode = "balanced",
    skip: Skip = "auto",
    person_threshold: PersonThreshold = None,
    keypoint_threshold: KeypointThreshold = None,
    detection_threshold: DetectionThreshold = None,
    action_threshold: ActionThreshold = None,
    smoothing: Smoothing = 0.3,
    max_people: MaxPeople = 4,
    bystanders: Bystanders = False,
    video_max_side: VideoMaxSide = 1280,
    precision: Precision = "auto",
    turn: Turn = 0,
    mirrored: Mirrored = False,
) -> _Settings:
    """The options as settings; see `analysis_options`.

    Args:
        default: the engine where none is chosen; None = the usual one.

    Raises:
        InputError: a setting is out of range or unknown.
    """
    from harec.analysis.results import AnalysisSettings
    from harec.pose.registry import default_estimator

    return AnalysisSettings(
        estimator=estimator or default or default_estimator().name,
        mode=mode,  # type: ignore[arg-type]  # AnalysisSettings checks it
        skip=skip,  # type: ignore[arg-type]  # likewise
        person_threshold=person_threshold,
        keypoint_threshold=keypoint_threshold,
        detection_threshold=detection_threshold,
        action_threshold=action_threshold,
        smoothing_s=smoothing,
        max_people=max_people,
        bystanders=bystanders,
        video_max_side=video_max_side,
        precision=precision,  # type: ignore[arg-type]  # likewise
        turn_deg=turn,
        mirrored=mirrored,
    )


#: Makes the settings that the user chose, given the default engine or nothing.
MakeSettings = Callable[..., _Settings]


def analysis_options(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command the options of `make_settings` in place of its parameter ``make_settings``.

    The command is called with a `MakeSettings` that knows what was chosen.
    """
    own = inspect.signature(command, eval_str=True).parameters
    shared = [
        each.replace(kind=each.POSITIONAL_OR_KEYWORD)
        for each in inspect.signature(make_settings, eval_str=True).parameters.values()
        if each.kind is each.KEYWORD_ONLY
    ]

    @wraps(command)
    def with_settings(**given: Any) -> T:
        chosen = {each.name: given.pop(each.name) for each in shared if each.name in given}
        return command(**given, make_settings=partial(make_settings, **chosen))

    parameters = [p for name in own for p in (shared if name == "make_settings" else [own[name]])]
    with_settings.__annotations__ = {each.name: each.annotation for each in parameters}
    with_settings.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return with_settings


def check_not_among(outs: Iterable[Path | None], inputs: Iterable[Path]) -> None:
    """Raise InputError when a file to write is one of those to read, under whatever name."""
    read = {(stat.st_dev, stat.st_ino): path for path in inputs for stat in (path.stat(),)}
    for out in filter(None, outs):
        if out.exists() and (out.stat().st_dev, out.stat().st_ino) in read:
            raise InputError(
                f"{out} is one of the photos to read; choose another name to write to."
            )


def taught_actions(pack: Path | None, builtin: bool) -> ActionSet | None:
    """The actions of a pack; None = the built-in ones. Raises InputError."""
    if pack is not None:
        from harec.taught.action_set import ActionSet

        return ActionSet.load(pack)
    if builtin:
        raise InputError("--builtin says which actions beside those of --actions: give a pack.")
    return None


def training_place(out: Path) -> None:
    """Make the folder of a training's weights. Raises InputError when there can't be one."""
    if is_stream(out):
        raise InputError(f"Training keeps a folder beside its weights; {out} is no file: name one.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {out.parent} can't be made; choose another place.") from error


def check_json_keypoints(json_file: Path | None, wanted: bool) -> None:
    """Raise InputError when keypoints are wanted in a file that is not."""
    if wanted and json_file is None:
        raise InputError("--json-keypoints belongs to --json FILE: give that, too.")


def check_outputs(source: Path | None, *outs: Path | None) -> None:
    """Tell a bad place before the long work, not after it.

    Raises:
        InputError: a folder that is missing or not writable, the source itself, a name twice.
    """
    seen: set[str] = set()
    for out in filter(None, outs):
        check_place(out)
        if out.is_char_device():  # /dev/null, a terminal: takes several results
            continue
        if source is not None:
            check_not_source(source, out)
        place = "-" if is_standard_output(out) else os.path.realpath(out)
        if place in seen:
            raise InputError(f"{out} is given for two outputs; choose another name for one.")
        seen.add(place)


def check_source(video: Path) -> None:
    """Tell a video that isn't there before what reads it is loaded, which takes seconds.

    Raises:
        VideoError: it isn't there, or may not be looked at.
    """
    from harec.video.container import plain_words

    try:
        video.stat()
    except OSError as error:
        raise VideoError(plain_words(error, video.name)) from error


def parse_size(text: str) -> tuple[int, int]:
    """ "640x480" as (640, 480).

    Raises:
        InputError: not two numbers of 64 to 8192.
    """
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and 64 <= int(part) <= 8192 for part in parts):
        raise InputError(
            "The size must be WIDTHxHEIGHT, such as 640x480, each from 64 to 8192 pixels, "
            f"not {text!r}."
        )
    return int(parts[0]), int(parts[1])
