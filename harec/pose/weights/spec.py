"""Which weights can be fetched, where they are published and where they belong here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

#: Names another folder for the store.
WEIGHTS_DIR: Final = "HAREC_WEIGHTS_DIR"


def weights_dir() -> Path:
    """The store's folder; it need not exist."""
    own = os.environ.get(WEIGHTS_DIR)
    return Path(own).expanduser() if own else platformdirs.user_data_path("harec") / "weights"


def is_there(path: Path) -> bool:
    """Whether it is a file; no for names that the system can't look up, such as too long ones."""
    return os.path.isfile(path)  # noqa: PTH113  # Path.is_file raises OSError for those


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
        cache_name: where Detectron2's own downloader (iopath) keeps the file in its cache.
    """

    name: str
    title: str
    network: str
    file_name: str
    url: str
    size_bytes: int
    environment: str
    cache_name: str

    @property
    def stored_path(self) -> Path:
        """The store's own copy; it need not exist, nor need the files below."""
        return weights_dir() / f"{self.name}.safetensors"

    @property
    def record_path(self) -> Path:
        """The JSON beside it."""
        return weights_dir() / f"{self.name}.json"

    @property
    def own_file(self) -> Path | None:
        """The file that the user's environment names."""
        own = os.environ.get(self.environment)
        return Path(own).expanduser() if own else None

    @property
    def cached_path(self) -> Path:
        """Where Detectron2's own downloader would have put the file."""
        cache = os.environ.get("FVCORE_CACHE") or "~/.torch/iopath_cache"
        return Path(cache).expanduser() / self.cache_name

    def command(self, what: str = "download") -> str:
        """What to type."""
        return f"python -m harec weights {what} {self.name}"

    @property
    def other_ways(self) -> str:
        """What to do where the published file doesn't come."""
        return (
            f"Other ways: download {self.url} elsewhere and add `--file PATH`, or name a mirror "
            f"with `--url`, or set {self.environment} to the file. MoveNet works without."
        )

    @property
    def start_over(self) -> str:
        """What to do when other weights shall come."""
        return f"To start over on purpose: `{self.command('remove')} --forget`."

    @property
    def how_to_get(self) -> str:
        """One plain line: how the weights come here, also without a network."""
        if self.own_file is not None and not is_there(self.own_file):
            return f"{self.environment} names a file that is not there; correct or unset it."
        return (
            f"Get {self.title}'s weights ({self.size_bytes / 1e6:.0f} MB) with "
            f"`{self.command()}`. {self.other_ways}"
        )


_ZOO_PATH: Final = "COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x/137849621/model_final_a6e10b.pkl"

DETECTRON2: Final = WeightsSpec(
    name="detectron2",
    title="Detectron2",
    network="keypoint_rcnn_R_50_FPN_3x",
    file_name="model_final_a6e10b.pkl",
    url=f"https://dl.fbaipublicfiles.com/detectron2/{_ZOO_PATH}",
    size_bytes=237_000_000,
    environment="HAREC_DETECTRON2_WEIGHTS",
    cache_name=f"detectron2/{_ZOO_PATH}",
)
