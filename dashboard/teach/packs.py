"""Packs of a visitor's examples: to take home, to open, to try."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import player
from dashboard.server import uploads
from dashboard.server.published_files import Download, Publications
from dashboard.teach import example_pack
from dashboard.teach_state import MOST_BYTES, TeachState
from dashboard.text import file_name, plain
from dashboard.visitor import PageState, Visitor
from harec.core.errors import Cancelled, HarecError
from harec.taught.examples import PACK_ENDING, Example

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from harec.taught.action_set import ActionSet

_MERGE, _REPLACE = "Add to mine", "Replace mine"
_NAME_LIMIT: Final = 60


class Packs(PageState):
    """A visitor's pack files."""

    def __init__(self, visitor: Visitor) -> None:
        self._storage = visitor.new_storage()
        self._published = Publications(visitor.files)
        self._of: ActionSet | None = None
        self._path: Path | None = None

    def url(self, actions: ActionSet, name: str) -> str:
        """Address of a set's pack, which is written when it is first asked for."""
        if self._of is not actions or self._path is None:
            self._of, self._path = actions, self._storage.new_folder() / f"pack{PACK_ENDING}"
            self._storage.keep_only([self._path])
        file = f"{name}{PACK_ENDING}"
        save = partial(_save, actions)
        return self._published.publish(Download("pack", self._path, file, "application/zip", save))

    def read(self, upload: UploadedFile) -> tuple[Example, ...]:
        """The examples of a pack. Raises InputError, Cancelled."""
        from harec.taught.pack_file import read_pack  # torch: the page does not wait for it

        path = uploads.store(self._storage, upload, PACK_ENDING)
        try:
            return read_pack(path)[0]
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)

    def close(self) -> None:
        self._published.withdraw()
        self._storage.clear()


def _save(actions: ActionSet, path: Path) -> None:
    actions.save(path)


def save_link(state: TeachState, packs: Packs) -> None:
    """The visitor's pack, to take home."""
    actions = state.trained.actions
    if actions is None or state.training:
        return
    try:
        url = packs.url(actions, state.name)
    except Cancelled:
        return  # the visitor has left
    player.links("teach-pack", [("Save pack", "", f"{url}?save")], state.version)


def opener(state: TeachState, packs: Packs) -> None:
    """Opens a pack; with examples there, it is added to them or takes their place."""
    opened = st.session_state.setdefault("teach-packs-opened", 0)
    key = f"teach-open-{opened}"  # closed again with each pack
    with st.popover("Open a pack", icon=":material/folder_open:", width="stretch", key=key):
        choice = _REPLACE
        if not state.empty:
            choice = st.segmented_control(
                "What becomes of your examples?", [_MERGE, _REPLACE], default=_MERGE,
                required=True, key="teach-open-as",
            )  # fmt: skip
        count = st.session_state.setdefault("teach-packs", 0)
        upload = st.file_uploader(
            "Pack (.harec)", key=f"teach-pack-{count}", max_upload_size=MOST_BYTES >> 20
        )
        if problem := st.session_state.get("teach-pack-problem"):
            st.error(plain(problem), icon=":material/error:")
    if upload is not None:
        st.session_state["teach-packs"] = count + 1  # a field with a new name is empty again
        problem = _open(state, packs, upload, choice == _MERGE)
        st.session_state["teach-pack-problem"] = problem
        st.session_state["teach-packs-opened"] = opened + (problem is None)
        st.rerun()


def _open(state: TeachState, packs: Packs, upload: UploadedFile, merge: bool) -> str | None:
    """Returns what is wrong with it."""
    name = file_name(upload.name)
    try:
        with st.spinner("Reading the pack …"):
            examples = packs.read(upload)
        if merge and not state.empty:
            new = state.add(examples)
            st.toast(f"{new} new example{'s' * (new != 1)} from {plain(name, _NAME_LIMIT)}")
        else:
            state.open(examples, name.removesuffix(PACK_ENDING)[:_NAME_LIMIT] or "my-actions")
    except Cancelled:
        return None
    except HarecError as problem:
        return str(problem).replace(f"upload{PACK_ENDING}", name)
    return None


def example_button(state: TeachState) -> None:
    """One press to see it work."""
    if st.button("Try the example pack", icon=":material/play_circle:", type="primary"):
        state.open(example_pack.examples(), example_pack.NAME)
        st.rerun()
