"""What a result was made with: versions, hashes of model files, files that were taken in."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Final

import harec
from harec.core.files import file_sha256
from harec.core.loading import once
from harec.core.resources import MODELS_DIR

#: The packages that labels depend on.
_PACKAGES: Final = ("numpy", "onnxruntime", "torch", "opencv-python-headless", "av")


@dataclass(frozen=True)
class Provenance:
    """What a result was made with.

    Attributes:
        versions: of harec, Python and the packages that compute, by name.
        models: SHA-256 of the model files, by name.
        keypoints: name of the file that the keypoints were taken from; empty = the pose engine's.
        labels: name of the file that the labels were taken from; empty = the action model's.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    keypoints: str = ""
    labels: str = ""


def provenance_of(model_files: Iterable[Path], keypoints: str = "", labels: str = "") -> Provenance:
    """What this process makes a result with.

    Args:
        model_files: a file that is not there is left out.
        keypoints, labels: see `Provenance`.
    """
    models = {_model_name(path): _model_sha256(path) for path in model_files if path.is_file()}
    return Provenance(dict(_versions()), models, keypoints, labels)


@once
def _versions() -> dict[str, str]:
    found = {"harec": harec.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:  # under another name, such as opencv-python
            continue
    return found


def _model_name(path: Path) -> str:
    """Below the models' folder with its way from there (``int8/…``), elsewhere the name alone."""
    inside = path.is_relative_to(MODELS_DIR)
    return path.relative_to(MODELS_DIR).as_posix() if inside else path.name


@once
def _model_sha256(path: Path) -> str:
    return file_sha256(path)
