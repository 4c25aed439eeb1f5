"""Which arrays a network has: a file without them does not hold its weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harec.core.errors import WeightsError
from harec.pose.weights.spec import WeightsSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray


@cache
def layout(network: str) -> Mapping[str, tuple[int, ...]]:
    """Names and shapes of a network's arrays, from the list beside this file."""
    lines = Path(__file__).with_name(f"{network}.txt").read_text(encoding="utf-8").splitlines()
    named = (line.split(" ") for line in lines)
    return {name: tuple(int(n) for n in shape.split("x")) for name, shape in named}


def fitting(
    spec: WeightsSpec, arrays: Mapping[str, NDArray[Any]], file_name: str
) -> dict[str, Any]:
    """Those of ``arrays`` that the network has; files may hold more, such as pixel means.

    Raises:
        WeightsError: one is missing, or has another shape, or holds no floats.
    """
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
    return {name: arrays[name] for name in wanted}
