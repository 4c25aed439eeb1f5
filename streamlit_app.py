"""The dashboard: ``streamlit run streamlit_app.py``.

Streamlit loads this file once as the server, which adds addresses of its own for videos, and then
runs it for every visitor.
"""

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from dashboard import browser_tab, polling, sidebar, warmup_badge, widget_memory
from dashboard.analyze.job import AnalyzeJob
from dashboard.server import last_pieces, privacy, process, published_files
from dashboard.visitor import current_visitor
from harec.core.threads import tune_process

HERE = Path(__file__).parent

tune_process()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Leave no thread and no file behind."""
    process.storage()  # also removes what earlier processes left
    sys.stderr.write(f"harec: {privacy.address()}\n")
    # May have to ask PyTorch for a GPU: better now than when the first visitor waits for the page.
    threading.Thread(target=sidebar.default_engine, daemon=True).start()
    yield
    process.shut_down()


def main() -> None:
    """One run of the script for one visitor."""
    polling.begin_at_the_top()
    st.set_page_config("harec", page_icon=HERE / "assets" / "icon.png", layout="wide")
    st.logo(HERE / "assets" / "logo.svg", size="large")
    st.html(HERE / "dashboard" / "page.css")
    page = st.navigation(
        [
            st.Page("pages/analyze.py", title="Analyze", icon=":material/movie:", default=True),
            st.Page("pages/live.py", title="Live", icon=":material/videocam:"),
            st.Page("pages/yoga.py", title="Yoga", icon=":material/self_improvement:"),
            st.Page("pages/teach.py", title="Teach", icon=":material/school:"),
            st.Page("pages/library.py", title="Library", icon=":material/video_library:"),
        ]
    )
    browser_tab.take()
    visitor = current_visitor()
    with visitor.script:
        widget_memory.keep(page.url_path)
        place = st.container()
        page.run()
        browser_tab.follow(visitor)
        warmup_badge.show(place, visitor.state(AnalyzeJob).problem)


if st.runtime.exists():
    main()
else:
    # Streamlit takes a folder called pages for the app's pages until `st.navigation` has run once:
    # the first visitor, if straight to /live, would see a page without the rest.
    PagesManager.uses_pages_directory = False
    privacy.keep_to_this_machine()
    last_pieces.wait_for_them()
    app = st.App(__file__, routes=published_files.routes(process.files()), lifespan=lifespan)
