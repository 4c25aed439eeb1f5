"""`python -m harec bench`, also `python -m benchmarks.speed`: options in, table and files out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.speed import bench as runner
from benchmarks.speed import plan as plans
from benchmarks.speed import report
from benchmarks.speed.picture import PICTURE, check_picture, write_picture
from benchmarks.speed.result import Setting, write_result
from harec.analysis.results import AnalysisSettings
from harec.cli.options import check_outputs
from harec.cli.terminal import words
from harec.core.errors import InputError
from harec.pose.registry import ESTIMATORS

app = typer.Typer(add_completion=False)


@app.command()
def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="A minute: does everything run, and about how fast.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Every combination, not each axis alone: an hour.")
    ] = False,
    cases: Annotated[
        str | None,
        typer.Option(
            help="Of a,b,c,d,article,e: pose model alone, whole job, no video written, article's "
            "loop, the same with Detectron2, MediaPipe. Default: those that can run.",
            show_default=False,
        ),
    ] = None,
    estimator: Annotated[
        str, typer.Option(help="Pose engine of a to d: movenet or detectron2.")
    ] = "movenet",
    seconds: Annotated[
        float, typer.Option(min=2, max=600, help="Length of the first setting's clip.")
    ] = 10.0,
    rounds: Annotated[
        int, typer.Option(min=1, max=100, help="Rounds of the first setting; others one less.")
    ] = 3,
    mediapipe: Annotated[
        Path | None,
        typer.Option(
            envvar="HAREC_MEDIAPIPE_PYTHON",
            help="The Python of another environment that has MediaPipe.",
            show_default=False,
        ),
    ] = None,
    mediapipe_model: Annotated[
        Path | None,
        typer.Option(
            envvar="HAREC_MEDIAPIPE_MODEL",
            help="A pose landmarker (.task) for it. Default: the one in MediaPipe 0.10's package.",
            show_default=False,
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="Where the result goes. Default: benchmarks/results/bench.json; with --quick, "
            "--cases or another engine nowhere.",
            show_default=False,
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            help="Where the picture (.png or .html) goes. Default: docs/bench.png, where the "
            "result goes to its usual place, too.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Time harec on simulated clips beside its limit, the article's loop and MediaPipe."""
    if quick and full:
        raise InputError("--quick and --full are two different runs; choose one.")
    asked = runner.parse_cases(cases)
    _check_engine(estimator)
    for path, option in ((mediapipe, "--mediapipe"), (mediapipe_model, "--mediapipe-model")):
        if path is not None and not path.is_file():
            raise InputError(f"{option}: there is no file {path}.")
    # A part of the cases must not take the place of the result that docs/benchmarks.md shows.
    if json_file is None and not quick and asked is None and estimator == "movenet":
        json_file = report.RESULT
        json_file.parent.mkdir(exist_ok=True)
        picture = picture or PICTURE
    check_outputs(None, json_file, picture)
    if picture is not None:
        check_picture(picture)

    base = replace(Setting(), clip_s=seconds, rounds=rounds)
    plan = plans.quick_plan if quick else plans.full_plan if full else plans.default_plan
    kind = " --quick" if quick else " --full" if full else ""
    command = f"python -m harec bench{kind}"
    settings = [s for s in plan(base) if s.precision in ("auto", *ESTIMATORS[estimator].precisions)]
    job = runner.Bench(settings, (), estimator, mediapipe, mediapipe_model, command)
    chosen, notes = runner.choose_cases(job, asked)
    with _status_line() as say:
        result = runner.run_bench(replace(job, cases=chosen), say, notes)
    if json_file is not None:
        more = {"goals": [goal.as_dict() for goal in report.goals(result)]}
        write_result(result, json_file, more)
        sys.stderr.write(f"harec: written: {json_file}\n")
    if picture is not None:
        problem = write_picture(result, picture)
        sys.stderr.write(f"harec: {problem or f'written: {picture}'}\n")
    words(json_file, picture)(report.table(result))
    # MediaPipe may bring a model for one mode only; harec's own cases must run.
    if any(c.problem for row in result.rows for name, c in row.cases.items() if name != "e"):
        raise typer.Exit(1)


def _check_engine(name: str) -> None:
    AnalysisSettings(estimator=name)
    problem = ESTIMATORS[name].unavailable()
    if problem is not None:
        raise InputError(problem)


@contextmanager
def _status_line() -> Iterator[Callable[[str], None]]:
    """Progress on standard error: one line that changes on a terminal, else a line a setting."""
    terminal = sys.stderr.isatty()
    last = [""]

    def say(text: str) -> None:
        if terminal:
            sys.stderr.write(f"\r\x1b[K{text}")
        elif text.split(":")[0] != last[0]:
            last[0] = text.split(":")[0]
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    try:
        yield say
    finally:
        if terminal:
            sys.stderr.write("\r\x1b[K")
