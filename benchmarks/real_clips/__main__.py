"""What harec says of real clips, beside what is in them.

    python -m benchmarks.real_clips FOLDER [FOLDER ...] [--keep FOLDER] [--model FILE] [--json FILE]
                                    [--views N] [--only NAME]

A folder with a ``truth.tsv`` is judged by it: per clip whether the longest action is right (none of
the six: whether it is silent, with no action over 15 % of its length); over all clips the share of
the time of each action's intervals in which any followed person is named so, the share of all other
time in which anybody is named at all, and the ids that were given beside the people that there are.
Other time is the clips' own, whoever is followed in it; the share of the followed people's time is
told as well. Without the table the file's name tells the longest action (``jumping_jacks_1.mp4``,
``two_people_boxing.mp4``, ``wave_...``).

With ``--views`` each clip is seen so many times, each time a little otherwise (`jitter`): figures
that differ by less than their spread over the views are the same.

With ``--keep`` the poses stay in a folder, and another action model or threshold takes seconds; an
empty folder is needed after a change of the pose engine, and it is said where that was not so.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.hardware import Hardware, commit, load_average, versions
from benchmarks.real_clips.jitter import JITTERS, Jitter
from benchmarks.real_clips.kept_poses import poses_of
from benchmarks.real_clips.scores import ClipScore, Summary, score_clip, summary
from benchmarks.real_clips.truth import truth_of
from harec.actions.model import DEFAULT_MODEL, load_action_model
from harec.analysis.results import AnalysisSettings
from harec.core.errors import VideoError


def score_folder(
    folder: Path,
    settings: AnalysisSettings,
    model: Path,
    keep: Path | None,
    jitter: Jitter = JITTERS[0],
    only: str = "",
) -> Iterator[ClipScore]:
    """One clip after the other; clips of the table that are not there are told and left out."""
    for truth in truth_of(folder):
        if only not in truth.file:
            continue
        try:
            clip = poses_of(folder / truth.file, settings, keep, jitter=jitter)
        except (OSError, VideoError) as error:
            print(f"{truth.file:<36} left out: {error}")
            continue
        people = clip.people(settings, load_action_model(model))
        if not clip.current:
            print(f"{truth.file:<36} poses kept from another version of the pose engine")
        yield score_clip(truth, clip.duration_s, people, clip.cuts_s())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument(
        "--skip", type=lambda text: text if text == "auto" else int(text), default=0
    )
    parser.add_argument("--mode", default="balanced")
    parser.add_argument("--precision", default="float")
    parser.add_argument("--max-people", type=int, default=4)
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="weights of the LSTM")
    parser.add_argument("--threshold", type=float, help="of actions; default: the model's own")
    parser.add_argument("--keep", type=Path, help="folder in which poses stay")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--views", type=int, default=1, choices=range(1, len(JITTERS) + 1))
    parser.add_argument("--only", default="", help="a part of the names of clips")
    chosen = parser.parse_args()
    settings = AnalysisSettings(
        mode=chosen.mode,
        skip=chosen.skip,
        action_threshold=chosen.threshold,
        max_people=chosen.max_people,
        precision=chosen.precision,
    )
    machine, before = Hardware.here(), load_average()
    print(machine.line)
    print(
        f"skip {settings.skip}, mode {settings.mode}, {settings.precision}, "
        f"model {chosen.model.name}, threshold {chosen.threshold or 'its own'}"
    )
    film: list[ClipScore] = []  # of the first view
    views: list[Summary] = []
    for jitter in JITTERS[: chosen.views]:
        print(f"{'clip':<36}{'length':>8}  {'right':<6}{'ids':<7}of the time; {jitter}")
        scores: list[ClipScore] = []
        for folder in chosen.folders:
            for score in score_folder(
                folder, settings, chosen.model, chosen.keep, jitter, chosen.only
            ):
                print(_row(score), flush=True)
                scores.append(score)
        if not scores:
            raise SystemExit("skipped: no videos there")
        film = film or scores
        views.append(summary(scores))
        _print(views[-1])
    if len(views) > 1:
        _print_spread(views)
    if chosen.json:
        report = {
            "commit": commit(Path.cwd()),
            "hardware": machine.as_dict(),
            "versions": versions(),
            "load_average": [before, load_average()],
            "settings": asdict(settings) | {"model": chosen.model.name},
            "all": asdict(views[0]) | {"mean_recall": views[0].mean_recall},
            "clips": [asdict(score) for score in film],
            "views": [asdict(view) for view in views],
        }
        chosen.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _row(score: ClipScore) -> str:
    shares = ", ".join(f"{action} {share:.0%}" for action, share in score.shares.items())
    ids = f"{score.ids}" if score.people is None else f"{score.ids}/{score.people}"
    right = "yes" if score.right else "NO"
    return f"{score.file:<36}{score.duration_s:7.1f}s  {right:<6}{ids:<7}{shares or 'none'}"


def _print(whole: Summary) -> None:
    print(
        f"longest action right {whole.right} of {whole.with_action}, "
        f"silent {whole.silent} of {whole.without_action}"
    )
    if whole.mean_recall is not None:
        actions = ", ".join(f"{action} {share:.3f}" for action, share in whole.recall.items())
        print(f"recall by time: {actions}; mean {whole.mean_recall:.3f}")
    if whole.other_named is not None:
        print(f"other time named: {whole.other_named:.3f}", end="")
        print(f" (of the people's time {whole.person_named:.3f})" if whole.person_named else "")
    if whole.ids_told:
        print(f"ids as people, clips of two or three: {whole.ids_right} of {whole.ids_told}")


def _print_spread(views: list[Summary]) -> None:
    """Mean and standard deviation of the figures over the views."""

    def told(values: Sequence[float]) -> str:
        return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"

    print(f"over {len(views)} views of each clip:")
    print(f"longest action right {told([v.right for v in views])} of {views[0].with_action}")
    print(f"silent {told([v.silent for v in views])} of {views[0].without_action}")
    for action in views[0].recall:
        print(f"recall {action} {told([v.recall[action] for v in views])}")
    if views[0].recall:
        print(f"recall, mean {told([v.mean_recall or 0.0 for v in views])}")
    if views[0].other_named is not None:
        print(f"other time named {told([v.other_named or 0.0 for v in views])}")


if __name__ == "__main__":
    main()
