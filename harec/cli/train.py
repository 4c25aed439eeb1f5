"""``python -m harec train | extract | evaluate``: the action LSTM and what it learns from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harec.cli import options
from harec.cli.options import check_outputs, training_place
from harec.cli.terminal import words
from harec.core.errors import InputError
from harec.core.extras import require
from harec.core.files import is_stream


def train(
    context: typer.Context,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="Recipe (.toml) that says all of the following but --out and --resume; "
            "models/action-lstm.toml is one."
        ),
    ] = None,
    archives: Annotated[
        Path | None, typer.Option(help="Folder of the recipe's archives.", show_default="here")
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(help="Keypoint archive (.npz) to learn from; may be given several times."),
    ] = None,
    rnn_har: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the article's data: X_train.txt, Y_train.txt, X_test.txt, ..."
        ),
    ] = None,
    simulated: Annotated[
        int, typer.Option(min=0, help="Simulated clips per action (a third per negative).")
    ] = 300,
    folds: Annotated[
        int, typer.Option(min=2, help="Each source's people are dealt into this many folds.")
    ] = 3,
    fold: Annotated[int, typer.Option(min=0, help="The fold whose people are held out.")] = 0,
    cross_validate: Annotated[
        bool,
        typer.Option(
            "--cross-validate",
            help="Hold out each fold in turn for the figures, then learn from everybody.",
        ),
    ] = False,
    start: Annotated[
        Path | None, typer.Option(help="Weights to go on from, instead of random ones.")
    ] = None,
    learning_rate: Annotated[float, typer.Option(min=1e-6, help="Of Adam at the start.")] = 2e-3,
    out: Annotated[Path, typer.Option(help="Weights to write.")] = Path(
        "out/action-lstm.safetensors"
    ),
    epochs: Annotated[int, typer.Option(min=1, help="At most; the article used 400.")] = 80,
    steps: Annotated[int, typer.Option(min=1, help="Batches an epoch.")] = 100,
    batch: Annotated[int, typer.Option(min=2, help="Windows a batch.")] = 256,
    hidden: Annotated[int, typer.Option(min=1, help="Size of the LSTM.")] = 96,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the interrupted run of the same --out.")
    ] = False,
) -> None:
    """Train the action LSTM and write its weights, curves and checkpoint."""
    require("train", "Training", "pytorch_lightning", "torchmetrics", "matplotlib")
    from harec.training.run import TrainPlan, run_training
    from harec.training.train import TrainSettings

    if recipe is not None:
        _no_more_than(context, "recipe", "archives", "out", "resume")
    elif archives is not None:
        raise InputError("--archives is the folder of a recipe's archives: give --recipe, too.")
    settings = TrainSettings(
        epochs=epochs,
        steps_per_epoch=steps,
        batch_size=batch,
        learning_rate=learning_rate,
        hidden_size=hidden,
        seed=seed,
    )
    plan = TrainPlan(tuple(data or ()), rnn_har, simulated, folds, fold, cross_validate, start)
    training_place(out)
    check_outputs(None, out)
    if recipe is None:
        text = run_training(plan, settings, out, resume=resume, echo=words())
    else:
        from harec.training.recipe import read_recipe, run_recipe

        text = run_recipe(read_recipe(recipe), archives or Path(), out, resume=resume, echo=words())
    words()(text)


def _no_more_than(
    context: typer.Context,
    *names: str,
    what: str = "A recipe says all",
    instead: str = ", or write a recipe of your own",
) -> None:
    """Raise InputError where an option is given beside those that say all that is to be said."""
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in names and source is not None and source.name == "COMMANDLINE":
            raise InputError(f"{what}: leave out {parameter.opts[0]}{instead}.")


def extract(
    folder: Annotated[
        Path, typer.Argument(help="Videos as LABEL/PERSON_name.mp4.", show_default=False)
    ],
    out: Annotated[Path, typer.Argument(help="The .npz to write.", show_default=False)],
    estimator: Annotated[str, typer.Option(help="Pose engine: movenet or detectron2.")] = "movenet",
    rate: options.Rate = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="What a folder with another name is, as clapping=CLAPPING_HANDS or hugs=OTHER; "
            "may be given several times.",
            show_default=False,
        ),
    ] = None,
    people: Annotated[
        str,
        typer.Option(
            help="Who is seen: names (what stands before _ or -), one (the same person on all "
            "videos) or each (another one on each)."
        ),
    ] = "names",
) -> None:
    """Turn own videos into a keypoint archive that train and evaluate read (--data)."""
    from harec.analysis.results import AnalysisSettings
    from harec.training.class_folders import parse_labels
    from harec.training.extract import extract as extract_clips

    if out.suffix != ".npz" and not is_stream(out):
        raise InputError(f"A keypoint archive is written as .npz; name it so: {out}")
    check_outputs(None, out)
    settings = AnalysisSettings(estimator=estimator, skip=0, precision="float")
    say = words(out)
    count = extract_clips(
        folder,
        out,
        settings,
        frame_rate=rate,
        labels=parse_labels(label or ()),
        people=people,  # type: ignore[arg-type]  # checked there
        echo=say,
    )
    say(f"{out}: {count} clip{'s' if count > 1 else ''}")


def evaluate(
    context: typer.Context,
    data: Annotated[
        list[Path] | None, typer.Option(help="Keypoint archive (.npz) to judge by.")
    ] = None,
    rnn_har: Annotated[
        Path | None, typer.Option(help="Folder of the article's data; its test part is used.")
    ] = None,
    simulated: Annotated[
        int,
        typer.Option(min=0, help="Simulated clips per action; used when nothing else is given."),
    ] = 20,
    model: Annotated[Path | None, typer.Option(help="Weights; default: those that ship.")] = None,
    folds: Annotated[int, typer.Option(min=2, help="As in training.")] = 3,
    fold: Annotated[int, typer.Option(min=0, help="Judge by this fold's people.")] = 0,
    everybody: Annotated[
        bool,
        typer.Option("--everybody", help="Judge by all people: for data not learnt from at all."),
    ] = False,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Action threshold; default: the model's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of simulated clips; not one used in training.")] = 9999,
    actions: Annotated[
        Path | None,
        typer.Option(help="Judge a pack of taught actions (.harec) instead, by all of --data."),
    ] = None,
) -> None:
    """Print accuracy, macro-F1, confusion matrix and false alarms on held-out people."""
    if actions is not None:
        _no_more_than(
            context, "actions", "data", what="A pack is judged by all of --data", instead=""
        )
        _evaluate_taught(actions, data or [])
        return
    from harec.actions.model import DEFAULT_MODEL, ActionModel
    from harec.training.evaluate import evaluate as judge_model
    from harec.training.evaluate import report
    from harec.training.run import held_out_clips

    held_fold = None if everybody else fold
    clips, described = held_out_clips(tuple(data or ()), rnn_har, simulated, folds, held_fold, seed)
    chosen = ActionModel.load(model or DEFAULT_MODEL)
    say = words()
    say(f"{(model or DEFAULT_MODEL).name} on {described}")
    if chosen.config.held_out != described.removeprefix("the people of "):
        known = chosen.config.held_out or "not known"
        say(
            f"Held out when these weights were trained: {known}. On people that they learnt from "
            "the figures below say nothing about new ones."
        )
    say(report(judge_model(chosen, clips, threshold=threshold)))


def _evaluate_taught(pack: Path, archives: list[Path]) -> None:
    from harec.taught.action_set import ActionSet
    from harec.training.datasets import load_archive
    from harec.training.evaluate_taught import evaluate_taught, report_taught

    if not archives:
        raise InputError("A pack is judged by labelled clips: give --data, see harec extract.")
    taught = ActionSet.load(pack)
    clips = [clip for archive in archives for clip in load_archive(archive)]
    words()(report_taught(evaluate_taught(taught, clips)))
