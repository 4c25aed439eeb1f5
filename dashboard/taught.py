"""The actions that a visitor has taught, and which actions the pages name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from dashboard.visitor import PageState, Visitor
from dashboard.widget_memory import at_first

if TYPE_CHECKING:  # torch is for the worker to load, not for the page
    from harec.taught.action_set import ActionSet

Choice = Literal["built-in", "taught", "both"]

_CHOICES: Final[dict[Choice, str]] = {"built-in": "The six", "taught": "Mine", "both": "Both"}


class Taught(PageState):
    """A visitor's own actions. Used by the script's thread, but for `learn`.

    Attributes:
        actions: the newest set that the visitor trained or opened.
        version: grows with each set.
        choice: which actions pages name; "built-in" as long as there is no set.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.actions: ActionSet | None = None
        self.version = 0
        self.choice: Choice = "built-in"

    def learn(self, actions: ActionSet | None) -> None:
        """Pages name these from now on, beside the built-in ones until the visitor chooses.

        Any thread may call it. None: the visitor has no set any more.
        """
        if actions is None:
            self.choice = "built-in"
        elif self.actions is None:
            self.choice = "both"
        self.actions = actions
        self.version += 1

    @property
    def labels(self) -> tuple[str, ...]:
        """The taught actions, in the order that gives them their colours."""
        return () if self.actions is None else self.actions.labels

    @property
    def empty(self) -> bool:
        return self.actions is None


def sidebar_choice(taught: Taught) -> None:
    """Which actions are named; nothing where the visitor has taught none."""
    if taught.actions is None:
        return
    with st.sidebar:
        chosen = st.segmented_control(
            "Actions",
            list(_CHOICES),
            key=at_first("actions", taught.choice),
            format_func=_CHOICES.__getitem__,
            required=True,
            help="The six that harec knows, those that you taught, or both: where a taught action "
            "is seen, it goes before.",
        )
    taught.choice = chosen or taught.choice
