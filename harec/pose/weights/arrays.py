"""Reads weights from a file, whoever wrote it: the network's arrays, and all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harec.core.errors import WeightsError
from harec.pose.weights.spec import WeightsSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A file of so many times the published one's size is none of these weights, even in float64.
MOST_TIMES: Final = 4


@cache
def layout(network: str) -> Mapping[str, tuple[int, ...]]:
    """Names and shapes of a network's arrays, from the list beside this file."""
    lines = Path(__file__).with_name(f"{network}.txt").read_text(encoding="utf-8").splitlines()
    named = (line.split(" ") for line in lines)
    return {name: tuple(int(n) for n in shape.split("x")) for name, shape in named}


def read_weights(spec: WeightsSpec, path: Path) -> dict[str, NDArray[Any]]:
    """The network's arrays in a .safetensors or else .pkl file, in the layout's order.

    Raises:
        WeightsError: it can't be read, is damaged, or holds the weights of something else.
    """
    try:
        size = path.stat().st_size
        if size > MOST_TIMES * spec.size_bytes:
            raise WeightsError(
                f"{path.name} has {size / 1e6:.0f} MB, {spec.title}'s weights have "
                f"{spec.size_bytes / 1e6:.0f}; give {spec.file_name}."
            )
        if path.suffix == ".safetensors":
            return parse_weights(spec, path.read_bytes(), path.name)
    except OSError as error:
        raise WeightsError(f"{path.name} can't be read; check who may read it.") from error
    from harec.pose.weights.zoo_pickle import read_zoo

    return _fitting(spec, read_zoo(path), path.name)


def parse_weights(spec: WeightsSpec, data: bytes, file_name: str) -> dict[str, NDArray[Any]]:
    """The network's arrays in a .safetensors file's content, writable. Raises WeightsError."""
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = _fitting(spec, load(data), file_name)
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{file_name} is damaged or no .safetensors file of plain numbers; get another file."
        ) from error
    return {name: np.require(values, requirements="W") for name, values in arrays.items()}


def _fitting(
    spec: WeightsSpec, arrays: Mapping[str, NDArray[Any]], file_name: str
) -> dict[str, NDArray[Any]]:
    """Those of ``arrays`` that the network has; files may hold more, such as pixel means."""
    import numpy as np

    wanted = layout(spec.network)
    wrong = [
        name
        for name, shape in wanted.items()
        if name not in arrays or arrays[name].shape != shape or arrays[name].dtype.kind != "f"
    ]
    if wrong:
        raise WeightsError(
            f"{file_name}: these are not the weights of {spec.network} ({len(wrong)} of "
            f"{len(wanted)} arrays are missing or of another shape, such as {wrong[0]}). Get "
            f"{spec.file_name} from {spec.url} or a mirror of it."
        )
    for name in wanted:
        if not np.isfinite(arrays[name]).all():
            raise WeightsError(f"{file_name} is damaged: '{name}' holds numbers that are none.")
    return {name: arrays[name] for name in wanted}
