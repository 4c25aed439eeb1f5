"""The command ``python -m harec yoga``: a photo, a folder of photos or a practice video."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harec.cli import options
from harec.cli.options import check_not_among, check_outputs
from harec.cli.progress import progress_bar
from harec.cli.terminal import Say, warn, words
from harec.core.correction import Correction
from harec.core.errors import InputError

if TYPE_CHECKING:
    from harec.pose.base import PoseEngine
    from harec.yoga.coaching.coach import AsanaCoach
    from harec.yoga.practice.photo import PhotoResult
    from harec.yoga.practice.sequence import SequenceResult
    from harec.yoga.practice.video import Practice

Source = Annotated[
    Path,
    typer.Argument(
        metavar="FILE_OR_DIR",
        help="A photo, a folder of photos, or a practice video.",
        show_default=False,
    ),
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", help="Practice video: write the holds as CSV.")
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", help="Practice video: write the report, with pictures.")
]
Expect = Annotated[
    str | None,
    typer.Option(
        help="Practice video: the sequence to tick off, such as "
        '"natarajasana left, right, trikonasana both sides, tree".'
    ),
]
MinHold = Annotated[
    float | None,
    typer.Option(min=0, help="Practice video: shorter holds don't count, seconds. Default: 2."),
]
Skip = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Practice video: frames skipped between two looks. Default: ten looks a second.",
    ),
]
Mode = Annotated[
    str | None,
    typer.Option(
        help="lightweight, balanced or performance. Default: performance for photos, balanced "
        "for videos."
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Name an asana from this probability. Default: the model's."),
]
Engine = Annotated[str, typer.Option(help="Pose engine: movenet or detectron2.")]


def yoga(
    source: Source,
    json_file: options.JsonFile = None,
    csv_file: CsvFile = None,
    html_file: HtmlFile = None,
    expect: Expect = None,
    min_hold: MinHold = None,
    skip: Skip = None,
    mode: Mode = None,
    threshold: Threshold = None,
    estimator: Engine = "movenet",
    rate: options.Rate = None,
    turn: options.Turn = 0,
    mirrored: options.Mirrored = False,
) -> None:
    """Name the asanas in FILE_OR_DIR, judge them, and say what to do better."""
    from harec.yoga.practice.image_file import is_photo

    check_outputs(source, json_file, csv_file, html_file)
    say = words(json_file, csv_file, html_file)
    if not source.exists():
        raise InputError(f'There is no file or folder "{source.name or source}".')
    if source.is_dir() or is_photo(source):
        given = {
            "--csv": csv_file,
            "--html": html_file,
            "--expect": expect,
            "--min-hold": min_hold,
            "--skip": skip,
            "--rate": rate,
        }
        for option, value in given.items():
            if value is not None:
                raise InputError(f"{option} is for practice videos; leave it out for photos.")
        if source.is_dir():
            from harec.yoga.practice.photo import photos_in

            check_not_among([json_file], photos_in(source))
        coach, engine = _photo_coach(threshold, estimator, mode)
        judge = _folder if source.is_dir() else _photo
        judge(source, engine, coach, Correction(turn, mirrored), json_file, say)
    else:
        _practice(
            source,
            say,
            expect,
            json_file,
            csv_file,
            html_file,
            threshold=threshold,
            min_hold=min_hold,
            settings={
                "estimator": estimator,
                "mode": mode or "balanced",
                "turn_deg": turn,
                "mirrored": mirrored,
            },
            skip=skip,
            frame_rate=rate,
        )


def _write_json(found: Any, json_file: Path | None) -> None:
    from harec.analysis.export import json_text
    from harec.core.files import write_text

    if json_file is not None:
        write_text(json_file, json_text(found))


def _photo_coach(
    threshold: float | None, estimator: str, mode: str | None
) -> tuple[AsanaCoach, PoseEngine]:
    from harec.analysis.results import AnalysisSettings
    from harec.pose.registry import create_estimator
    from harec.yoga.coaching.coach import AsanaCoach
    from harec.yoga.practice.photo import PHOTO_MODE

    # the settings check the names
    chosen = AnalysisSettings(estimator=estimator, mode=mode or PHOTO_MODE)  # type: ignore[arg-type]
    return AsanaCoach(threshold=threshold), create_estimator(chosen.estimator, mode=chosen.mode)


def _photo(
    path: Path,
    estimator: PoseEngine,
    coach: AsanaCoach,
    correction: Correction,
    json_file: Path | None,
    say: Say,
) -> None:
    from harec.yoga.output.export import photo_dict
    from harec.yoga.practice.photo import coach_photo

    result = coach_photo(path, estimator=estimator, coach=coach, correction=correction)
    _write_json(photo_dict(result), json_file)
    _tell_photo(result, say)


def _folder(
    folder: Path,
    estimator: PoseEngine,
    coach: AsanaCoach,
    correction: Correction,
    json_file: Path | None,
    say: Say,
) -> None:
    from harec.yoga.output.export import photo_dict, refused_dict
    from harec.yoga.practice.photo import coach_folder

    rows = []
    for name, result in coach_folder(
        folder, estimator=estimator, coach=coach, correction=correction
    ):
        if isinstance(result, InputError):
            warn(str(result))
            rows.append(refused_dict(name, result))
        else:
            _tell_photo(result, say)
            rows.append(photo_dict(result))
    _write_json(rows, json_file)


def _tell_photo(result: PhotoResult, say: Say) -> None:
    from harec.yoga.recognition.asanas import ASANAS, title

    for warning in result.warnings:
        warn(f"{result.file}: {warning}")
    coaching = result.coaching
    if coaching is None or coaching.asana is None:
        say(f"{result.file}  no asana")
        return
    score = "not judged" if coaching.score is None else f"score {coaching.score:.0f}"
    say(
        f"{result.file}  {title(coaching.asana, coaching.side)} "
        f"({ASANAS[coaching.asana].english})  {coaching.confidence:.0%} sure, {score}"
    )
    for feedback in coaching.feedback:
        say(f"  {feedback.text}")


def _practice(
    path: Path,
    say: Say,
    expect: str | None,
    json_file: Path | None,
    csv_file: Path | None,
    html_file: Path | None,
    *,
    threshold: float | None,
    min_hold: float | None,
    settings: dict[str, Any],
    skip: int | None,
    frame_rate: float | None,
) -> None:
    from harec.core.files import write_text
    from harec.video import probe
    from harec.yoga.coaching.coach import AsanaCoach
    from harec.yoga.output.export import practice_csv, practice_dict
    from harec.yoga.practice.holds import HoldSettings
    from harec.yoga.practice.sequence import check_sequence, parse_sequence
    from harec.yoga.practice.video import practice_settings, practise

    steps = parse_sequence(expect) if expect is not None else None
    coach = AsanaCoach(threshold=threshold)
    others = {} if min_hold is None else {"min_hold_s": min_hold}
    rate = probe(path, frame_rate=frame_rate).frame_rate
    with progress_bar({"analyze": "Watching the practice"}) as on_progress:
        practice = practise(
            path,
            practice_settings(float(rate) if rate else None, skip, **settings),
            HoldSettings.at(coach.threshold, **others),
            on_progress=on_progress,
            coach=coach,
            frame_rate=frame_rate,
        )
    checked = None if steps is None else check_sequence(steps, practice.holds)
    if html_file is not None:
        from harec.yoga.output.best_frames import best_frames
        from harec.yoga.output.report import write_report

        write_report(practice, html_file, best_frames(practice, path), checked)
    if csv_file is not None:
        write_text(csv_file, practice_csv(practice))
    _write_json(practice_dict(practice, checked), json_file)
    _tell_practice(practice, checked, say)


def _tell_practice(practice: Practice, checked: SequenceResult | None, say: Say) -> None:
    from harec.yoga.recognition.asanas import title

    for warning in practice.warnings:
        warn(warning)
    for hold, coaching in zip(practice.holds, practice.coachings, strict=True):
        score = (
            "not judged"
            if hold.best_score is None
            else f"score {hold.best_score:3.0f}, {hold.mean_score:3.0f} on average"
        )
        say(
            f"{hold.start_s:7.1f} - {hold.end_s:7.1f} s  {title(hold.asana, hold.side):<28} {score}"
        )
        for feedback in coaching.feedback:
            say(f"{'':21}{feedback.text}")
        for warning in coaching.warnings:
            say(f"{'':21}{warning}")
    if checked is not None:
        say(f"sequence: {checked.done} of {len(checked.steps)} done in order")
        for each in checked.steps:
            mark = "x" if each.status.value == "done" else " "
            say(f"  [{mark}] {each.step.title:<28} {each.status.value}")
        for hold in checked.extra:
            say(f"   +  {title(hold.asana, hold.side):<28} not in the sequence")
