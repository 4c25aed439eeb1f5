"""Other labels beside a result: the truth, or another result, as lanes of the same timeline."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard.analyze.compared import Beside, Compared
from dashboard.server import uploads
from dashboard.text import NAME_LIMIT, plain
from dashboard.widget_memory import at_first
from harec.core.errors import Cancelled, HarecError, InputError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from dashboard.analyze.job import AnalyzeJob
    from dashboard.analyze.outcome import Outcome

#: A larger file, or more segments, would hold up the page.
_MOST_BYTES: Final = 200 << 20
_MOST_SEGMENTS: Final = 2000
#: Key of what the labels beside a result are: `RESULT`, or the truth.
CHOICE: Final = "beside-is"
_TRUTH, RESULT = "the truth", "another result"
#: Figures as people read them.
_PERCENT: Final = "{:.1%}"
_STRIP: Final = (
    '<span style="display:inline-block;width:1.6em;height:.5em;border-radius:3px;'
    'background:{color};margin-right:.5em"></span>'
)


def compared(other: Beside | None, outcome: Outcome) -> Compared | None:
    """The result as it is shown, with the labels beside it; None: there are none."""
    if other is None or other.video != outcome.source.path:
        return None
    from harec.formats.annotations import annotations_of

    is_truth = st.session_state[at_first(CHOICE, _TRUTH)] == _TRUTH
    key = ("beside", other.name, is_truth)
    if outcome.cache.get("beside", (None, None))[0] != (key, id(other)):
        made = Compared(annotations_of(outcome.shown), other, is_truth)
        outcome.cache["beside"] = ((key, id(other)), made)
    found: Compared = outcome.cache["beside"][1]
    return found


def panel(job: AnalyzeJob, outcome: Outcome, shown: Compared | None) -> None:
    """Where a file is dropped, and how the two compare."""
    label = "Compare with the truth or another result"
    is_open = shown is not None or _problem(outcome) is not None
    with st.expander(label, icon=":material/compare_arrows:", expanded=is_open):
        if shown is None:
            _uploader(job, outcome)
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/description: **{plain(shown.other.name, NAME_LIMIT)}** is",
                width="content",
            )
            st.segmented_control(
                "It is", [_TRUTH, RESULT], key=CHOICE, required=True,
                label_visibility="collapsed",
            )  # fmt: skip
            if st.button("Remove", icon=":material/close:", key="beside-remove"):
                job.beside = None
                st.rerun()
        if shown.is_truth:
            _show_score(shown)
        else:
            _show_agreement(shown)


def _uploader(job: AnalyzeJob, outcome: Outcome) -> None:
    st.caption(
        "Labels of this video: ELAN, BORIS, WebVTT, SubRip, ActivityNet, Label Studio, harec's "
        "JSON, CSV, Parquet, or a saved result (.harec-result). They become lanes of the timeline."
    )
    count = st.session_state.setdefault("besides", 0)
    upload = st.file_uploader("Labels", key=f"beside-{count}", label_visibility="collapsed")
    if upload is not None:
        st.session_state["besides"] = count + 1  # a field with a new name is empty again
        st.session_state["beside-problem"] = outcome.identity, _take(job, outcome, upload)
        st.rerun()
    if problem := _problem(outcome):
        st.error(plain(problem), icon=":material/error:")


def _problem(outcome: Outcome) -> str | None:
    """What was wrong with the last file that was dropped beside this result."""
    identity, problem = st.session_state.get("beside-problem", ("", None))
    return problem if identity == outcome.identity else None


def _take(job: AnalyzeJob, outcome: Outcome, upload: UploadedFile) -> str | None:
    """Read the file; returns what is wrong with it."""
    from harec.formats.read import Hint, read_annotations

    rate = outcome.shown.video.frame_rate
    hint = Hint(outcome.shown.video.name, None if rate is None else float(rate))
    path = None
    try:
        if upload.size > _MOST_BYTES:
            raise InputError("This file is too large to be compared here: use harec compare.")
        path = uploads.store(job.storage, upload)
        annotations = read_annotations(path, hint)
        if sum(len(lane.segments) for lane in annotations.lanes) > _MOST_SEGMENTS:
            raise InputError(
                "This file has too many segments to be compared here: use harec score."
            )
        job.beside = Beside(upload.name, annotations, outcome.source.path)
    except Cancelled:
        pass  # the visitor has left
    except HarecError as problem:
        return str(problem).replace('"upload"', f'"{upload.name}"')
    finally:
        if path is not None:
            shutil.rmtree(path.parent, ignore_errors=True)
    return None


def _metrics(figures: dict[str, str]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for name, value in figures.items():
            st.metric(name, value, width="content")


def _show_score(shown: Compared) -> None:
    import pandas as pd

    from harec.render.palette import title

    score = shown.score
    _metrics(
        {
            "Frame accuracy": _PERCENT.format(score.accuracy),
            "Macro-F1": f"{score.macro_f1:.2f}",
            "Edit score": f"{score.edit:.2f}",
            **{f"F1@{overlap}": f"{value:.2f}" for overlap, value in score.f1.items()},
            "mAP@.5": f"{score.map[50]:.2f}",
        }
    )
    _legend(shown)
    if score.counted_as_other:
        others = ", ".join(plain(label) for label in score.counted_as_other)
        st.caption(f"Labels that harec does not know count as something else: {others}.")
    st.dataframe(
        pd.DataFrame(
            {
                "Action": [title(each.action) for each in score.actions],
                "True": [f"{each.truth_s:.1f} s" for each in score.actions],
                "Found": [f"{each.found_s:.1f} s" for each in score.actions],
                "Precision": [each.precision for each in score.actions],
                "Recall": [each.recall for each in score.actions],
                "F1": [each.f1 for each in score.actions],
                "F1@50": [each.segment_f1 for each in score.actions],
            }
        ).style.format("{:.2f}", na_rep="", subset=["Precision", "Recall", "F1", "F1@50"]),
        hide_index=True,
        placeholder="",
    )


def _show_agreement(shown: Compared) -> None:
    agreement = shown.agreement
    _metrics(
        {
            "Cohen's kappa": f"{agreement.kappa:.2f}",
            "The same": _PERCENT.format(agreement.same),
            "F1@50": f"{agreement.f1_50:.2f}",
        }
    )
    _legend(shown)


def _legend(shown: Compared) -> None:
    """What the strips between the lanes mean, and how many there are."""
    from harec.scoring.timeline import MARK_COLORS

    kinds: dict[str, int] = {}
    for mark in shown.marks:
        kinds[mark.kind] = kinds.get(mark.kind, 0) + 1
    if not kinds:
        st.caption("They say the same.")
        return
    dots = "".join(
        f'<span style="white-space:nowrap">{_STRIP.format(color=MARK_COLORS[kind])}'
        f"{count} × {kind}</span>"
        for kind, count in kinds.items()
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.3em 1.2em;opacity:.85">{dots}</div>')
