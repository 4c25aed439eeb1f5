"""Networks on disk: safetensors with what they were made for inside, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import safe_open
from safetensors.torch import save

from harec.core.files import atomic_write

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from torch import Tensor


def save_network(path: Path, weights: Mapping[str, Tensor], config: DataclassInstance) -> None:
    """Write a network's weights and its config. Raises InputError."""
    state = {k: v.detach().contiguous().cpu() for k, v in weights.items()}
    metadata = {"harec": json.dumps(asdict(config))}
    with atomic_write(path) as temporary:
        temporary.write_bytes(save(state, metadata))


def read_network(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The config, as plain values, and the weights.

    Raises:
        SafetensorError, KeyError, ValueError, OSError: it is no such file, or damaged.
    """
    with safe_open(path, framework="pt") as file:
        metadata = json.loads((file.metadata() or {})["harec"])
        return metadata, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
