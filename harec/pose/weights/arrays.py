"""Reads weights from a file, whoever wrote it, and writes them as the store keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harec.core.errors import WeightsError
from harec.pose.weights.layout import fitting
from harec.pose.weights.spec import WeightsSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A file of so many times the published one's size is none of these weights, even in float64.
MOST_TIMES: Final = 4
#: The weights are no secret: a server that another user runs may read them, unless the umask says
#: no. safetensors' own choice is 0600.
_MODE: Final = 0o644


def check_size(spec: WeightsSpec, path: Path) -> None:
    """Raises WeightsError for a file that is far too large to be read in vain, OSError for none."""
    size = path.stat().st_size
    if size > MOST_TIMES * spec.size_bytes:
        raise WeightsError(
            f"{path.name} has {size / 1e6:.0f} MB, {spec.title}'s weights have "
            f"{spec.size_bytes / 1e6:.0f}; give {spec.file_name}."
        )


def read_weights(spec: WeightsSpec, path: Path) -> dict[str, NDArray[Any]]:
    """The network's arrays in a file of the user's, .safetensors or else .pkl.

    Raises:
        WeightsError: it can't be read, is damaged, or holds the weights of something else.
    """
    try:
        check_size(spec, path)
        data = path.read_bytes() if path.suffix == ".safetensors" else None
    except OSError as error:
        raise WeightsError(f"{path.name} can't be read; check who may read it.") from error
    if data is None:
        from harec.pose.weights.zoo_pickle import read_zoo

        return fitting(spec, read_zoo(path), path.name)
    arrays = parse_weights(spec, data, path.name)
    _check_finite(arrays, path.name)
    return arrays


def parse_weights(spec: WeightsSpec, data: bytes, file_name: str) -> dict[str, NDArray[Any]]:
    """The network's arrays in a .safetensors file's content, writable. Raises WeightsError."""
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load as parse

    try:
        arrays = fitting(spec, parse(data), file_name)
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{file_name} is damaged or no .safetensors file of plain numbers; get another file."
        ) from error
    return {name: np.require(values, requirements="W") for name, values in arrays.items()}


def save_weights(arrays: dict[str, NDArray[Any]], path: Path) -> None:
    """Write a .safetensors file, the same bytes for the same arrays. Raises OSError."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    path.touch(_MODE)  # what the umask leaves of it
    mode = path.stat().st_mode
    try:
        save_file(arrays, path)
    except SafetensorError as error:  # the disk's errors, too, are its own
        raise OSError(None, "the disk is full or failing") from error
    path.chmod(mode)


def _check_finite(arrays: dict[str, NDArray[Any]], file_name: str) -> None:
    """As `harec.pose.weights.zoo_pickle` does for a .pkl."""
    import numpy as np

    for name, values in arrays.items():
        if not np.isfinite(values).all():
            raise WeightsError(f"{file_name} is damaged: '{name}' holds numbers that are none.")
