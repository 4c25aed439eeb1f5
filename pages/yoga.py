"""Yoga: a photo, a video or a webcam in, the asana with its score and a teacher's words out."""

import streamlit as st

from dashboard.visitor import current_visitor
from dashboard.widget_memory import TAB, at_first
from dashboard.yoga import live, photo, practice
from dashboard.yoga.photo_job import PhotoJob
from dashboard.yoga.practice_job import PracticeJob
from dashboard.yoga.sidebar import sidebar

PHOTO, PRACTICE, LIVE = (
    ":material/image: Photo",
    ":material/movie: Practice video",
    ":material/videocam: Live coach",
)

visitor = current_visitor()
photo_job, practice_job = visitor.state(PhotoJob), visitor.state(PracticeJob)
photo_job.collect()
practice_job.collect()

st.title("Yoga", anchor=False)
st.markdown("Show harec your practice: it names each asana and says how to do it better.")
tabs = st.tabs([PHOTO, PRACTICE, LIVE], key=at_first(TAB, PHOTO), on_change="rerun")
# Only the open one runs: a camera in a closed tab would stay on.
if tabs[0].open:
    with tabs[0]:
        photo.tab(photo_job, sidebar(visitor, still=True))
elif tabs[1].open:
    with tabs[1]:
        practice.tab(practice_job, sidebar(visitor))
else:
    with tabs[2]:
        live.tab(visitor)
