"""Dropping clips, and what comes of them."""

from __future__ import annotations

import streamlit as st

from dashboard import weights_panel
from dashboard.polling import polled
from dashboard.server.jobs import Job
from dashboard.teach.clips import Clip, Clips
from dashboard.teach.names import shown
from dashboard.text import NAME_LIMIT, plain
from harec.analysis.results import AnalysisSettings
from harec.analysis.tables import duration_words
from harec.core.progress import Progress


def uploader(clips: Clips, label: str | None, settings: AnalysisSettings) -> None:
    """Where clips are dropped, several at once.

    Args:
        label: what they show; None: the visitor has not said it yet.
    """
    count = st.session_state.setdefault("teach-uploads", 0)
    uploads = st.file_uploader(
        "Clips",
        accept_multiple_files=True,
        key=f"teach-clips-{count}",
        label_visibility="collapsed",
        disabled=label is None,
    )
    st.caption(
        "One person and one action a clip, best 2 to 5 s. harec finds the part that moves; start "
        "and end can be changed afterwards."
        if label is not None
        else "Name the action first, then drop clips of it here."
    )
    weights_panel.hint(settings.estimator)
    if not uploads or label is None:
        return
    clips.added = 0
    with st.spinner("Reading the clips …"):
        for upload in uploads:
            clips.take(upload, upload.name, label, settings)
    st.session_state["teach-uploads"] = count + 1  # a field with a new name is empty again
    st.rerun()


def problems(clips: Clips) -> None:
    """Clips of which nothing came."""
    failed = [clip for clip in clips.clips if clip.problem]
    if not failed:
        return
    lines = "\n".join(map(_failed, failed))
    st.warning(f"Nothing came of:\n{lines}", icon=":material/error:")
    if st.button("Got it", key="teach-problems"):
        clips.cancel(*failed)
        st.rerun()


def _failed(clip: Clip) -> str:
    problem = clip.problem or ""
    said = clip.name in problem  # most errors name the file
    return (
        f"- {plain(problem)}" if said else f"- **{plain(clip.name, NAME_LIMIT)}**: {plain(problem)}"
    )


@polled
def progress(clips: Clips) -> None:
    """The clips that wait or run; polls them twice a second."""
    working = clips.working
    if any(clip.job is None or clip.job.ended for clip in working):
        st.rerun()  # the page makes examples of them
    for place, clip in enumerate(working):
        with st.container(horizontal=True, vertical_alignment="center", key=f"teach-clip-{place}"):
            assert clip.job is not None
            text = f"{plain(clip.name, 40)} · {plain(shown(clip.label), 30)} · {_details(clip)}"
            st.progress(_fraction(clip.job), text=text)
            if st.button(
                "",
                icon=":material/close:",
                key=f"teach-cancel-{place}",
                help=f"Give up {plain(clip.name, NAME_LIMIT)}",
                type="tertiary",
            ):
                clips.cancel(clip)
                st.rerun()
    if len(working) > 1 and st.button(f"Cancel all {len(working)}", key="teach-cancel-all"):
        clips.cancel(*working)
        st.rerun()


def _fraction(job: Job) -> float:
    reported = job.progress if isinstance(job.progress, Progress) else None
    return min((reported and reported.fraction) or 0.0, 1.0)


def _details(clip: Clip) -> str:
    job = clip.job
    assert job is not None
    if clip.waits:
        others = len({each.owner for each in job.before} - {job.owner})
        if others:
            return f"{others} {'person is' if others == 1 else 'people are'} before you"
        return "waiting"
    reported = job.progress if isinstance(job.progress, Progress) else None
    if reported is None or reported.stage == "load":
        return "loading the models"
    if reported.remaining_s is None:
        return "looking for the person"
    return f"{duration_words(reported.remaining_s)} left"
