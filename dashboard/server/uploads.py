"""Uploads: copied to disk, and let go of in memory."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.server.storage import VisitorStorage


def store(storage: VisitorStorage, upload: IO[bytes], suffix: str = "") -> Path:
    """Where an upload lies from now on; see `VisitorStorage.store`.

    Streamlit would keep its bytes as long as the visitor stays, also once the field is gone.
    """
    try:
        return storage.store(upload, suffix)
    finally:
        _let_go(upload)


def _let_go(upload: IO[bytes]) -> None:
    context = get_script_run_ctx()
    if context is None or not isinstance(upload, UploadedFile):
        return
    remove = getattr(context.uploaded_file_mgr, "remove_file", None)  # others need not have it
    if remove is not None:
        remove(session_id=context.session_id, file_id=upload.file_id)
