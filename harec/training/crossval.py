"""Figures on people that the network never saw: all people are held out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS
from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.core.poses import FloatArray
from harec.training.datasets import SIMULATED, Clip, split_by_subject
from harec.training.fit import Epochs, can_resume
from harec.training.sampling import SamplingWeights, fixed_windows
from harec.training.train import TrainSettings, run_key, train

#: A name, the clips to learn from, the clips to judge by.
Split = tuple[str, list[Clip], list[Clip]]
Echo = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What networks said of clips that they had not learnt from.

    Attributes:
        clips: all that were held out, C of them.
        logits: float32 (2, W, 7) of their windows and of the windows' mirror images.
        owners: (W,): which clip a window is of.
    """

    clips: list[Clip]
    logits: FloatArray
    owners: NDArray[np.intp]

    @property
    def targets(self) -> NDArray[np.int64]:
        """(W,): what each window really is, an index into ``LABELS``."""
        return np.array([clip.target for clip in self.clips])[self.owners]

    @property
    def kinds(self) -> NDArray[np.str_]:
        """(W,): what kind of negative each window is of, see ``negatives.NEGATIVE_KINDS``."""
        return np.array([clip.negative_kind for clip in self.clips])[self.owners]


def splits_by_person(clips: Sequence[Clip], folds: int) -> Iterator[Split]:
    """Each source's people dealt into folds; see ``split_by_subject``."""
    for fold in range(folds):
        yield (f"fold-{fold}", *split_by_subject(clips, folds, fold))


def splits_by_source(clips: Sequence[Clip], groups: int) -> Iterator[Split]:
    """Whole sources held out: what to expect of cameras and people of another kind.

    Args:
        clips: simulated ones are left out.
        groups: that the sources are dealt into, those with most clips of the six actions first;
            with as many as there are sources each is held out alone.
    """
    real = [clip for clip in clips if clip.source != SIMULATED]
    acted = Counter({clip.source: 0 for clip in real})
    acted.update(clip.source for clip in real if clip.label in ACTIONS)
    sources = sorted(acted, key=lambda source: (-acted[source], source))
    for group in range(min(groups, len(sources))):
        out = set(sources[group::groups])
        yield (
            f"without-{'-'.join(sorted(out))}",
            [clip for clip in clips if clip.source not in out],
            [clip for clip in real if clip.source in out],
        )


def cross_validate(
    splits: Iterable[Split],
    extra: Sequence[Clip],
    settings: TrainSettings,
    folder: Path,
    echo: Echo = lambda _: None,
    start: Path | None = None,
    *,
    weights: SamplingWeights | None = None,
) -> HeldOut:
    """Train once a split and gather what each network says of its held-out clips.

    Args:
        splits: by person or by source.
        extra: clips to learn from in every split, the simulated ones.
        folder: answers are kept here; a split whose answers are there is not trained again, and
            one that was interrupted continues, if data and settings are the same.
        start: folder of an earlier run with the same splits; each network continues from the one of
            its split, so that it still has not seen the people it is judged by.
        weights: what share of the windows comes from where.

    Raises:
        InputError: a split holds out no person.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips: list[Clip] = []
    logits, owners = [], []
    for name, learn, held in splits:
        if not held:
            raise InputError("There are fewer people than folds; choose fewer with --folds.")
        windows, of_clip = fixed_windows(held)
        learn = [*learn, *extra]
        kept = folder / f"{name}.npz"
        begin = None if start is None else start / f"{name}.safetensors"
        run = run_key(learn, held, settings, weights=weights, start=begin)
        key = f"{run} {settings.epochs}"
        answers = _kept_answers(kept, key)
        if answers is None:
            echo(f"{name}: {len(learn)} clips to learn from, {len(held)} held out")
            model = train(
                learn,
                held,
                folder / f"{name}.safetensors",
                settings,
                weights=weights,
                start=begin,
                resume=can_resume(folder / f"{name}.safetensors", run),
                on_epoch=lambda row: echo(describe(row, settings)),
            )
            answers = model.logits(windows)
            with atomic_write(kept) as temporary:
                np.savez_compressed(temporary, logits=answers, key=key)
        logits.append(answers)
        owners.append(of_clip + len(clips))
        clips += held
    return HeldOut(clips, np.concatenate(logits, axis=1), np.concatenate(owners))


def _kept_answers(path: Path, key: str) -> FloatArray | None:
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as data:
        return data["logits"] if str(data["key"]) == key else None


def describe(row: dict[str, float], settings: Epochs) -> str:
    """One line on one epoch."""
    return (
        f"epoch {row['epoch']:.0f}/{settings.epochs}  "
        f"loss {row['train_loss']:.3f} val {row['val_loss']:.3f}  "
        f"accuracy {row['train_acc']:.3f} val {row['val_acc']:.3f}  lr {row['lr']:.1e}"
    )
