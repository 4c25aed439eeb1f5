"""Which actions are named: the built-in ones, one's own, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harec.actions.labels import ACTIONS

if TYPE_CHECKING:  # torch is for the worker to load, not for the page
    from harec.taught.action_set import ActionSet


@dataclass(frozen=True)
class Named:
    """Which actions are named; the built-in ones alone by default.

    Attributes:
        actions: a taught set; None = none.
        builtin: with a set: the built-in actions, too, where no taught one is named.
        threshold: of the taught actions, 0..1; None = that of their set.
    """

    actions: ActionSet | None = None
    builtin: bool = True
    threshold: float | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The taught actions first, in the order of their set."""
        if self.actions is None:
            return ACTIONS
        return (*self.actions.labels, *(beside(self.actions.labels) if self.builtin else ()))


def beside(taught: tuple[str, ...]) -> tuple[str, ...]:
    """The built-in actions whose names are not those of taught ones."""
    return tuple(label for label in ACTIONS if label not in taught)
