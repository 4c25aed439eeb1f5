"""Corrections on the Analyze page: what the player's editor gets, and what comes back from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from dashboard.analyze.beside import CHOICE, RESULT
from dashboard.analyze.compared import Beside
from dashboard.polling import polled
from dashboard.teach_state import TeachState
from dashboard.text import plain
from dashboard.widget_memory import set_value
from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.analysis.corrections import (
    SHORTEST_REST_S,
    Corrections,
    Statement,
    corrections_of,
)
from harec.core.errors import InputError
from harec.formats.annotations import annotations_of, label_of
from harec.render.palette import color_of, rgb, text_on, title
from harec.taught.examples import checked_label

if TYPE_CHECKING:
    from dashboard.analyze.job import AnalyzeJob
    from dashboard.analyze.outcome import Outcome
    from harec.actions.segments import Segment
    from harec.analysis.results import Analysis
    from harec.taught.examples import Example

#: Key of the player.
PLAYER: Final = "player"
#: So many corrections of a result are taken from a browser.
_MOST: Final = 5000


def for_player(outcome: Outcome, names: Sequence[str]) -> dict[str, Any]:
    """What ``editor.js`` is told; see `dashboard.player.mount`.

    Args:
        names: of actions that can be chosen, beside the built-in ones and those of the result.
    """
    said = corrections_of(outcome.shown).people
    taught = [each for each in (*outcome.shown.taught, *names) if each not in LABELS]
    taught = list(dict.fromkeys(taught))
    return {
        "of": outcome.identity,
        "revision": outcome.revision,
        "restS": SHORTEST_REST_S,
        "labels": [_label(each, taught) for each in (*ACTIONS, *taught)],
        "other": _label(OTHER, taught),
        "people": [
            {
                "id": person.id,
                "first": person.first_s,
                "last": person.last_s,
                "model": [_span(each) for each in person.segments],
                "said": [[s.action, s.start_s, s.end_s] for s in said.get(person.id, ())],
            }
            for person in outcome.uncorrected.people
        ],
    }


def _label(action: str, taught: Sequence[str]) -> dict[str, str]:
    return {
        "action": action,
        "title": title(action),
        "color": color_of(action, taught),
        "ink": text_on(rgb(action, taught)),
    }


def _span(segment: Segment) -> dict[str, Any]:
    return {"action": segment.action, "start": segment.start_s, "end": segment.end_s}


def sent_by_editor() -> Any:
    """What came from the browser last.

    Looked up, not handed over by a callback; see `dashboard.live.check.newest`.
    """
    return (st.session_state.get(PLAYER) or {}).get("corrections")


def newest(outcome: Outcome) -> Corrections | None:
    """What the visitor has corrected since the last time; None: nothing.

    Raises:
        InputError: it can't be read, or a name can't be one.
    """
    sent = sent_by_editor()
    if not isinstance(sent, Mapping) or sent.get("of") != outcome.identity:
        return None
    revision = sent.get("revision")
    if type(revision) is not int or revision <= outcome.revision:
        return None
    outcome.revision = revision  # also where it is refused: then the player shows what holds
    return _read(sent.get("people"))


def teach_button(job: AnalyzeJob, teach: TeachState) -> None:
    """Hands what was corrected to Teach; what that changes is shown beside the result of before."""
    outcome = job.outcome
    assert outcome is not None
    if outcome.learning:
        _training(outcome, teach)
        return
    examples = [] if not corrections_of(outcome.shown) else list(_examples(outcome.shown))
    known = {_place(each.example) for each in teach.kept}
    fresh = [each for each in examples if _place(each) not in known]
    if not fresh:
        if examples:
            st.caption("Your corrections are among the examples on the page Teach.")
            if teach.trained.problem:
                st.error(plain(teach.trained.problem), icon=":material/error:")
        return
    count = f"{len(fresh)} correction{'s' if len(fresh) > 1 else ''}"
    help = (
        "They become examples on the page Teach, and this result is labelled anew with what is "
        "learnt from them. What you said stays."
    )
    if not st.button(f"Use {count}", icon=":material/school:", help=help, key="teach-corrections"):
        return
    try:
        teach.add(fresh)
    except InputError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    before = annotations_of(outcome.shown)
    job.beside = Beside("before your corrections were used", before, outcome.source.path)
    st.session_state[CHOICE] = RESULT
    set_value(CHOICE, RESULT)
    outcome.learning = True
    st.rerun()


@polled
def _training(outcome: Outcome, teach: TeachState) -> None:
    """Until the whole page runs after the training's end, and names what is learnt."""
    if not teach.training:
        outcome.learning = False
        st.rerun()
    st.caption(":material/school: Learning from your corrections …")


def _examples(analysis: Analysis) -> Iterator[Example]:
    """What a human said, but for what is too short, too long or not seen."""
    from harec.analysis.teaching import examples_from_result

    for person in analysis.people:
        bare = replace(person, segments=(), cleared_s=())
        said = [replace(bare, segments=(s,)) for s in person.segments if s.by == "human"]
        said += [replace(bare, cleared_s=(span_s,)) for span_s in person.cleared_s]
        for alone in said:
            with suppress(InputError):
                yield from examples_from_result(replace(analysis, people=(alone,)), by="human")


def _place(example: Example) -> tuple[str, str, str, float, float]:
    return example.source, example.person, example.label, example.start_s, example.end_s


def _read(people: Any) -> Corrections:
    """From what the browser sent, which may be anything."""
    try:
        said = {
            int(each["id"]): tuple(
                Statement(_action(action), float(start_s), float(end_s))
                for action, start_s, end_s in each["said"]
            )
            for each in people
        }
    except (TypeError, ValueError, KeyError, OverflowError):
        raise InputError("The corrections did not arrive whole: correct it once more.") from None
    if sum(map(len, said.values())) > _MOST:
        raise InputError(f"No more than {_MOST} segments can be corrected.")
    return Corrections(said)


def _action(value: Any) -> str | None:
    if value is None:
        return None
    action = label_of(checked_label(str(value)))
    return None if action == OTHER else action
