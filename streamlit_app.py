"""The dashboard: ``streamlit run streamlit_app.py``.

Streamlit loads this file once as the server, which adds addresses of its own for videos, and then
runs it for every visitor.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from dashboard import files, session


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Leave no thread and no file behind."""
    session.spool()  # also removes what earlier processes left
    yield
    session.shut_down()


def main() -> None:
    """One run of the script for one visitor."""
    st.set_page_config("harec", page_icon=":material/directions_run:", layout="wide")
    st.navigation(
        [st.Page("pages/analyze.py", title="Analyze", icon=":material/movie:", default=True)]
    ).run()


if st.runtime.exists():
    main()
else:
    app = st.App(__file__, routes=files.routes(session.files()), lifespan=lifespan)
