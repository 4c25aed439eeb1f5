"""A visitor's examples of their own actions, and the set that is trained from them by itself.

Pages add examples (`TeachState.add`); each change trains anew, in a thread that belongs to the
process: a few tenths of a second, no matter which analysis the process's worker is at. The newest
change wins, and its set is the one that pages name (`dashboard.taught.Taught`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from dashboard.kept import Kept
from dashboard.server import process
from dashboard.server.jobs import Job
from dashboard.taught import Taught
from dashboard.visitor import PageState, Visitor
from harec.actions.labels import OTHER
from harec.core.errors import InputError
from harec.taught.examples import Example, checked_label, in_one_spelling

if TYPE_CHECKING:
    from harec.taught.action_set import ActionReport, ActionSet

MOST_EXAMPLES: Final = 500
MOST_BYTES: Final = 64 << 20


@dataclass(frozen=True, eq=False)
class Trained:
    """What came of a training.

    Attributes:
        change: of which change of the examples.
        actions: None: there are no examples of an action.
        report: how well each action is known.
        problem: what went wrong: one plain sentence.
    """

    change: int
    actions: ActionSet | None = None
    report: tuple[ActionReport, ...] = ()
    problem: str | None = None


class TeachState(PageState):
    """Used by the script's thread; trainings only read.

    Attributes:
        change: grows with each change of the examples.
        name: what the visitor's pack is called, without ending.
        saved: the change that was saved or opened last.
        followed: the newest of the wishes that the page's cards sent, and that were followed.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.change = 0
        self.name = "my-actions"
        self.saved = 0
        self.followed = 0
        self._visitor = visitor
        self._taught = visitor.state(Taught)
        self._kept: dict[int, Kept] = {}
        self._number = 0
        self._labels: dict[str, None] = {}  # in the order in which they came
        self._job: Job | None = None
        self._lock = threading.Lock()
        self._trained = Trained(0)

    # Examples

    @property
    def kept(self) -> tuple[Kept, ...]:
        """All, the oldest first."""
        return tuple(self._kept.values())

    @property
    def examples(self) -> tuple[Example, ...]:
        """All, by their names' order: a name keeps its place, and so its colour."""
        order = {label: place for place, label in enumerate(self._labels)}
        examples = [each.example for each in self._kept.values()]
        return tuple(sorted(examples, key=lambda example: order[example.label]))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names that the examples have, in the order in which they came, and OTHER."""
        labels = dict.fromkeys(each.label for each in self.examples)
        return tuple(sorted(labels, key=lambda label: label == OTHER))

    def add(self, examples: Iterable[Example]) -> int:
        """Keep further examples, and train; all of them or, with an error, none.

        An example that is there already comes once; one of the same stretch by another name takes
        its place.

        Returns:
            How many are new.

        Raises:
            InputError: they would be too many, or too large.
        """
        return self.keep([Kept(0, example) for example in examples])

    def keep(self, fresh: Iterable[Kept]) -> int:
        """The same for examples whose start and end can be moved; their numbers are given here."""
        kept = dict(self._kept)
        known = {each.place: number for number, each in kept.items()}
        new, number = 0, self._number
        for each in fresh:
            before = kept.pop(known.get(each.place, 0), None)
            if before is not None and before.example.label == each.example.label:
                kept[before.number] = before
                continue
            number += 1
            new += 1
            known[each.place] = number
            kept[number] = replace(each, number=number)
        if new:
            self._take(kept)
            self._number = number
        return new

    def delete(self, *numbers: int) -> None:
        """Forget examples; unknown numbers (of before) are none."""
        gone = set(numbers) & set(self._kept)
        if gone:
            self._take({n: each for n, each in self._kept.items() if n not in gone})

    def relabel(self, number: int, label: str) -> None:
        """Give an example another name. Raises InputError if it can't be one."""
        label = checked_label(label)
        before = self._kept.get(number)
        if before is not None and before.example.label != label:
            self._take({**self._kept, number: before.relabelled(label)})

    def cut(self, number: int, track: int, start_s: float, end_s: float) -> None:
        """Move an example's start and end.

        Args:
            track: who shows it, of its tracks.

        Raises:
            InputError: the stretch is too short or too long.
        """
        before = self._kept.get(number)
        if before is not None:
            self._take({**self._kept, number: before.cut(track, start_s, end_s)})

    def open(self, examples: Iterable[Example], name: str) -> None:
        """Have the examples of a pack of some name, and no others.

        Raises:
            InputError: they are too many, or too large.
        """
        before = self._kept, self._labels
        self._kept, self._labels = {}, {}
        try:
            self.add(examples)
        except InputError:
            self._kept, self._labels = before
            raise
        self.name, self.saved = name, self.change

    def clear(self) -> None:
        """Forget all examples."""
        self._labels.clear()
        self._take({})

    def _take(self, kept: dict[int, Kept]) -> None:
        size = sum(each.bytes for each in kept.values())
        if len(kept) > MOST_EXAMPLES:
            raise InputError(
                f"There is room for {MOST_EXAMPLES} examples, and these would be {len(kept)}. "
                "Delete some, or save them as a pack and begin another."
            )
        if size > max(MOST_BYTES, sum(each.bytes for each in self._kept.values())):
            raise InputError(
                f"There is room for {MOST_BYTES >> 20} MB of examples, and these would be "
                f"{size / (1 << 20):.0f} MB. Delete some, or save them as a pack and begin another."
            )
        self._kept = self._spelled(kept)
        self._labels.update(dict.fromkeys(each.example.label for each in self._kept.values()))
        self.change += 1
        self._train()

    def _spelled(self, kept: dict[int, Kept]) -> dict[int, Kept]:
        """The same, with names as the set that is trained will have them."""
        own = [each.example for each in kept.values()]
        there = {example.label for example in own}
        examples = in_one_spelling(own, [label for label in self._labels if label in there])
        return {
            number: each if each.example is example else replace(each, example=example)
            for (number, each), example in zip(kept.items(), examples, strict=True)
        }

    # Training

    @property
    def training(self) -> bool:
        """Whether a set is on its way."""
        return self._trained.change != self.change and self._job is not None

    def wait(self, timeout_s: float) -> None:
        """Wait for the training that runs, but not longer."""
        if self.training and self._job is not None:
            self._job.wait(timeout_s)

    @property
    def trained(self) -> Trained:
        """Of the newest training that has ended."""
        job = self._job
        if job is not None and job.error is not None and self._trained.change != self.change:
            self._trained = Trained(self.change, problem=job.error)
        return self._trained

    def _train(self) -> None:
        if self._job is not None:
            self._job.cancel()
        if all(label == OTHER for label in self.labels):
            self._learnt(Trained(self.change))
            return
        work = self._training(self.change, self.examples)
        self._job = process.teaching().submit(work, self._visitor.owner)

    def _training(
        self, change: int, examples: tuple[Example, ...]
    ) -> Callable[[Callable[[Any], None], threading.Event], None]:
        def work(report: Callable[[Any], None], cancel: threading.Event) -> None:
            from harec.taught.action_set import ActionSet

            actions = ActionSet.teach(examples)
            self._learnt(Trained(change, actions, actions.report()))

        return work

    def _learnt(self, trained: Trained) -> None:
        """From any thread."""
        with self._lock:
            if trained.change == self.change:
                self._trained = trained
                self._taught.learn(trained.actions)

    # What the visitor's other parts ask

    @property
    def empty(self) -> bool:
        return not self._kept

    @property
    def unsaved(self) -> list[str]:
        return [self.version] if self._kept and self.saved != self.change else []

    @property
    def version(self) -> str:
        """Changes with the examples; of no other visitor."""
        return f"taught-{self._visitor.owner[:8]}-{self.change}"

    def close(self) -> None:
        process.teaching().forget(self._visitor.owner)
        self._kept = {}
