"""Taught actions judged by labelled clips."""

from __future__ import annotations

import numpy as np
import pytest
from taught_examples import example

from harec.cli.main import _run
from harec.core.errors import InputError
from harec.simulate.motion.motion import RATE_HZ, make_motion
from harec.taught.action_set import ActionSet
from harec.training.datasets import Clip, save_archive
from harec.training.evaluate_taught import evaluate_taught


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    return ActionSet.teach(
        example(motion, person, label)
        for motion, label in (("SQUAT", "Squat"), ("KNOCKING", "Knocking"))
        for person in range(3)
    )


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [
        Clip(
            make_motion(label, 4.0, np.random.default_rng([80, person]), style="plain"),
            True, label, "lab", str(person), f"{label}-{person}", RATE_HZ,
        )
        for label in ("SQUAT", "PUSH_UPS", "WALKING")
        for person in range(3)
    ]  # fmt: skip


def test_its_own_are_named_and_others_are_not(gym, clips) -> None:
    judged = evaluate_taught(gym, clips)
    assert judged.labels == ("Squat", "Knocking")
    assert judged.clips == (3, 0)
    assert judged.right[0] == 1.0
    assert np.isnan(judged.right[1])
    assert judged.other_clips == 6
    assert judged.false_alarms < 0.4
    with pytest.raises(InputError, match="no clips"):
        evaluate_taught(gym, [])


def test_the_command_says_so(gym, clips, tmp_path, capsys) -> None:
    save_archive(tmp_path / "lab.npz", clips)
    gym.save(tmp_path / "gym.harec")
    chosen = ["--actions", str(tmp_path / "gym.harec"), "--data", str(tmp_path / "lab.npz")]
    assert _run(["evaluate", *chosen]) == 0
    assert "Squat: 1.000 of 3 clips right" in capsys.readouterr().out
    assert _run(["evaluate", *chosen[:2]]) == 2
    assert "--data" in capsys.readouterr().err
    assert _run(["evaluate", *chosen, "--model", "x.safetensors"]) == 2
    assert "--model" in capsys.readouterr().err
