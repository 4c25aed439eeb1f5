"""``python -m harec relabel``, and what commands do with a result: print it, write it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harec.cli import options
from harec.cli.options import check_outputs
from harec.cli.progress import progress_bar
from harec.cli.terminal import Say, warn, words
from harec.core.files import check_video_name

if TYPE_CHECKING:
    from harec.analysis.results import Analysis, AnalysisSettings


def relabel(
    result: Annotated[
        Path, typer.Argument(help="A .harec-result of analyze --save.", show_default=False)
    ],
    json_file: options.JsonFile = None,
    csv_file: options.CsvFile = None,
    save_file: options.SaveFile = None,
    json_keypoints: options.JsonKeypoints = False,
    video_file: options.VideoFile = None,
    source: Annotated[
        Path | None,
        typer.Option(
            help="With --video: the video that RESULT is of. Default: the one of its name beside "
            "RESULT.",
            show_default=False,
        ),
    ] = None,
    person_threshold: options.PersonThreshold = None,
    keypoint_threshold: options.KeypointThreshold = None,
    action_threshold: options.ActionThreshold = None,
    smoothing: Annotated[
        float | None,
        typer.Option(min=0, help="Smoothing of the probabilities, seconds.", show_default=False),
    ] = None,
    max_people: Annotated[
        int | None,
        typer.Option(min=1, max=6, help="Follow at most this many people.", show_default=False),
    ] = None,
    bystanders: Annotated[
        bool | None,
        typer.Option(
            "--bystanders/--no-bystanders", help="Lanes for bystanders, too.", show_default=False
        ),
    ] = None,
    actions: options.ActionsFile = None,
    builtin: options.Builtin = False,
) -> None:
    """Label RESULT anew under other thresholds, without video and pose model.

    What isn't given stays as it was, whatever default is named below; --builtin without --actions
    names the six again. With --video the annotated video is drawn, too.
    """
    from harec import api
    from harec.analysis.load_result import find_video, load_result

    check_outputs(None, json_file, csv_file, save_file, video_file)
    options.check_json_keypoints(json_file, json_keypoints)
    check_video_name(video_file)
    taught = None if actions is None else options.taught_actions(actions, builtin)
    analysis = load_result(result)
    film = None if video_file is None else find_video(analysis, source, result.parent)
    given = {
        "person_threshold": person_threshold,
        "keypoint_threshold": keypoint_threshold,
        "action_threshold": action_threshold,
        "smoothing_s": smoothing,
        "max_people": max_people,
        "bystanders": bystanders,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    settings: AnalysisSettings = replace(analysis.settings, **changed)  # type: ignore[arg-type]
    analysis = api.relabel(analysis, settings, actions=taught, builtin=builtin)
    write(analysis, json_file, csv_file, save_file, json_keypoints)
    if video_file is not None and film is not None:
        _render(analysis, film, video_file)
    print_summary(analysis, words(json_file, csv_file, save_file, video_file))


def _render(analysis: Analysis, film: Path, out: Path) -> None:
    from harec.render.annotated_video import render_video

    check_outputs(film, out)
    with progress_bar() as on_progress:
        for sentence in render_video(analysis, film, out, on_progress=on_progress):
            warn(sentence)


def write(
    analysis: Analysis,
    json_file: Path | None,
    csv_file: Path | None,
    save_file: Path | None,
    json_keypoints: bool,
) -> None:
    """Write what was asked for. Raises InputError."""
    from harec.analysis.export import write_csv, write_json

    if json_file is not None:
        write_json(analysis, json_file, keypoints=json_keypoints)
    if csv_file is not None:
        write_csv(analysis, csv_file)
    if save_file is not None:
        analysis.save(save_file)


def print_summary(analysis: Analysis, say: Say) -> None:
    """People and their actions, and how fast it went, in lines."""
    from harec.pose.registry import ESTIMATORS
    from harec.render.palette import title

    for warning in analysis.warnings:
        warn(warning)
    for person in analysis.people:
        say(f"person {person.id}  {person.first_s:.1f}-{person.last_s:.1f} s")
        for segment in person.segments:
            times = "" if segment.repetitions is None else f"  x {segment.repetitions}"
            sure = "by human" if segment.by == "human" else f"{segment.confidence:4.0%}"
            say(
                f"  {segment.start_s:7.2f} - {segment.end_s:7.2f} s  "
                f"{title(segment.action):<18} {sure}{times}"
            )
        if not person.segments:
            say("  none of the actions")
    timings, made_with = analysis.timings, analysis.provenance
    source = f"by {ESTIMATORS[analysis.settings.estimator].title}"
    if made_with.keypoints:
        source = f"with keypoints of {made_with.keypoints}"
    say(
        f"{timings.frames} frames in {timings.total_s:.1f} s ({timings.frames_per_second:.1f}/s) "
        f"{source}{f' ({timings.precision})' if timings.precision else ''}, "
        f"which saw {timings.pose_frames}"
    )
