"""Live: a webcam in, who does which action now out."""

import streamlit as st

from dashboard import sidebar
from dashboard.live import camera, check, page
from dashboard.visitor import current

session = current()
studio = session.studio
asked = camera.sidebar(studio)
studio.live.settings = sidebar.sidebar(session, live=True)
studio.live.mirror = asked.mirror
studio.follow_record(asked.record)

st.title("Live", anchor=False)
st.markdown("Move in front of your camera: harec names what you do while you do it, and counts.")
left, right = st.columns([3, 2], gap="medium")
with left:
    camera.picture(studio, asked)
    page.controls(studio)
with right:
    page.now(studio)
page.board(studio)
check.camera_check(studio)  # last, where its empty line is in nobody's way
