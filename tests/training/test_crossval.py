"""Who is held out of what."""

from __future__ import annotations

import numpy as np
import pytest

from harec.training.crossval import splits_by_source
from harec.training.datasets import SIMULATED, Clip


def clip(source: str, label: str) -> Clip:
    return Clip(np.zeros((40, 17, 3), np.float32), False, label, source, "anna", "1", 20.0)


@pytest.mark.parametrize("groups", [1, 2, 3, 9])
def test_each_source_is_held_out_once_and_never_learnt_from_then(groups: int) -> None:
    clips = [clip(source, label) for source in "abc" for label in ("BOXING", "WALK")]
    clips += [clip("d", "WALK"), clip(SIMULATED, "BOXING")]
    held_out: list[str] = []
    for _, learn, held in splits_by_source(clips, groups):
        sources = {one.source for one in held}
        assert len(learn) + len(held) == len(clips)
        assert sources.isdisjoint(one.source for one in learn)
        assert SIMULATED in {one.source for one in learn}
        held_out += sorted(sources)
    assert sorted(held_out) == ["a", "b", "c", "d"]


def test_sources_with_the_six_actions_are_dealt_first() -> None:
    """So that no network is left without most of them."""
    clips = [clip(source, "WALK") for source in "abcd"] + [clip(s, "BOXING") for s in "yz"]
    groups = [{one.source for one in held} for _, _, held in splits_by_source(clips, 2)]
    assert [len(group & {"y", "z"}) for group in groups] == [1, 1]
