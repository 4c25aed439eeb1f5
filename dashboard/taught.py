"""The actions that a visitor has taught, and which actions the pages name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from dashboard.visitor import PageState, Visitor
from dashboard.widget_memory import at_first
from harec.taught.named import Named

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


def named_actions(visitor: Visitor) -> Named:
    """Which actions a page names, with the choice in the sidebar where the visitor has a set."""
    taught = visitor.state(Taught)
    if taught.actions is None:
        return Named()
    with st.sidebar:
        st.subheader("Actions")
        chosen = st.segmented_control(
            "Which are named",
            list(_CHOICES),
            key=at_first("actions", taught.choice),
            format_func=_CHOICES.__getitem__,
            required=True,
            help="The six that harec knows, those that you taught, or both. Where one of yours is "
            "seen, it goes before the six, unless one of these is clearly surer.",
        )
        taught.choice = chosen or taught.choice
        if taught.choice == "built-in":
            return Named()
        usual = taught.actions.head.threshold
        threshold = st.slider(
            "Threshold of mine",
            0.05,
            0.95,
            step=0.05,
            key=at_first(f"taught_threshold_{usual}", usual),
            help="How sure the model must be before one of your actions is named. It starts with "
            "what everyday motion hardly reaches.",
        )
    return Named(taught.actions, taught.choice == "both", threshold)
