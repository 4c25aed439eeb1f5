"""Training of the yoga classifier: photos held out in turn for the figures, then all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy

from harec.core.files import atomic_write
from harec.core.poses import FloatArray
from harec.core.threads import torch_threads
from harec.training.yoga.data import (
    PosePool,
    disturb,
    join,
    load_everyday,
    load_photos,
    random_poses,
    simulated_everyday,
)
from harec.training.yoga.references import make_references
from harec.yoga.recognition.asanas import ASANAS, PHOTO_ASANAS
from harec.yoga.recognition.classifier import (
    COLUMN,
    NO_ASANA,
    AsanaConfig,
    AsanaModel,
    Weights,
)
from harec.yoga.recognition.features import NUM_FEATURES, extract_features

NONE: Final = len(PHOTO_ASANAS)
#: The threshold is the lowest that keeps false asanas on held-out everyday poses below this.
FALSE_ASANAS: Final = 0.02
#: A photo teaches its asana's angles only when held-out networks are so sure of it.
_GOOD: Final = 0.8
Echo = Callable[[str], None]


@dataclass(frozen=True)
class YogaPlan:
    """How to learn.

    Attributes:
        folds: photos (with their copies) and people are dealt into so many hands.
        networks: so many are trained and averaged.
        steps, batch, learning_rate: of AdamW, for each network.
        hidden: width of the two hidden layers.
        simulated: simulated people per kind of everyday motion.
        random: bodies bent at random.
        seed: of everything random.
    """

    folds: int = 5
    networks: int = 3
    steps: int = 2500
    batch: int = 256
    learning_rate: float = 2e-3
    hidden: int = 64
    simulated: int = 30
    random: int = 6000
    seed: int = 0


def fit(pool: PosePool, plan: YogaPlan, seed: int) -> Weights:
    """One network, from poses that are disturbed anew in every batch.

    Asanas count alike, whatever their number of photos; no asana counts as much as all of them.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    count = np.bincount(pool.targets, minlength=NONE + 1)
    share = np.where(pool.targets == NONE, 1.0, 1 / NONE) / count[pool.targets]
    share /= share.sum()
    width = plan.hidden
    network = nn.Sequential(
        nn.Linear(NUM_FEATURES, width),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(width, NONE + 1),
    )
    optimizer = torch.optim.AdamW(network.parameters(), plan.learning_rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.steps)
    for _ in range(plan.steps):
        picks = rng.choice(len(pool), plan.batch, p=share)
        features = extract_features(disturb(rng, pool.keypoints_xyc[picks]))
        loss = cross_entropy(
            network(torch.from_numpy(features)),
            torch.from_numpy(pool.targets[picks]),
            label_smoothing=0.05,
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return [
        (layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy())
        for layer in network
        if isinstance(layer, nn.Linear)
    ]


def fit_model(pool: PosePool, plan: YogaPlan, config: AsanaConfig) -> AsanaModel:
    """Several networks whose probabilities are averaged."""
    found = pool.select(np.flatnonzero(pool.keypoints_xyc[..., 2].any(axis=1)))
    with torch_threads(1):
        return AsanaModel([fit(found, plan, plan.seed + i) for i in range(plan.networks)], config)


@dataclass(frozen=True, eq=False)
class HeldOutPoses:
    """Answers to poses by networks that never saw them.

    Attributes:
        pool: the poses.
        learnt: float32 (N, 9): the networks' answers, `PHOTO_ASANAS` then no asana.
        final: float32 (N, 12): with the rules, as `AsanaModel.probabilities` gives them.
    """

    pool: PosePool
    learnt: FloatArray
    final: FloatArray


def hold_out(pool: PosePool, plan: YogaPlan, echo: Echo) -> HeldOutPoses:
    """Every pose judged once, by networks that learnt from the other folds."""
    fold = pool.fold(plan.folds)
    learnt = np.zeros((len(pool), NONE + 1), np.float32)
    final = np.zeros((len(pool), NO_ASANA + 1), np.float32)
    for held in range(plan.folds):
        model = fit_model(pool.select(fold != held), plan, AsanaConfig())
        mine = np.flatnonzero(fold == held)
        learnt[mine] = model.network_probabilities(pool.keypoints_xyc[mine])
        final[mine] = model.probabilities(pool.keypoints_xyc[mine])
        photos = mine[pool.targets[mine] != NONE]
        right = (learnt[photos].argmax(axis=1) == pool.targets[photos]).mean()
        echo(f"fold {held + 1} of {plan.folds}: {len(photos)} photos held out, {right:.3f} right")
    return HeldOutPoses(pool, learnt, final)


def threshold_of(answers: HeldOutPoses) -> float:
    """The lowest of 0.3, 0.35, ... 0.9 with at most `FALSE_ASANAS` on everyday poses."""
    mine = (answers.pool.targets == NONE) & (answers.pool.sources != "random")
    everyday = answers.final[mine, :NO_ASANA].max(axis=1)
    steps = np.arange(0.3, 0.91, 0.05)
    fine = [t for t in steps if (everyday >= t).mean() <= FALSE_ASANAS]
    return round(float(fine[0] if fine else steps[-1]), 2)


def good_photos(answers: HeldOutPoses) -> NDArray[np.bool_]:
    """Which poses (N,) teach the reference angles: photos whose asana is beyond doubt.

    At least the surest half of each asana's.
    """
    pool = answers.pool
    sure = answers.learnt[np.arange(len(pool)), pool.targets]
    good = np.zeros(len(pool), np.bool_)
    for target in range(NONE):
        mine = pool.targets == target
        good |= mine & (sure >= min(_GOOD, float(np.median(sure[mine]))))
    return good


def figures_of(answers: HeldOutPoses, threshold: float) -> dict[str, float]:
    """Accuracy over photos and false asanas over everyday poses."""
    pool, final = answers.pool, answers.final
    photo = pool.targets != NONE
    everyday = ~photo & (pool.sources != "random")
    columns = _columns()
    named = np.where(
        final[:, :NO_ASANA].max(axis=1) >= threshold, final[:, :NO_ASANA].argmax(axis=1), NO_ASANA
    )
    right = named[photo] == columns[pool.targets[photo]]
    forced = answers.learnt[photo][:, :NONE].argmax(axis=1) == pool.targets[photo]
    figures = {
        "photos": float(photo.sum()),
        "accuracy": float(right.mean()),
        "forced_choice": float(forced.mean()),
        "nobody_found": float((~pool.keypoints_xyc[photo][..., 2].any(axis=1)).mean()),
        "everyday_poses": float(everyday.sum()),
        "false_asanas": float((named[everyday] != NO_ASANA).mean()),
    }
    for source in sorted(set(pool.sources[~photo])):
        mine = ~photo & (pool.sources == source)
        figures[f"false_asanas_{source}"] = float((named[mine] != NO_ASANA).mean())
    return {name: round(value, 4) for name, value in figures.items()}


def _columns() -> NDArray[np.int64]:
    """Column in `AsanaModel.probabilities` of each photo asana."""
    return np.array([COLUMN[name] for name in PHOTO_ASANAS])


def report(answers: HeldOutPoses, threshold: float) -> str:
    """Figures, confusion matrix and mistaken photos as text."""
    pool, final = answers.pool, answers.final
    lines = [f"threshold {threshold:.2f}"]
    lines += [f"{name:28} {value:g}" for name, value in figures_of(answers, threshold).items()]
    columns = _columns()
    best = final[:, :NO_ASANA].argmax(axis=1)
    named = np.where(final[:, :NO_ASANA].max(axis=1) >= threshold, best, NO_ASANA)
    short = [name[:10] for name in PHOTO_ASANAS]
    lines.append("\nphotos (truth down, answer across)")
    lines.append(" " * 22 + " ".join(f"{name:>10}" for name in (*short, "rules", "none")))
    for i, name in enumerate(PHOTO_ASANAS):
        mine = named[pool.targets == i]
        counts = [int((mine == c).sum()) for c in columns] + [0, int((mine == NO_ASANA).sum())]
        counts[-2] = len(mine) - sum(counts)
        lines.append(f"{name:22}" + " ".join(f"{count:10d}" for count in counts))
    photo = pool.targets != NONE
    wrong = photo & (named != np.append(columns, -1)[pool.targets])
    names = [*ASANAS, "none"]
    mistaken = [
        f"{name} ({names[answer]})"
        for name, answer in zip(pool.names[wrong], named[wrong], strict=True)
    ]
    lines.append("\nmistaken: " + ", ".join(mistaken))
    return "\n".join(lines)


def train_yoga(
    photos: Path, archives: Sequence[Path], out: Path, plan: YogaPlan, echo: Echo
) -> str:
    """Photos and everyday poses in; weights and references out.

    Args:
        photos: folder with a folder of photos for each of `PHOTO_ASANAS`.
        archives: keypoint archives of everyday motion.
        out: folder of ``yoga-asanas.safetensors`` and ``yoga-references.json``.

    Returns:
        The figures on held-out photos and people.

    Raises:
        InputError: data are missing or malformed, or a file can't be written.
    """
    rng = np.random.default_rng(plan.seed)
    everyday = load_everyday(archives, rng)
    taught = load_photos(photos, echo)
    simulated = simulated_everyday(plan.simulated, rng)
    other = random_poses(plan.random, rng, taught)
    pool = join(taught, everyday, simulated, other)
    echo(f"{len(taught)} photos, {len(everyday) + len(simulated)} everyday poses")
    answers = hold_out(pool, plan, echo)
    threshold = threshold_of(answers)
    config = AsanaConfig(threshold=threshold, figures=figures_of(answers, threshold))
    fit_model(pool, plan, config).save(out / "yoga-asanas.safetensors")
    references = make_references(pool.select(good_photos(answers)))
    text = json.dumps(references, indent=1, ensure_ascii=False) + "\n"
    with atomic_write(out / "yoga-references.json") as temporary:
        temporary.write_text(text, encoding="utf-8")
    return report(answers, threshold)
