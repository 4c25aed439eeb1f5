"""The tab for one photo: upload, the photo with its angles, what to do better."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from dashboard import weights_panel
from dashboard.polling import polled
from dashboard.server import uploads
from dashboard.server.jobs import Job, JobState
from dashboard.text import NAME_LIMIT, plain
from dashboard.yoga import card, figures, gallery
from dashboard.yoga.photo_job import PhotoJob, PhotoOutcome
from dashboard.yoga.settings import YogaSettings
from harec.core.errors import Cancelled, HarecError
from harec.core.file_types import PHOTO_ENDINGS, ending
from harec.pose.registry import ESTIMATORS
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.references import load_references
from harec.yoga.recognition.angles import ANGLE_NAMES
from harec.yoga.recognition.asanas import ASANAS

_MAX_MB: Final = 50
SAMPLE_NAME: Final = "sample photo"


def tab(photo: PhotoJob, settings: YogaSettings) -> None:
    """Everything in the tab."""
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        _uploader(photo, settings)
    with right:
        _sample_button(photo, settings)
    if photo.problem:
        st.error(plain(photo.problem), icon=":material/error:")
    elif photo.job is None:
        weights_panel.hint(settings.pose.estimator)
    if photo.job is not None:
        _waiting(photo)
    elif photo.outcome is not None:
        _result(photo, photo.outcome, settings)
    gallery.show(folded=photo.outcome is not None or photo.job is not None)


def _uploader(photo: PhotoJob, settings: YogaSettings) -> None:
    count = st.session_state.setdefault("photo_uploads", 0)
    upload = st.file_uploader(
        "Photo",  # of any type: see dashboard/analyze/source.py
        key=f"photo-upload-{count}",
        label_visibility="collapsed",
        max_upload_size=_MAX_MB,
    )
    if upload is None:
        return
    suffix = ending(upload.name)
    try:
        path = uploads.store(photo.storage, upload, suffix if suffix in PHOTO_ENDINGS else "")
        photo.coach(path, upload.name, settings.pose)
    except Cancelled:
        pass  # the visitor has left and reads nothing any more
    except HarecError as problem:
        photo.problem = str(problem)
    # A field with a new name is empty again, and Streamlit forgets the old one's bytes.
    st.session_state["photo_uploads"] = count + 1
    st.rerun()


def _sample_button(photo: PhotoJob, settings: YogaSettings) -> None:
    if st.button("Try a sample", icon=":material/image:", width="stretch", key="sample-photo"):
        photo.coach(figures.sample_photo(), SAMPLE_NAME, settings.pose)
        st.rerun()


@polled
def _waiting(photo: PhotoJob) -> None:
    job = photo.job
    if job is None or job.ended:
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/hourglass_top: **{_headline(job)}**", width="stretch")
        if st.button("Cancel", icon=":material/close:", key="cancel-photo"):
            job.cancel()
            st.rerun()


def _headline(job: Job) -> str:
    if job.state is not JobState.QUEUED:
        return "Looking at the photo; the first time takes a moment"
    before = {other.owner for other in job.before}
    if before <= {job.owner}:
        return f"Next in line{', after your own video' if before else ''}"
    count = len(before - {job.owner})
    return f"{count} {'person is' if count == 1 else 'people are'} before you"


def _result(photo: PhotoJob, outcome: PhotoOutcome, settings: YogaSettings) -> None:
    result = outcome.result
    if outcome.settings != settings.pose:
        _look_again(photo, outcome, settings)
    coaching, image = outcome.at(settings.threshold)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        with st.container(key="yoga-photo"):
            st.image(image, width="stretch")
        st.caption(f"{plain(result.file, NAME_LIMIT)} · {' × '.join(map(str, result.size_wh))}")
        if coaching is not None:
            outcome.saved |= st.download_button(
                "Save the photo",
                image,
                f"{Path(result.file).stem}-coached.jpg",
                "image/jpeg",
                icon=":material/download:",
            )
    with right:
        if coaching is None:
            for note in result.notes:
                st.warning(plain(note), icon=":material/person_off:")
            return
        data = card.coaching_data(coaching)
        card.show("yoga-photo-card", {**data, "warnings": [*result.notes, *data["warnings"]]})
        if coaching.asana is None:
            st.caption(
                f"No asana is likely enough: {_nearest(coaching)}. Lower the **Asana threshold** "
                "to see weaker guesses."
            )
        else:
            _reference(coaching)
    if coaching.angles_deg:
        with st.expander("Angles", icon=":material/square_foot:"):
            _angles(coaching)


def _look_again(photo: PhotoJob, outcome: PhotoOutcome, settings: YogaSettings) -> None:
    engine = ESTIMATORS[settings.pose.estimator].title
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            ":material/history: Below is what was seen with other settings.",
            width="stretch",
        )
        if st.button(f"Look again with {engine}", icon=":material/refresh:", key="look-again"):
            photo.coach(outcome.picture, outcome.result.file, settings.pose)
            st.rerun()


def _nearest(coaching: Coaching) -> str:
    """The likeliest asana below the threshold, in words."""
    best = int(coaching.probabilities[: len(ASANAS)].argmax())
    name = list(ASANAS.values())[best].sanskrit
    return f"the nearest is {name} with {100 * coaching.probabilities[best]:.0f} %"


def _reference(coaching: Coaching) -> None:
    assert coaching.asana is not None
    source = figures.as_url(coaching.asana, coaching.side)
    known = ASANAS[coaching.asana]
    words = f"Reference: {known.title(coaching.side)}"
    if source is not None:
        st.html(
            f'<figure style="margin:0.9rem 0 0;max-width:17rem"><img src="{source}" alt="{words}" '
            'width="360" height="360" style="display:block;width:100%;height:auto;'
            'border-radius:0.6rem"></figure>'
        )
    st.caption(
        f"{words}. {gallery.VIEWS[known.view]}. "
        f"{gallery.LEARNT if known.photos else gallery.RULES}."
    )


def _angles(coaching: Coaching) -> None:
    ranges = load_references().judged(coaching.asana, coaching.side) if coaching.asana else {}
    rows = []
    for name in ANGLE_NAMES:
        value, wanted = coaching.angles_deg.get(name), ranges.get(name)
        rows.append(
            {
                "Angle": angle_title(name),
                "Yours": "not seen" if value is None else f"{value:.0f}°",
                "Aim": "" if wanted is None else f"{wanted.low:.0f}–{wanted.high:.0f}°",
                "Yours is": ""
                if wanted is None or value is None
                else "✓"
                if value in wanted
                else "too small"
                if value < wanted.low
                else "too large",
                "From": "" if wanted is None else wanted.source,
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption("Angles are those in the picture; the body's own left and right.")


def angle_title(name: str) -> str:
    """``Left knee``; ``Between the thighs`` for the angle that has no joint of its own."""
    return "Between the thighs" if name == "legs" else name.replace("_", " ").capitalize()
