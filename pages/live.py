"""Live: a webcam in, who does which action now out."""

import streamlit as st

from dashboard import sidebar
from dashboard.live import camera, check, page
from dashboard.live.controller import live_controller
from dashboard.taught import named_actions
from dashboard.visitor import current_visitor

visitor = current_visitor()
controller = visitor.state(live_controller)
asked = camera.sidebar(controller)
controller.named = named_actions(visitor)
controller.live.settings = sidebar.sidebar(visitor, live=True)
controller.live.mirror = asked.mirror
controller.follow_record(asked.record)

st.title("Live", anchor=False)
st.markdown("Move in front of your camera: harec names what you do while you do it, and counts.")
left, right = st.columns([3, 2], gap="medium")
with left:
    camera.stream(controller, asked)
    page.controls(controller)
with right:
    page.now(controller)
page.board(controller)
check.camera_check()  # last, where its empty line is in no one's way
