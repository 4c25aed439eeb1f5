"""Taught actions in a stream: the same recogniser as for the built-in ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from taught_examples import example, track_of

from harec.actions.recognizer import ActionRecognizer
from harec.cli.main import _run
from harec.core.poses import TrackedPerson
from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script
from harec.taught.action_set import ActionSet
from harec.taught.model import TaughtModel


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    return ActionSet.teach(
        example(motion, person, label)
        for motion, label in (("SQUAT", "Kniebeuge"), ("PUSH_UPS", "Liegestütz"))
        for person in range(3)
    )


def test_a_stream_is_named_as_it_comes(gym) -> None:
    recognizer = ActionRecognizer(TaughtModel(gym))
    times_s, track = track_of(("WALKING", 4), ("SQUAT", 8), person=50)
    named = []
    for time_s, keypoints in zip(times_s.tolist(), track, strict=True):
        for answer in recognizer.update(time_s, [TrackedPerson(1, keypoints, 1.0)]):
            assert answer.probabilities.shape == (3,)
            named.append((answer.time_s, answer.action))
    early = {action for time_s, action in named if time_s < 3}
    late = [action for time_s, action in named if 6 < time_s < 11]
    assert early == {None}
    assert np.mean([action == "Kniebeuge" for action in late]) > 0.7


def test_windows_are_as_long_as_most_examples(gym) -> None:
    assert TaughtModel(gym).span_s == 2.7
    short = ActionSet.teach([example("KNOCKING", p, seconds=1.3) for p in range(2)])
    assert TaughtModel(short).span_s == 1.2


@pytest.mark.slow
def test_live_says_what_was_taught(gym, tmp_path: Path, capsys) -> None:
    gym.save(tmp_path / "gym.harec")
    film = tmp_path / "film.mp4"
    script = parse_script("SQUAT:5")
    write_clip(film, ClipSpec(scripts=(script,), size_wh=(320, 240), fps=15, seed=7))
    assert _run(["live", "--source", str(film), "--actions", str(tmp_path / "gym.harec")]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    people = [person for line in lines for person in line["people"]]
    known = {key for person in people for key in person["probabilities"] or {}}
    assert known == {"Kniebeuge", "Liegestütz", "OTHER"}
    assert {person["action"] for person in people} <= {None, "Kniebeuge", "Liegestütz"}
