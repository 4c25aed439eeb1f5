"""The command line: ``harec analyze | live | yoga | app | simulate | train | ...``.

``python -m harec`` is the same, and works in a checkout that is not installed, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

import harec
from harec.cli import formats, options, results, scores
from harec.cli.app import app as open_dashboard
from harec.cli.batch import batch
from harec.cli.bench import bench
from harec.cli.live import live
from harec.cli.options import check_outputs, parse_size
from harec.cli.progress import progress_bar
from harec.cli.query import query
from harec.cli.teach import teach
from harec.cli.terminal import Ended, ending_signals, lasting_output, warn, words
from harec.cli.train import evaluate, extract, train
from harec.cli.train_embedding import train_embedding
from harec.cli.train_yoga import train_yoga
from harec.cli.weights import app as weights_app
from harec.cli.yoga import yoga
from harec.core.errors import HarecError, InputError
from harec.core.files import check_video_name
from harec.core.threads import tune_process

if TYPE_CHECKING:
    from harec.analysis.results import Analysis

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(weights_app, name="weights")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit code 2 and one plain line for anything a user can mend."""
    tune_process()
    with lasting_output(), ending_signals():
        code = _run(arguments)
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """The exit code: 0, 2 for what a user can mend, 128 and a signal's number for its end."""
    program = _program()
    try:
        return app(args=arguments, prog_name=program, standalone_mode=False) or 0
    except TyperException as error:
        text = error.format_message().rstrip(".")
        context = getattr(error, "ctx", None)
        warn(f"{text}. See: {program if context is None else context.command_path} --help")
        return 2
    except HarecError as error:
        warn(str(error))
        return 2
    except Ended as end:
        warn(f"stopped{end.advice}")
        return 128 + end.number


def _program() -> str:
    """How this program was called: by its name, or as a module."""
    return "harec" if Path(sys.argv[0]).stem == "harec" else "python -m harec"


def _version(asked: bool) -> None:
    if asked:
        words()(f"harec {harec.__version__}")
        raise typer.Exit()


@app.callback()
def harec_command(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which harec it is."),
    ] = False,
) -> None:
    """harec: who does which action when, on video."""


@app.command()
@options.analysis_options
def analyze(
    video: Annotated[Path, typer.Argument(help="The video file.", show_default=False)],
    json_file: options.JsonFile = None,
    csv_file: options.CsvFile = None,
    video_file: options.VideoFile = None,
    save_file: options.SaveFile = None,
    keypoints: options.KeypointsFile = None,
    json_keypoints: options.JsonKeypoints = False,
    actions: options.ActionsFile = None,
    builtin: options.Builtin = False,
    make_settings: options.MakeSettings = options.make_settings,
    rate: options.Rate = None,
) -> None:
    """Say who does which action when in VIDEO; see also --json, --csv, --video and --save."""
    settings = make_settings()
    check_outputs(video, json_file, csv_file, video_file, save_file)
    options.check_json_keypoints(json_file, json_keypoints)
    check_video_name(video_file)
    taught = options.taught_actions(actions, builtin)
    options.check_source(video)

    from harec.formats.keypoints.analyze import analyze_keypoints
    from harec.render.pipeline import analyze_and_render

    analyse: Callable[..., Analysis] = analyze_and_render
    if keypoints is not None:
        analyse = partial(analyze_keypoints, keypoints=keypoints)
    with progress_bar() as on_progress:
        analysis = analyse(
            video,
            settings=settings,
            video_out=video_file,
            actions=taught,
            builtin=builtin,
            on_progress=on_progress,
            frame_rate=rate,
        )
    results.write(analysis, json_file, csv_file, save_file, json_keypoints)
    results.print_summary(analysis, words(json_file, csv_file, video_file, save_file))


app.command("app")(open_dashboard)
app.command(
    # its options are those of the repository's benchmarks.speed, --help too
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)(bench)
app.command()(batch)
app.command()(query)
app.command()(results.relabel)
app.command()(formats.export)
app.command("import")(formats.import_labels)
app.command()(scores.score)
app.command()(scores.compare)
app.command()(live)
app.command()(yoga)
app.command("train-yoga")(train_yoga)
app.command()(teach)
app.command("train-embedding")(train_embedding)


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="The .mp4 to write.", show_default=False)],
    actions: Annotated[
        str,
        typer.Option(
            help="What is done for how many seconds, one after the other. "
            "Separate several people's scripts by ';'."
        ),
    ] = "JUMPING_JACKS:4,STANDING:2,WAVING_2HANDS:4,STANDING:2,BOXING:4",
    people: Annotated[int, typer.Option(min=1, max=4, help="How many people.")] = 1,
    fps: Annotated[float, typer.Option(min=1, max=240, help="Frames per second.")] = 30,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels.")] = "640x480",
    seed: Annotated[int, typer.Option(help="Another number, another scene.")] = 0,
    truth: Annotated[Path | None, typer.Option(help="Write joints and actions as JSON.")] = None,
) -> None:
    """Film simulated people: a labelled clip for demos and tests."""
    from harec.simulate.clip import write_clip
    from harec.simulate.spec import ClipSpec, parse_script

    check_outputs(None, out, truth)
    scripts = [parse_script(part) for part in actions.split(";")]
    if len(scripts) > people:
        raise InputError(
            f"{len(scripts)} scripts for {people} people; add --people {len(scripts)}."
        )
    # People without a script of their own do the given ones in another order.
    while len(scripts) < people:
        given = scripts[len(scripts) % len(actions.split(";"))]
        turn = len(scripts) % len(given)
        scripts.append((*given[turn:], *given[:turn]))
    spec = ClipSpec(scripts=tuple(scripts), size_wh=parse_size(size), fps=fps, seed=seed)
    write_clip(out, spec, truth_path=truth)
    words(out, truth)(f"{out}: {people} simulated {'person' if people == 1 else 'people'}")


app.command()(train)
app.command()(extract)
app.command()(evaluate)
