"""Smaller action networks: magnitude pruning that training goes on with, and int8 weights.

What either costs and gains is measured by ``python -m benchmarks.compression``; the figures are in
models/action-lstm.md.
"""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils import prune

from harec.actions.model import ActionLSTM, ActionModel
from harec.core.errors import InputError
from harec.training.datasets import Clip
from harec.training.train import TrainSettings, train

#: What is pruned: the matrices, where nearly all of the numbers are. Biases stay.
_MATRICES = (("lstm", "weight_ih_l0"), ("lstm", "weight_hh_l0"), ("head", "weight"))


def matrices(network: ActionLSTM) -> list[nn.Parameter]:
    """The network's weight matrices: LSTM from input, LSTM from itself, head."""
    return [network.get_submodule(part).get_parameter(name) for part, name in _MATRICES]


def sparsity(model: ActionModel) -> float:
    """Share of the matrices' weights that are zero, 0..1."""
    weights = matrices(model.network)
    return sum(int((w == 0).sum()) for w in weights) / sum(w.numel() for w in weights)


def prune_weights(model: ActionModel, share: float) -> ActionModel:
    """A copy whose weights of least magnitude are zero, whichever matrix they are in.

    Global unstructured L1 pruning (Han et al., Learning both Weights and Connections, 2015). The
    copy is a network like any other: it is saved, loaded and run in the same way, and as fast.

    Args:
        share: of all weights of the matrices, 0 to below 1.

    Raises:
        InputError: share is out of range.
    """
    if not 0 <= share < 1:
        raise InputError(f"The share of weights to prune must be from 0 to below 1, not {share}.")
    network = copy.deepcopy(model.network)
    parts = [(network.get_submodule(part), name) for part, name in _MATRICES]
    prune.global_unstructured(parts, pruning_method=prune.L1Unstructured, amount=share)
    for module, name in parts:
        prune.remove(module, name)
    # Removed and registered again, the parameters come in another order than before.
    pruned = ActionLSTM(model.config)
    pruned.load_state_dict(network.state_dict())
    return ActionModel(pruned)


def hold_zeros(network: ActionLSTM) -> None:
    """From now on, weights of the matrices that are zero stay zero while the network learns.

    Their gradients are put to zero; with AdamW such a weight does not move.
    """
    for weight in matrices(network):
        alive = (weight != 0).to(weight.dtype)
        weight.register_hook(lambda gradient, alive=alive: gradient * alive.to(gradient.device))


def prune_and_tune(
    start: Path,
    share: float,
    train_clips: list[Clip],
    val_clips: list[Clip],
    out: Path,
    settings: TrainSettings | None = None,
) -> ActionModel:
    """Prune a trained network, train on with what is left, and save it.

    Args:
        start: the trained weights.
        share: see :func:`prune_weights`; 0 only trains on, which is what to compare with.
        train_clips, val_clips: of different people; nobody in ``val_clips`` may have taught
            ``start``, or the figures flatter.
        out: where the weights go; beside it a ``-run`` folder, as of ``train``.
        settings: epochs, rate and so on; the hidden size is that of ``start``.

    Raises:
        InputError: share is out of range, no clips, or ``start`` is of another size.
    """
    folder = out.with_name(out.stem + "-run")  # as ``train`` makes it
    folder.mkdir(parents=True, exist_ok=True)
    pruned_file = folder / "pruned.safetensors"
    prune_weights(ActionModel.load(start), share).save(pruned_file)
    return train(
        train_clips, val_clips, out, settings, start=pruned_file, prepare_network=hold_zeros
    )


def quantise_lstm(model: ActionModel) -> ActionModel:
    """The same network with int8 weights; activations are quantised as they come ("dynamic").

    It answers through ``predict`` as any model, on the CPU. It is made from a float model in a
    few milliseconds and not saved: safetensors holds plain numbers only, ``save`` fails.
    """
    from torch.ao.quantization import quantize_dynamic

    with warnings.catch_warnings():
        # torch.ao is to become a package of its own (torchao), which has no LSTM yet.
        warnings.simplefilter("ignore")
        network = quantize_dynamic(
            copy.deepcopy(model.network).cpu(), {nn.LSTM, nn.Linear}, dtype=torch.qint8
        )
    return ActionModel(network)


def packed_bytes(model: ActionModel) -> int:
    """Bytes that the weights need when zeros are not stored, and int8 weights take one byte.

    A pruned matrix takes four bytes for each weight that is left and one bit for each place; with
    few zeros it is dense float32, as in the files that ``save`` writes. Biases are float32.
    """
    network, config = model.network, model.config
    biases = 4 * (2 * 4 * config.hidden_size + len(config.labels))
    if not isinstance(network.lstm, nn.LSTM):  # int8: torch packs its weights away
        rows = config.num_features + config.hidden_size
        return biases + 4 * config.hidden_size * rows + config.hidden_size * len(config.labels)
    sizes = ((w.numel(), int((w != 0).sum())) for w in matrices(network))
    return biases + sum(min(4 * places, 4 * left + places // 8) for places, left in sizes)
