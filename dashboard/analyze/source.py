"""Choosing a video: an upload, or the sample that ships with harec."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any, Final, Protocol

import streamlit as st

from dashboard.analyze.job import Source
from dashboard.server.jobs import Job
from dashboard.server.storage import VisitorStorage
from dashboard.text import NAME_LIMIT, plain
from harec.analysis.tables import clock
from harec.core.errors import Cancelled, HarecError
from harec.video import VideoInfo, probe

TYPES: Final = ("mp4", "mov", "avi", "mkv", "webm", "gif")
#: A simulated clip, made by tools/make_sample.py.
SAMPLE: Final = Path(__file__).parents[2] / "assets" / "sample.mp4"


class Desk(Protocol):
    """Where a visitor's video lies while it is worked on: a session, or a part of it."""

    shelf: VisitorStorage
    source: Source | None
    job: Job | None
    problem: str | None

    def analyze(self, settings: Any) -> None:
        """Put the chosen video in line."""


def uploader(session: Desk) -> None:
    """The upload field. What arrives is copied to disk and let go of in memory."""
    count = st.session_state.setdefault("uploads", 0)
    upload = st.file_uploader(
        "Video", type=list(TYPES), key=f"upload-{count}", label_visibility="collapsed"
    )
    if upload is None:
        return
    with st.spinner(f"Reading {plain(upload.name, NAME_LIMIT)} …"):
        _take(session, upload)
    # A field with a new name is empty again, and Streamlit forgets the old one's bytes.
    st.session_state["uploads"] = count + 1
    st.rerun()


def _take(session: Desk, upload: st.runtime.uploaded_file_manager.UploadedFile) -> None:
    suffix = PurePath(upload.name).suffix.lower()
    session.problem = None
    try:
        path = session.shelf.store(upload, suffix if suffix[1:] in TYPES else "")
        session.source = Source(path, upload.name, probe(path, upload.name))
    except Cancelled:
        pass  # the visitor has left: nobody is there to read it
    except HarecError as problem:
        session.problem = str(problem)


def sample_button(session: Desk, settings: Any, sample: Path = SAMPLE) -> None:
    """One press to see it work."""
    if not sample.exists():
        return
    if st.button("Try the sample", icon=":material/play_circle:", width="stretch"):
        session.source = Source(sample, sample.name, probe(sample, sample.name))
        session.analyze(settings)
        st.rerun()


def chosen(session: Desk, settings: Any, sample: Path = SAMPLE) -> None:
    """The chosen file's name beside the button that starts the work."""
    source = session.source
    assert source is not None
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        name = plain(source.name, NAME_LIMIT)
        st.markdown(
            f":material/movie: **{name}**  \n:small[:gray[{_facts(source.info)}]]",
            width="stretch",
        )
        busy = session.job is not None
        if st.button("Analyze", type="primary", disabled=busy, icon=":material/play_arrow:"):
            session.analyze(settings)
            st.rerun()
        with st.popover("Other video", icon=":material/upload:", disabled=busy):
            uploader(session)
            sample_button(session, settings, sample)


def _facts(info: VideoInfo) -> str:
    facts = [f"{info.width} × {info.height}"]
    if info.duration_s:
        facts.append(clock(info.duration_s))
    if info.frame_rate:
        facts.append(f"{float(info.frame_rate):.3g} frames/s")
    return " · ".join(facts)
