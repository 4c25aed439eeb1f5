"""Features don't depend on the picture; and keep what tells the actions apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harec.actions.features import NUM_FEATURES, extract_features, window_torso_length
from harec.core.skeleton import LEFT_WRIST, RIGHT_WRIST

HIP_Y = 51  # index of the hips' vertical motion


def standing(steps: int = 32) -> torch.Tensor:
    """A person standing still, torso 100 px, (1, T, 17, 3)."""
    xy = {
        0: (0, -160), 1: (5, -165), 2: (-5, -165), 3: (10, -160), 4: (-10, -160),
        5: (40, -100), 6: (-40, -100), 7: (50, -50), 8: (-50, -50), 9: (55, 0), 10: (-55, 0),
        11: (25, 0), 12: (-25, 0), 13: (25, 80), 14: (-25, 80), 15: (25, 160), 16: (-25, 160),
    }  # fmt: skip
    frame = torch.tensor([[*xy[i], 1.0] for i in range(17)])
    return frame.repeat(1, steps, 1, 1)


@pytest.mark.parametrize(("scale", "dx", "dy"), [(0.2, 300, 40), (3.0, -50, 900), (1.0, 0, 0)])
def test_size_and_place_in_the_picture_do_not_matter(scale: float, dx: float, dy: float) -> None:
    torch.manual_seed(0)
    windows = standing() + torch.randn(1, 32, 17, 1) * torch.tensor([5.0, 5.0, 0.0])
    moved = windows.clone()
    moved[..., 0] = windows[..., 0] * scale + dx
    moved[..., 1] = windows[..., 1] * scale + dy
    torch.testing.assert_close(
        extract_features(windows), extract_features(moved), atol=2e-3, rtol=1e-3
    )


def test_a_jump_is_seen_and_a_walk_is_not() -> None:
    steps = torch.arange(32) / 20
    jump, walk = standing(), standing()
    jump[..., 1] -= (40 * torch.sin(2 * np.pi * 1.5 * steps).clamp(min=0))[None, :, None]
    walk[..., :2] += (100 * steps)[None, :, None, None]
    still, jumped, walked = (extract_features(w)[0, :, HIP_Y] for w in (standing(), jump, walk))
    assert still.abs().max() < 1e-4
    assert jumped.max() - jumped.min() > 0.8
    assert walked.abs().max() < 1e-3


def test_missing_keypoints_are_zero_and_marked() -> None:
    windows = standing()
    windows[:, :, LEFT_WRIST] = torch.tensor([777.0, 777.0, 0.0])
    features = extract_features(windows)
    assert (features[..., 2 * LEFT_WRIST : 2 * LEFT_WRIST + 2] == 0).all()
    assert (features[..., 34 + LEFT_WRIST] == 0).all()
    assert (features[..., 34 + RIGHT_WRIST] == 1).all()


def test_without_hips_the_root_is_one_torso_below_the_shoulders() -> None:
    windows = standing()
    windows[:, :, 11:, 2] = 0
    shoulders = extract_features(windows)[0, 0, 10:14].reshape(2, 2)
    np.testing.assert_allclose(shoulders[:, 1], [-1, -1], atol=1e-5)


def test_torso_length() -> None:
    windows = standing()
    seen = (windows[..., 2] > 0).float()
    assert window_torso_length(windows[..., :2], seen).item() == pytest.approx(100)
    seen[..., 11:] = 0
    assert window_torso_length(windows[..., :2], seen).item() == pytest.approx(80 * 1.35)
    assert window_torso_length(windows[..., :2], seen * 0).item() == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(1e-3, 1e5))
def test_property_always_finite_and_bounded(seed: int, missing: float, size: float) -> None:
    rng = np.random.default_rng(seed)
    windows = rng.normal(0, size, (2, 32, 17, 3)).astype(np.float32)
    windows[..., 2] = rng.random((2, 32, 17)) > missing
    features = extract_features(torch.from_numpy(windows))
    assert features.shape == (2, 32, NUM_FEATURES)
    assert torch.isfinite(features).all()
    assert features.abs().max() <= 40
