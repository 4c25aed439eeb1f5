"""``python -m harec teach``: actions of your own from a few examples, kept in a pack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harec.cli import options
from harec.cli.options import check_outputs
from harec.cli.terminal import Say, words
from harec.core.errors import InputError

if TYPE_CHECKING:
    from harec.taught.action_set import ActionSet


def teach(
    clips: Annotated[
        Path | None,
        typer.Argument(help="Videos as LABEL/PERSON_name.mp4.", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The pack to write (.harec).")] = None,
    result: Annotated[
        list[Path] | None,
        typer.Option("--from", help="Learn from the segments of a .harec-result, too."),
    ] = None,
    add: Annotated[
        list[Path] | None,
        typer.Option(help="Add the actions of a pack; several are merged."),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(help="Leave out an action of the added packs.")
    ] = None,
    show: Annotated[Path | None, typer.Option(help="Say what a pack holds.")] = None,
    rate: options.Rate = None,
) -> None:
    """Teach actions of your own by a few examples; analyze names them with --actions."""
    from harec.taught.action_set import ActionSet

    say = words(out)
    if show is not None:
        print_actions(ActionSet.load(show), say)
        return
    if out is None:
        raise InputError("Say where the pack goes: --out gym.harec.")
    if clips is None and not result and not add:
        raise InputError("Nothing to learn from: give a folder of clips, --from or --add.")
    check_outputs(None, out)
    actions = _taught(clips, result or [], add or [], remove or [], rate, say)
    actions.save(out)
    print_actions(actions, say)


def _taught(
    clips: Path | None,
    results: list[Path],
    packs: list[Path],
    removed: list[str],
    rate: float | None,
    say: Say,
) -> ActionSet:
    from harec.analysis.load_result import load_result
    from harec.analysis.teaching import examples_from_folder, examples_from_result
    from harec.taught.action_set import ActionSet

    sets = [ActionSet.load(pack) for pack in packs]
    examples = [each for one in sets for each in one.examples]
    for result in results:
        examples += examples_from_result(load_result(result))
    if clips is not None:
        examples += examples_from_folder(clips, frame_rate=rate, echo=say)
    actions = ActionSet.teach(examples)
    return actions.without(*removed) if removed else actions


def print_actions(actions: ActionSet, say: Say) -> None:
    """The actions of a set, how well each is known, and what to do about it, in lines."""
    for each in actions.report():
        known = "" if each.right is None else f", {each.right:.0%} right when left out"
        say(f"{each.label}: {each.examples} example{'s' * (each.examples != 1)}{known}")
        if each.advice:
            say(f"  {each.advice}")
    say(f"named from a probability of {actions.head.threshold:.2f} on")
