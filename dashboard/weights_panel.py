"""What the sidebar and the page say about an engine that can't run yet, and how it comes there."""

from __future__ import annotations

import os
from typing import Final

import streamlit as st

from dashboard.polling import polled
from dashboard.server.jobs import Job, JobState
from dashboard.server.weights_download import WeightsDownload, download
from dashboard.text import plain
from dashboard.visitor import Visitor
from harec.analysis.tables import duration_words
from harec.pose.detectron2 import compat
from harec.pose.registry import ESTIMATORS
from harec.pose.weights import DETECTRON2, Transfer, locate

_LICENCE: Final = "[CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/)"
#: In the visitor's state: "missed" once this page has shown that the weights are not there, and
#: "arrived" once it has shown that they came.
_NEWS: Final = "weights_news"


def hint(engine: str) -> None:
    """On the page itself: the chosen engine can't run, so Analyze would end at once."""
    problem = ESTIMATORS[engine].unavailable()
    if problem is not None:
        st.info(
            f"{problem} See **Pose model** in the sidebar, or choose another engine there.",
            icon=":material/cloud_download:",
        )


def panel(visitor: Visitor, engine: str) -> None:
    """In the sidebar: what is missing for the chosen engine, and the button that brings it."""
    if engine != DETECTRON2.name:
        st.session_state.pop(_NEWS, None)
    elif not compat.installed():
        st.warning(compat.NOT_INSTALLED, icon=":material/extension_off:")
    elif locate(DETECTRON2) is None and os.environ.get(DETECTRON2.environment):
        st.warning(
            f"{DETECTRON2.environment} names a file that is not there: correct or unset it, and "
            "start the server again.",
            icon=":material/error:",
        )
    elif locate(DETECTRON2) is None:
        st.session_state[_NEWS] = "missed"
        _fetch_panel()
    elif _NEWS in st.session_state:
        _arrived(visitor)


@polled
def _fetch_panel() -> None:
    """Polls: another visitor, or a command, may fetch the weights, too."""
    if locate(DETECTRON2) is not None:
        st.rerun()
    shared = download()
    with st.container(border=True):
        if shared.job is not None and not shared.job.ended:
            _running(shared, shared.job)
        else:
            _stopped(shared)


def _arrived(visitor: Visitor) -> None:
    if st.session_state[_NEWS] == "missed":
        st.session_state[_NEWS] = "arrived"
        visitor.engine_arrived()
    st.success("Detectron2's weights are ready.", icon=":material/check_circle:")
    if visitor.busy:  # it has been read
        del st.session_state[_NEWS]


def _running(shared: WeightsDownload, job: Job) -> None:
    transfer: Transfer | None = job.progress
    st.markdown(f"**{'Checking' if _checks(transfer) else 'Downloading'} Detectron2's weights**")
    st.progress(_fraction(transfer), text=_amount(transfer))
    st.caption(_speed(transfer))
    st.button(
        "Cancel",
        icon=":material/close:",
        key="cancel-weights",
        width="stretch",
        on_click=shared.cancel,
    )


def _stopped(shared: WeightsDownload) -> None:
    job = shared.job
    error = job.error if job is not None else None
    again = job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)
    if error is not None:
        short = error.replace(DETECTRON2.other_ways, "")  # it is said below
        st.error(plain(short), icon=":material/error:")
        with st.expander("Other ways"):
            st.caption(DETECTRON2.how_to_get)
    else:
        st.markdown("**Detectron2's weights are needed**")
        st.caption(
            f"About {_megabytes(DETECTRON2.size_bytes)} MB, downloaded once for everybody on this "
            f"server. Licence: {_LICENCE}."
            + (" The download was stopped; it goes on from there." if again else "")
        )
    st.button(
        "Try again" if error else "Continue" if again else "Download weights",
        icon=":material/download:",
        key="download-weights",
        type="primary",
        width="stretch",
        on_click=shared.start,
    )


def _checks(transfer: Transfer | None) -> bool:
    return transfer is not None and transfer.stage == "check"


def _fraction(transfer: Transfer | None) -> float:
    if transfer is None:
        return 0.0
    # A server that doesn't send the length: the bar isn't full before it is.
    total, most = (transfer.total_bytes, 1.0) if transfer.total_bytes else (None, 0.99)
    return min(transfer.done_bytes / (total or DETECTRON2.size_bytes), most)


def _amount(transfer: Transfer | None) -> str:
    if transfer is None:
        return "Connecting …"
    done = _megabytes(transfer.done_bytes)
    if transfer.total_bytes is None:
        return f"{done} of about {_megabytes(DETECTRON2.size_bytes)} MB"
    return f"{done} of {_megabytes(transfer.total_bytes)} MB"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f}"


def _speed(transfer: Transfer | None) -> str:
    parts = []
    if transfer is not None and transfer.bytes_per_second > 0:
        parts.append(f"{transfer.bytes_per_second / 1e6:.1f} MB/s")
    if transfer is not None and transfer.remaining_s is not None:
        parts.append(f"{duration_words(transfer.remaining_s)} left")
    return " · ".join(parts) or "This takes a moment."
