"""Networks on disk: safetensors with what they were made for inside, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from harec.core.errors import ModelError
from harec.core.files import atomic_write

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from torch import Tensor


class _Model(Protocol):
    config: Any  # a dataclass with a default for each of its fields


M = TypeVar("M", bound=_Model)


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


def load_network(
    path: Path,
    kind: str,
    command: str,
    build: Callable[[dict[str, Any], dict[str, Tensor]], M],
    made_for: Sequence[str],
) -> M:
    """What `build` makes of the config's values and the weights that `save_network` wrote.

    Args:
        kind, command: what the file holds and what trains one, for messages.
        made_for: what of the config must be as by default.

    Raises:
        ModelError: no such file, damaged, or made for other features.
    """
    if not path.is_file():
        raise ModelError(
            f"The {kind} {path.name} is missing. Restore it from the repository, or train one "
            f"with: python -m harec {command}"
        )
    try:
        model = build(*read_network(path))
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{path.name} is no {kind} of harec, or it is damaged. Restore it from the "
            f"repository, or train one with: python -m harec {command}"
        ) from error
    default = type(model.config)()
    if any(getattr(model.config, name) != getattr(default, name) for name in made_for):
        raise ModelError(
            f"{path.name} was trained for another version of harec. Train it again with: "
            f"python -m harec {command}"
        )
    return model
