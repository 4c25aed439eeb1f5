"""Choosing a video: an upload, or the sample that ships with harec."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any, Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.analyze.video_job import Source, VideoJob
from dashboard.text import NAME_LIMIT, plain
from harec.analysis.tables import clock
from harec.core.errors import Cancelled, HarecError
from harec.video import VideoInfo, probe

TYPES: Final = ("mp4", "mov", "avi", "mkv", "webm", "gif")
#: A simulated clip, made by tools/make_sample.py.
SAMPLE: Final = Path(__file__).parents[2] / "assets" / "sample.mp4"


def uploader(job: VideoJob[Any, Any]) -> None:
    """The upload field. What arrives is copied to disk and let go of in memory."""
    count = st.session_state.setdefault("uploads", 0)
    upload = st.file_uploader(
        "Video", type=list(TYPES), key=f"upload-{count}", label_visibility="collapsed"
    )
    if upload is None:
        return
    with st.spinner(f"Reading {plain(upload.name, NAME_LIMIT)} …"):
        _take(job, upload)
    # A field with a new name is empty again, and Streamlit forgets the old one's bytes.
    st.session_state["uploads"] = count + 1
    st.rerun()


def _take(job: VideoJob[Any, Any], upload: UploadedFile) -> None:
    suffix = PurePath(upload.name).suffix.lower()
    job.problem = None
    try:
        path = job.storage.store(upload, suffix if suffix[1:] in TYPES else "")
        job.source = Source(path, upload.name, probe(path, upload.name))
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
        if st.button("Analyze", type="primary", disabled=busy, icon=":material/play_arrow:"):
            job.analyze(settings)
            st.rerun()
        with st.popover("Other video", icon=":material/upload:", disabled=busy):
            uploader(job)
            sample_button(job, settings, sample)


def _facts(info: VideoInfo) -> str:
    facts = [f"{info.width} × {info.height}"]
    if info.duration_s:
        facts.append(clock(info.duration_s))
    if info.frame_rate:
        facts.append(f"{float(info.frame_rate):.3g} frames/s")
    return " · ".join(facts)
