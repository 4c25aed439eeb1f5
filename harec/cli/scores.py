"""``python -m harec score | compare``: a result against the truth, and two results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harec.cli.formats import Rate
from harec.cli.options import JsonFile, check_outputs
from harec.cli.terminal import Say, warn, words
from harec.core.errors import InputError

if TYPE_CHECKING:
    from harec.formats.annotations import Annotations
    from harec.scoring.agreement import Agreement, Disagreement
    from harec.scoring.score import Score

#: Of the table of actions: head -> width.
_COLUMNS: Final = {"precision": 11, "recall": 8, "F1": 7, "F1@50": 7, "AP@.5": 7}


def score(
    result: Annotated[
        Path,
        typer.Argument(
            help="A .harec-result, or labels of any format; or a folder.", show_default=False
        ),
    ],
    truth: Annotated[
        Path,
        typer.Argument(
            help="The truth, of any format (ELAN, BORIS, ...); or a folder with files of the same "
            "names.",
            show_default=False,
        ),
    ],
    json_file: JsonFile = None,
    rate: Rate = None,
) -> None:
    """Say how right RESULT is by TRUTH: frame accuracy, F1, edit score, mAP, each action."""
    from harec.scoring.score import score as scored

    check_outputs(None, json_file)
    pairs = _pairs(result, truth) if result.is_dir() or truth.is_dir() else [(result, truth)]
    figures = scored([_read_both(a, b, rate) for a, b in pairs])
    _write(figures.to_dict(), json_file)
    _print_score(figures, words(json_file))


def compare(
    first: Annotated[
        Path,
        typer.Argument(help="A .harec-result, or labels of any format.", show_default=False),
    ],
    second: Annotated[
        Path, typer.Argument(help="Another one of the same video.", show_default=False)
    ],
    json_file: JsonFile = None,
    rate: Rate = None,
) -> None:
    """Say how far two results of one video agree, and where they don't."""
    from harec.scoring.agreement import compare as compared

    check_outputs(None, json_file)
    agreement = compared(*_read_both(first, second, rate))
    _write(agreement.to_dict(), json_file)
    _print_agreement(agreement, words(json_file))


def _pairs(results: Path, truths: Path) -> list[tuple[Path, Path]]:
    """Files of two folders that have one name without its ending; others are told."""
    if not (results.is_dir() and truths.is_dir()):
        raise InputError("Give two folders, or two files.")
    found, true = _by_stem(results), _by_stem(truths)
    both = sorted({*found} & {*true})
    if not both:
        raise InputError(
            f"No file in {results} is called as one in {truths}: a result and its truth have the "
            "same name without its ending."
        )
    for name in sorted({*found} ^ {*true}):
        warn(f"{name}: no {'truth' if name in found else 'result'}, left out")
    return [(found[name], true[name]) for name in both]


def _by_stem(folder: Path) -> dict[str, Path]:
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
    named = {path.stem: path for path in files}
    if len(named) < len(files):
        twice = next(p.stem for p in files if named[p.stem] != p)
        raise InputError(f"{folder} holds two files called {twice}: leave one of them.")
    return named


def _read_both(first: Path, second: Path, rate: float | None) -> tuple[Annotations, Annotations]:
    """The second one's video is the first one's."""
    from harec.formats.read import Hint, read_annotations

    found = read_annotations(first, Hint(second.name, rate))
    video = found.video or first.name
    return found, read_annotations(second, Hint(video, rate or found.frame_rate))


def _write(figures: dict[str, Any], path: Path | None) -> None:
    from harec.analysis.export import json_text
    from harec.core.files import write_text

    if path is not None:
        write_text(path, json_text(figures))


def _print_score(figures: Score, say: Say) -> None:
    from harec.render.palette import title

    for label, count in figures.counted_as_other.items():
        warn(f"{label} ({count} in the truth) is none of the result's actions: counted as OTHER")
    say(f"frame accuracy  {figures.accuracy:.3f}   macro-F1 {figures.macro_f1:.3f}")
    say(f"edit score      {figures.edit:.3f}")
    say("segments        " + "   ".join(f"F1@{k} {v:.3f}" for k, v in figures.f1.items()))
    say("detection       " + "   ".join(f"mAP@.{k // 10} {v:.3f}" for k, v in figures.map.items()))
    heads = "".join(f"{head:>{width}}" for head, width in _COLUMNS.items())
    say(f"{'':<20}{'true':>9}{'found':>9}{heads}")
    for each in figures.actions:
        shares = (each.precision, each.recall, each.f1, each.segment_f1, each.ap)
        columns = "".join(
            f"{'' if share is None else f'{share:.3f}':>{width}}"
            for share, width in zip(shares, _COLUMNS.values(), strict=True)
        )
        say(f"{title(each.action):<20}{each.truth_s:7.1f} s{each.found_s:7.1f} s{columns}")
    videos = f"{figures.videos} video{'s' if figures.videos != 1 else ''}"
    lanes = f"{figures.lanes} lane{'s' if figures.lanes != 1 else ''}"
    say(f"{videos}, {lanes}, {figures.total_s:.1f} s")


def _print_agreement(agreement: Agreement, say: Say) -> None:
    from harec.render.palette import title

    say(
        f"Cohen's kappa {agreement.kappa:.3f}   the same {agreement.same:.1%} of the time   "
        f"F1@50 {agreement.f1_50:.3f}"
    )
    for label, share in agreement.actions.items():
        say(f"  {title(label):<20} F1 {share:.3f}")
    for each in agreement.disagreements:
        say(_line(each))


def _line(each: Disagreement) -> str:
    from harec.render.palette import title

    first, second = (" + ".join(map(title, side)) for side in (each.first, each.second))
    who = " / ".join(name or "nobody" for name in (each.first_name, each.second_name))
    return f"  {each.start_s:7.2f} - {each.end_s:7.2f} s  {who}: {first} | {second}"
