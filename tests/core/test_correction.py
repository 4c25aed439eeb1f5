import numpy as np
import pytest

from harec.core.correction import TURNS_DEG, Correction
from harec.core.errors import InputError
from harec.video.rgb import Orientation

#: Two by three, every pixel another one.
FRAME = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)


def test_turned_clockwise_and_then_flipped():
    corner = FRAME[0, 0]
    assert np.array_equal(Correction(90).apply(FRAME)[0, -1], corner)
    assert np.array_equal(Correction(180).apply(FRAME)[-1, -1], corner)
    assert np.array_equal(Correction(270).apply(FRAME)[-1, 0], corner)
    assert np.array_equal(Correction(90, mirrored=True).apply(FRAME)[0, 0], corner)
    assert Correction().apply(FRAME) is FRAME


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turn_deg", TURNS_DEG)
def test_a_decoder_applies_it_after_what_the_file_says(turn_deg, mirrored):
    correction = Correction(turn_deg, mirrored)
    for stored in range(8):
        orientation = Orientation(bool(stored & 1), bool(stored & 2), bool(stored & 4))
        expected = correction.apply(orientation.apply(FRAME))
        assert np.array_equal(orientation.corrected(correction).apply(FRAME), expected)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turn_deg", TURNS_DEG)
@pytest.mark.parametrize("further", TURNS_DEG)
def test_turned_further(turn_deg, mirrored, further):
    first = Correction(turn_deg, mirrored)
    expected = Correction(further).apply(first.apply(FRAME))
    assert np.array_equal(first.turned_further(further).apply(FRAME), expected)


@pytest.mark.parametrize("turn_deg", [-90, 45, 360])
def test_other_turns_are_refused(turn_deg):
    with pytest.raises(InputError, match="0, 90, 180 or 270"):
        Correction(turn_deg)
