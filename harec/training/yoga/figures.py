"""The figures of held-out poses, as numbers for the weights' file and as text for the card."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harec.training.yoga.data import DRAWN_YOGA, PHOTO, PosePool
from harec.training.yoga.held_out import HeldOutPoses, named_columns
from harec.yoga.recognition.asanas import ASANAS, OTHERS, PHOTO_ASANAS
from harec.yoga.recognition.classifier import COLUMN, NO_ASANA

#: Column in `AsanaModel.probabilities` of each photo asana, then of everything else.
_COLUMNS = np.array([*(COLUMN[name] for name in PHOTO_ASANAS), *[NO_ASANA] * (len(OTHERS) + 1)])


def figures_of(answers: HeldOutPoses, threshold: float) -> dict[str, float]:
    """Accuracy over photos of asanas; false asanas over other yoga and everyday poses."""
    pool, named = answers.pool, named_columns(answers, threshold)
    photo, everyday = pool.photographed, pool.everyday
    right = named == _COLUMNS[pool.targets]
    asanas = len(PHOTO_ASANAS)
    forced = answers.learnt[photo][:, :asanas].argmax(axis=1) == pool.targets[photo]
    figures = {
        "photos": float(photo.sum()),
        "accuracy": float(right[photo].mean()),
        "forced_choice": float(forced.mean()),
        "nobody_found": float((~pool.keypoints_xyc[photo][..., 2].any(axis=1)).mean()),
        "everyday_poses": float(everyday.sum()),
        "false_asanas": float((~right[everyday]).mean()),
    }
    sets = _sets(pool)
    if len(found := sorted(set(sets[photo]))) > 1:
        figures |= {
            f"accuracy_{name}": float(right[photo & (sets == name)].mean()) for name in found
        }
    other = (pool.sources == PHOTO) & ~photo
    if other.any():
        figures["photos_of_other_yoga"] = float(other.sum())
        figures["false_asanas_on_them"] = float((~right[other]).mean())
    for source in sorted(set(pool.sources[pool.sources != PHOTO])):
        figures[f"false_asanas_{source}"] = float((~right[pool.sources == source]).mean())
    return {name: round(value, 4) for name, value in figures.items()}


def _sets(pool: PosePool) -> NDArray[np.str_]:
    """The folder (N,) that each photo's name begins with."""
    return np.array([name.split("/")[0] for name in pool.names])


def report(answers: HeldOutPoses, threshold: float) -> str:
    """Figures, confusion matrix, kinds of other yoga, mistaken photos as text."""
    pool, named = answers.pool, named_columns(answers, threshold)
    lines = [f"threshold {threshold:.2f}"]
    lines += [f"{name:28} {value:g}" for name, value in figures_of(answers, threshold).items()]
    short = [name[:10] for name in PHOTO_ASANAS]
    lines.append("\nphotos (truth down, answer across)")
    lines.append(" " * 22 + " ".join(f"{name:>10}" for name in (*short, "rules", "none")))
    photos = pool.sources == PHOTO
    for i, name in enumerate((*PHOTO_ASANAS, *OTHERS)):
        mine = named[photos & (pool.targets == i)]
        if not len(mine):
            continue
        counts = [int((mine == COLUMN[n]).sum()) for n in PHOTO_ASANAS]
        none = int((mine == NO_ASANA).sum())
        counts += [len(mine) - sum(counts) - none, none]
        lines.append(f"{name:22}" + " ".join(f"{count:10d}" for count in counts))
    drawn = {
        name: (named[(pool.sources == DRAWN_YOGA) & (pool.targets == i)] != NO_ASANA).mean()
        for i, name in enumerate(OTHERS, len(PHOTO_ASANAS))
        if ((pool.sources == DRAWN_YOGA) & (pool.targets == i)).any()
    }
    lines.append("\ndrawn, named an asana: " + ", ".join(f"{n} {v:.3f}" for n, v in drawn.items()))
    wrong = photos & (named != _COLUMNS[pool.targets])
    names = [*ASANAS, "none"]
    mistaken = [
        f"{name} ({names[answer]})"
        for name, answer in zip(pool.names[wrong], named[wrong], strict=True)
    ]
    lines.append("\nmistaken: " + ", ".join(mistaken))
    return "\n".join(lines)
