"""Training of the yoga classifier: photos held out in turn for the figures, then all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout, relu

from harec.core.files import atomic_write
from harec.core.poses import FloatArray
from harec.core.threads import torch_threads
from harec.training.yoga.augment import disturb, other_arms, tilted
from harec.training.yoga.data import (
    NONE,
    PHOTO,
    PosePool,
    drawn_yoga,
    join,
    load_everyday,
    random_poses,
    simulated_everyday,
)
from harec.training.yoga.figures import figures_of, report
from harec.training.yoga.held_out import HeldOutPoses, good_photos, threshold_of
from harec.training.yoga.photos import load_photos, read_corrections
from harec.training.yoga.references import make_references
from harec.yoga.recognition.asanas import OTHERS, PHOTO_ASANAS
from harec.yoga.recognition.classifier import (
    NO_ASANA,
    AsanaConfig,
    AsanaModel,
    Weights,
)
from harec.yoga.recognition.features import (
    NUM_FEATURES,
    extract_features,
)

#: Shares of the batches: asanas, other yoga; the rest is neither.
_ASANAS, _OTHERS = 0.5, 0.2
#: A photo of other yoga counts as much as so many drawn bodies.
_PHOTO_OF_OTHERS: Final = 5.0
#: What is taken for an asana for sure and is none counts so much more.
_HARD: Final = 8.0
#: So many batches are disturbed at once, which is quicker.
_BATCHES: Final = 8
#: After the first and the second hidden layer.
_DROPOUT: Final = (0.2, 0.1)
CLASSES: Final = AsanaConfig().classes
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
        drawn: drawn bodies per kind of other yoga.
        seed: of everything random.
    """

    folds: int = 5
    networks: int = 3
    steps: int = 1800
    batch: int = 256
    learning_rate: float = 2e-3
    hidden: int = 64
    simulated: int = 30
    random: int = 6000
    drawn: int = 600
    seed: int = 0


class _Networks(nn.Module):
    """Networks of two hidden layers that learn side by side, each by itself."""

    def __init__(self, plan: YogaPlan) -> None:
        super().__init__()
        widths = (NUM_FEATURES, plan.hidden, plan.hidden, len(CLASSES))
        layers = [[nn.Linear(a, b) for _ in range(plan.networks)] for a, b in pairwise(widths)]
        self.weights = nn.ParameterList(torch.stack([n.weight.T for n in row]) for row in layers)
        self.biases = nn.ParameterList(torch.stack([n.bias[None] for n in row]) for row in layers)

    def forward(self, features: Tensor) -> Tensor:
        """(networks, batch, features) -> (networks, batch, classes)."""
        values = features
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, values, weight)
            if i < len(_DROPOUT):
                values = dropout(relu(values), _DROPOUT[i], self.training)
        return values

    def layers(self) -> list[Weights]:
        """As `AsanaModel` takes them."""
        pairs = list(zip(self.weights, self.biases, strict=True))
        return [
            [(w[i].T.detach().numpy().copy(), b[i, 0].detach().numpy().copy()) for w, b in pairs]
            for i in range(len(self.weights[0]))
        ]


def fit(pool: PosePool, plan: YogaPlan) -> list[Weights]:
    """Networks, from poses that are disturbed anew all the time; each sees them in its own order.

    Pictures are tilted a little. Some are turned by quarters: what is seen there is neither an
    asana nor other yoga, for the network is told which way is up. After a third and two thirds of
    the steps what is taken for an asana and is none counts more from then on.
    """
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    share = _shares(pool)
    networks = _Networks(plan)
    optimizer = torch.optim.AdamW(networks.parameters(), plan.learning_rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.steps)
    for step in range(plan.steps):
        if step in (plan.steps // 3, 2 * plan.steps // 3):
            share = _shares(pool, _false_share(AsanaModel(networks.layers(), AsanaConfig()), pool))
        if step % _BATCHES == 0:
            picks = rng.choice(len(pool), _BATCHES * plan.batch, p=share)
            features, targets = _disturbed(rng, pool.select(picks))
            orders = [rng.permutation(len(picks)) for _ in range(plan.networks)]
            order = torch.from_numpy(np.stack(orders))
        mine = order[:, step % _BATCHES * plan.batch :][:, : plan.batch]
        loss = cross_entropy(
            networks(features[mine]).flatten(0, 1),
            targets[mine].flatten(),
            label_smoothing=0.05,
            reduction="sum",
        )
        optimizer.zero_grad()
        (loss / plan.batch).backward()
        optimizer.step()
        schedule.step()
    return networks.layers()


def _disturbed(rng: np.random.Generator, poses: PosePool) -> tuple[Tensor, Tensor]:
    """Features (N, 94) and targets (N,) of poses as others would do them."""
    keypoints = disturb(rng, other_arms(rng, poses.keypoints_xyc, poses.targets))
    keypoints, upright = tilted(rng, keypoints, poses.targets)
    targets = np.where(upright, poses.targets, NONE)
    return torch.from_numpy(extract_features(keypoints)), torch.from_numpy(targets)


def _false_share(model: AsanaModel, pool: PosePool) -> FloatArray:
    """The probability (N,) of an asana where there is none; 0 where there is one."""
    learnt = model.network_probabilities(pool.keypoints_xyc)[:, : len(PHOTO_ASANAS)]
    return np.where(pool.photographed, 0, learnt.sum(axis=1)).astype(np.float32)


def _shares(pool: PosePool, false_share: FloatArray | float = 0.0) -> NDArray[np.float64]:
    """How often each pose (N,) is drawn; they add up to 1.

    Asanas count alike, whatever their number of photos, and make half of all; kinds of other yoga
    alike as well, photos of them so much more than drawn bodies that a few do count.
    """
    asana, other = pool.targets < len(PHOTO_ASANAS), pool.targets < NONE
    weight = np.where(pool.sources == PHOTO, _PHOTO_OF_OTHERS, 1.0) * (1 + _HARD * false_share)
    of_class = np.bincount(pool.targets, weight, minlength=len(CLASSES))
    kinds = np.where(asana, len(PHOTO_ASANAS), np.where(other, len(OTHERS), 1))
    parts = np.select([asana, other], [_ASANAS, _OTHERS], 1 - _ASANAS - _OTHERS)
    share = parts * weight / kinds / of_class[pool.targets]
    return np.asarray(share / share.sum(), np.float64)


def fit_model(pool: PosePool, plan: YogaPlan, config: AsanaConfig) -> AsanaModel:
    """Several networks whose probabilities are averaged."""
    found = pool.select(np.flatnonzero(pool.keypoints_xyc[..., 2].any(axis=1)))
    with torch_threads(1):
        return AsanaModel(fit(found, plan), config)


def hold_out(pool: PosePool, plan: YogaPlan, echo: Echo) -> HeldOutPoses:
    """Every pose judged once, by networks that learnt from the other folds."""
    fold = pool.fold(plan.folds)
    learnt = np.zeros((len(pool), len(CLASSES)), np.float32)
    final = np.zeros((len(pool), NO_ASANA + 1), np.float32)
    for held in range(plan.folds):
        model = fit_model(pool.select(fold != held), plan, AsanaConfig())
        mine = np.flatnonzero(fold == held)
        learnt[mine] = model.network_probabilities(pool.keypoints_xyc[mine])
        final[mine] = model.probabilities(pool.keypoints_xyc[mine])
        photos = mine[pool.photographed[mine]]
        right = (learnt[photos].argmax(axis=1) == pool.targets[photos]).mean()
        echo(f"fold {held + 1} of {plan.folds}: {len(photos)} photos held out, {right:.3f} right")
    return HeldOutPoses(pool, learnt, final)


def train_yoga(
    photos: Sequence[Path],
    archives: Sequence[Path],
    out: Path,
    plan: YogaPlan,
    echo: Echo,
    labels: Path | None = None,
) -> str:
    """Photos and everyday poses in; weights and references out.

    Args:
        photos: folders with folders of photos, see `load_photos`.
        archives: keypoint archives of everyday motion.
        out: folder of ``yoga-asanas.safetensors`` and ``yoga-references.json``.
        labels: what photos show whose folder says something else, see `read_corrections`.

    Returns:
        The figures on held-out photos and people.

    Raises:
        InputError: data are missing or malformed, or a file can't be written.
    """
    rng = np.random.default_rng(plan.seed)
    everyday = load_everyday(archives, rng)
    taught = load_photos(photos, read_corrections(labels) if labels else None, echo)
    simulated = simulated_everyday(plan.simulated, rng)
    asanas = taught.select(taught.photographed)
    pool = join(
        taught,
        everyday,
        simulated,
        random_poses(plan.random, rng, asanas),
        drawn_yoga(plan.drawn, rng),
    )
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
