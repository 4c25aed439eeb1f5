"""Which weights can be fetched, where they are published and where they belong here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

#: Names another folder for the store.
WEIGHTS_DIR: Final = "HAREC_WEIGHTS_DIR"


@dataclass(frozen=True)
class WeightsSpec:
    """Weights that can be fetched.

    Attributes:
        name: of the engine; the files in the store are named so.
        title: as people write it.
        network: whose weights they are; its arrays are listed in ``NETWORK.txt`` beside this file.
        file_name: of the published file.
        url: where it is published.
        size_bytes: about so much: nobody publishes the exact size.
        environment: a variable that may name a file to use instead of the store's.
        cache_path: where Detectron2's own downloader (iopath) keeps the file in its cache.
    """

    name: str
    title: str
    network: str
    file_name: str
    url: str
    size_bytes: int
    environment: str
    cache_path: str


_ZOO_PATH: Final = "COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x/137849621/model_final_a6e10b.pkl"

DETECTRON2: Final = WeightsSpec(
    name="detectron2",
    title="Detectron2",
    network="keypoint_rcnn_R_50_FPN_3x",
    file_name="model_final_a6e10b.pkl",
    url=f"https://dl.fbaipublicfiles.com/detectron2/{_ZOO_PATH}",
    size_bytes=237_000_000,
    environment="HAREC_DETECTRON2_WEIGHTS",
    cache_path=f"detectron2/{_ZOO_PATH}",
)


def weights_dir() -> Path:
    """The store's folder; it need not exist."""
    own = os.environ.get(WEIGHTS_DIR)
    return Path(own).expanduser() if own else platformdirs.user_data_path("harec") / "weights"


def record_path(spec: WeightsSpec) -> Path:
    """The JSON beside the weights."""
    return weights_dir() / f"{spec.name}.json"


def stored_path(spec: WeightsSpec) -> Path:
    """The store's own copy; it need not exist."""
    return weights_dir() / f"{spec.name}.safetensors"


def own_file(spec: WeightsSpec) -> Path | None:
    """The file that the user's environment names, whether it exists or not."""
    own = os.environ.get(spec.environment)
    return Path(own).expanduser() if own else None


def cached_path(spec: WeightsSpec) -> Path:
    """Where Detectron2's own downloader would have put the file."""
    cache = os.environ.get("FVCORE_CACHE") or "~/.torch/iopath_cache"
    return Path(cache).expanduser() / spec.cache_path


def is_there(path: Path) -> bool:
    """Whether it is a file; no for names that the system can't look up, such as too long ones."""
    return os.path.isfile(path)  # noqa: PTH113  # Path.is_file raises OSError for those


def command(spec: WeightsSpec, what: str = "download") -> str:
    """What to type."""
    return f"python -m harec weights {what} {spec.name}"


def other_ways(spec: WeightsSpec) -> str:
    """What to do where the published file doesn't come."""
    return (
        f"Other ways: download {spec.url} elsewhere and add `--file PATH`, or name a mirror "
        f"with `--url`, or set {spec.environment} to the file. MoveNet works without."
    )


def how_to_get(spec: WeightsSpec) -> str:
    """One plain line: how the weights come here, also without a network."""
    own = own_file(spec)
    if own is not None and not is_there(own):
        return f"{spec.environment} names a file that is not there; correct or unset it."
    return (
        f"Get {spec.title}'s weights ({spec.size_bytes / 1e6:.0f} MB) with `{command(spec)}`. "
        f"{other_ways(spec)}"
    )
