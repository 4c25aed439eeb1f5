"""``python -m harec export | import``: results to and from other programs' files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harec.cli.options import check_outputs
from harec.cli.terminal import words

Rate = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=1000,
        help="Frames a second by which a Label Studio file counts. Default: the video's.",
        show_default=False,
    ),
]


def export(
    result: Annotated[
        Path,
        typer.Argument(
            help="A .harec-result (analyze --save), or a JSON of analyze --json.",
            show_default=False,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            help="eaf, vtt, srt, activitynet, boris, coco, mot, parquet (segments), keypoints "
            "(Parquet), csv or json.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file to write.", show_default=False)],
) -> None:
    """Write RESULT for another program: ELAN, WebVTT, SubRip, ActivityNet, BORIS, COCO, ..."""
    from harec.analysis.load_result import load_result
    from harec.formats.write import OUTPUTS, export_result

    check_outputs(result, out)
    export_result(load_result(result), to, out)
    words(out)(f"{out}: {OUTPUTS[to].title}")


def import_labels(
    file: Annotated[
        Path,
        typer.Argument(
            help="Labels of ELAN, WebVTT, SubRip, BORIS, ActivityNet, Label Studio, or harec's "
            "own JSON, CSV or Parquet.",
            show_default=False,
        ),
    ],
    video: Annotated[Path, typer.Option(help="The video that they are of.", show_default=False)],
    save: Annotated[Path, typer.Option(help="The .harec-result to write.", show_default=False)],
    format_name: Annotated[
        str | None,
        typer.Option(
            "--from", help="Format of FILE. Default: what it looks like.", show_default=False
        ),
    ] = None,
    rate: Rate = None,
) -> None:
    """Take labels that somebody else gave a video, as a result to compare, score and show."""
    from harec.core.plain import shown_name
    from harec.formats.annotations import labelled_result
    from harec.formats.read import Hint, read_annotations
    from harec.video import probe

    check_outputs(video, save)
    info = probe(video, video.name)
    known = None if info.frame_rate is None else float(info.frame_rate)
    annotations = read_annotations(file, Hint(video.name, rate or known), format_name)
    analysis = labelled_result(annotations, video, shown_name(file))
    analysis.save(save)
    count = sum(len(person.segments) for person in analysis.people)
    lanes = len(analysis.people)
    words(save)(f"{save}: {count} segments of {lanes} {'person' if lanes == 1 else 'people'}")
