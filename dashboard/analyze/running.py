"""While a job waits or runs: place in line, progress, what is known so far, Cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from dashboard.analyze import analysis_player
from dashboard.analyze.video_job import VideoJob
from dashboard.polling import polled
from dashboard.server.jobs import Job, JobState
from harec.analysis.results import Analysis
from harec.analysis.tables import (
    clock,
    duration_words,
    short_number,
)
from harec.core.progress import Progress

_REDRAW_S = 1.5
STAGES: Final = {
    "load": "Loading the models",
    "analyze": "Finding people and actions",
    "preview": "Preparing the video",
    "done": "Finishing",
}


@polled
def progress_panel(
    video: VideoJob[Any, Any],
    show_partial: Callable[[Any], None] | None = None,
    stages: Mapping[str, str] = STAGES,
) -> None:
    """Polls the job twice a second; the rest of the page stands still and stays usable.

    Args:
        show_partial: shows what is known so far; None: lanes of people.
        stages: words for what the job does.
    """
    job = video.job
    if job is None or job.ended:
        st.rerun()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_headline(job, stages)}**", width="stretch")
            if st.button("Cancel", icon=":material/close:", key="cancel"):
                job.cancel()
                st.rerun()
        progress = job.progress if isinstance(job.progress, Progress) else None
        if job.state is not JobState.QUEUED:
            st.progress(min((progress and progress.fraction) or 0.0, 1.0))
        st.caption(_details(job, progress))
        if progress is not None:
            _partial(progress, show_partial or _lanes)


def render_button(video: VideoJob[Any, Any], name: str) -> None:
    """Puts the drawing of a video to take home in line."""
    help = "What you see, as a video to take home. It is drawn when you ask for it."
    if st.button(f"{name} (MP4)", icon=":material/movie_edit:", help=help, key="render"):
        video.render()
        st.rerun()


@polled
def rendering_panel(video: VideoJob[Any, Any]) -> None:
    """The progress of that, in one line."""
    job = video.rendering
    if job is None or job.ended:
        st.rerun()
    fraction = job.progress.fraction if isinstance(job.progress, Progress) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        text = "Drawing the video" if job.state is JobState.RUNNING else _headline(job)
        st.progress(min(fraction or 0.0, 1.0), text=text)
        if st.button("Cancel", key="cancel-rendering"):
            job.cancel()
            st.rerun()


def _headline(job: Job, stages: Mapping[str, str] = STAGES) -> str:
    if job.state is JobState.QUEUED:
        people = len({other.owner for other in job.before} - {job.owner})
        if people == 0:
            return "You are next in line"
        return "1 person is before you" if people == 1 else f"{people} people are before you"
    stage = job.progress.stage if isinstance(job.progress, Progress) else "load"
    return stages.get(stage, "Working")


def _details(job: Job, progress: Progress | None) -> str:
    if job.state is JobState.QUEUED:
        return (
            "This server analyzes one video at a time. Yours starts by itself; keep this page open."
        )
    if progress is None or progress.stage in ("load", "preview"):
        return "This takes a moment."
    parts = []
    if progress.fraction is not None:
        parts.append(f"{progress.fraction:.0%}")
    else:
        parts.append(f"at {clock(progress.time_s)}")
    parts.append(f"{short_number(progress.frames_per_second)} frames/s")
    if progress.remaining_s is not None:
        parts.append(f"{duration_words(progress.remaining_s)} left")
    return " · ".join(parts)


def _partial(progress: Progress, show: Callable[[Any], None]) -> None:
    """The timeline so far; drawn anew at most every `_REDRAW_S`."""
    drawn = st.session_state.setdefault("partial", {"at": 0.0, "of": None})
    now = time.monotonic()
    if progress.partial is not drawn["of"] and now - drawn["at"] >= _REDRAW_S:
        st.session_state["partial"] = drawn = {"at": now, "of": progress.partial}
    if drawn["of"] is not None:
        show(drawn["of"])


def _lanes(partial: Analysis) -> None:
    if partial.people:
        analysis_player.show_lanes(partial, key="partial-lanes")
