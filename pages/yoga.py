"""Yoga: a photo, a video or a webcam in, the asana with its score and a teacher's words out."""

import streamlit as st

from dashboard.sidebar import TAB, at_first
from dashboard.visitor import current
from dashboard.yoga import live, photo, practice
from dashboard.yoga.settings import sidebar

PHOTO, PRACTICE, LIVE = (
    ":material/image: Photo",
    ":material/movie: Practice video",
    ":material/videocam: Live coach",
)

session = current()
yoga = session.yoga
yoga.collect()

st.title("Yoga", anchor=False)
st.markdown("Show harec your practice: it names each asana and says how to do it better.")
tabs = st.tabs([PHOTO, PRACTICE, LIVE], key=at_first(TAB, PHOTO), on_change="rerun")
# Only the open one runs: a camera in a closed tab would go on.
if tabs[0].open:
    with tabs[0]:
        photo.tab(yoga.photo, sidebar(session, still=True))
elif tabs[1].open:
    with tabs[1]:
        practice.tab(yoga.practice, sidebar(session))
else:
    with tabs[2]:
        live.tab(session, yoga.studio)
