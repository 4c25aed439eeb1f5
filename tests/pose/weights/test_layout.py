"""The list of arrays that a file must have is that of the network that Detectron2 builds."""

from __future__ import annotations

import math

import pytest

from harec.pose.weights.layout import layout
from harec.pose.weights.spec import DETECTRON2


@pytest.fixture(autouse=True)
def small_network() -> None:
    """The real one, here."""


def test_the_list_is_of_the_published_size() -> None:
    shapes = layout(DETECTRON2.network)
    assert len(shapes) == 313
    assert 4 * sum(map(math.prod, shapes.values())) == pytest.approx(
        DETECTRON2.size_bytes, rel=0.01
    )


@pytest.mark.detectron2
def test_it_is_what_detectron2_builds() -> None:
    from harec.pose.detectron2 import compat

    with compat.ready():
        from detectron2 import model_zoo
        from detectron2.modeling import build_model

        config = model_zoo.get_config(f"COCO-Keypoints/{DETECTRON2.network}.yaml")
        config.MODEL.DEVICE = "cpu"
        state = build_model(config).state_dict()
    assert layout(DETECTRON2.network) == {k: tuple(v.shape) for k, v in state.items()}
