"""The pose weights in models/ are the very files that the model card describes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[2] / "models"

SHA256 = {
    "movenet-lightning.onnx": "8185a91580e03e90deaae7d06a723d828906616d55571f521896822e0e6a3d78",
    "movenet-multipose.onnx": "79d9a1cdcc630713d2c80a10d442fa8e95bf02da25f8409387036ab411f62729",
    "movenet-thunder.onnx": "5d1125d9c48ea793ae6bcd8ef683b9ac3a80b592f9e4a7d788706bdaa6aa38ca",
}


@pytest.mark.parametrize("name", SHA256)
def test_file_is_the_converted_original(name: str) -> None:
    assert hashlib.sha256((MODELS / name).read_bytes()).hexdigest() == SHA256[name]
