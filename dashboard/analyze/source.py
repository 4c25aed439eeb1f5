"""Choosing a video: an upload, or the sample that ships with harec."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.analyze.video_job import Source, VideoJob
from dashboard.server import uploads
from dashboard.text import NAME_LIMIT, plain
from harec.analysis.tables import clock
from harec.core.errors import Cancelled, HarecError
from harec.core.file_types import VIDEO_ENDINGS, ending
from harec.video import VideoInfo, probe
from harec.video.untimed import LEAST_RATE, MOST_RATE

#: A simulated clip, made by tools/make_sample.py.
SAMPLE: Final = Path(__file__).parents[2] / "assets" / "sample.mp4"


def uploader(job: VideoJob[Any, Any]) -> None:
    """The upload field. What arrives is copied to disk and let go of in memory."""
    count = st.session_state.setdefault("uploads", 0)
    # Of any type: a list would refuse others in the browser's words for them (".ts" files are
    # "text/vnd.trolltech.linguist"), and what a file is, is seen in it and not in its name.
    upload = st.file_uploader("Video", key=f"upload-{count}", label_visibility="collapsed")
    if upload is None:
        return
    with st.spinner(f"Reading {plain(upload.name, NAME_LIMIT)} …"):
        _take(job, upload)
    # A field with a new name is empty again, and Streamlit forgets the old one's bytes.
    st.session_state["uploads"] = count + 1
    st.rerun()


def _take(job: VideoJob[Any, Any], upload: UploadedFile) -> None:
    suffix = ending(upload.name)
    job.problem = None
    try:
        path = uploads.store(job.storage, upload, suffix if suffix in VIDEO_ENDINGS else "")
        job.take(path, upload.name)
    except Cancelled:
        pass  # the visitor has left and reads nothing any more
    except HarecError as problem:
        job.problem = str(problem)


def sample_button(job: VideoJob[Any, Any], settings: Any, sample: Path = SAMPLE) -> None:
    """One press to see it work."""
    if not sample.exists():
        return
    if st.button("Try the sample", icon=":material/play_circle:", width="stretch"):
        job.source = Source(sample, sample.name, probe(sample, sample.name))
        job.analyze(settings)
        st.rerun()


def chosen(job: VideoJob[Any, Any], settings: Any, sample: Path = SAMPLE) -> None:
    """The chosen file's name beside the button that starts the work."""
    source = job.source
    assert source is not None
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        name = plain(source.name, NAME_LIMIT)
        st.markdown(
            f":material/movie: **{name}**  \n:small[:gray[{_facts(source.info)}]]",
            width="stretch",
        )
        busy = job.job is not None
        if source.info.untimed_rate:
            _ask_rate(job, source, busy)
        if st.button("Analyze", type="primary", disabled=busy, icon=":material/play_arrow:"):
            job.analyze(settings)
            st.rerun()
        key = f"other-{source.path.parent.name}"  # closed again with each video
        with st.popover("Other video", icon=":material/upload:", disabled=busy, key=key):
            uploader(job)
            sample_button(job, settings, sample)


def _ask_rate(job: VideoJob[Any, Any], source: Source, busy: bool) -> None:
    """The frame rate of a file that holds no times, which only its camera knows."""
    assumed = source.info.untimed_rate
    assert assumed is not None
    given = st.number_input(
        "Frames/s",
        float(LEAST_RATE),
        float(MOST_RATE),
        value=float(assumed),
        key=f"rate-{source.path.parent.name}",
        disabled=busy,
        help="This file holds no times: by this rate of its camera they are made.",
        width=140,
    )
    if given != float(assumed):
        info = probe(source.path, source.name, frame_rate=given)
        job.source = replace(source, info=info, frame_rate=given)
        st.rerun()


def _facts(info: VideoInfo) -> str:
    facts = [f"{info.width} × {info.height}"]
    if info.duration_s:
        facts.append(clock(info.duration_s))
    if info.frame_rate:
        facts.append(f"{float(info.frame_rate):.3g} frames/s")
    return " · ".join(facts)
