"""Taught actions in a stream: as videos name them, while they come."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from taught_examples import example, track_of

from harec.actions.labels import ACTIONS
from harec.actions.model import load_action_model
from harec.actions.recognizer import PersonAction
from harec.cli.main import _run
from harec.core.poses import TrackedPerson
from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script
from harec.taught.action_set import ActionSet
from harec.taught.recognizer import TaughtRecognizer


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    return ActionSet.teach(
        example(motion, person, label)
        for motion, label in (("SQUAT", "Kniebeuge"), ("PUSH_UPS", "Liegestütz"))
        for person in range(3)
    )


def test_a_stream_is_named_as_it_comes(gym) -> None:
    recognizer = TaughtRecognizer(gym)
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


def estimates_of(recognizer, times_s, track) -> list[PersonAction]:
    """All that it says of one person."""
    found = []
    for time_s, keypoints in zip(times_s.tolist(), track, strict=True):
        found += recognizer.update(time_s, [TrackedPerson(1, keypoints, 1.0)])
    return [*found, *recognizer.finish()]


def test_short_and_long_gestures_of_one_set_are_both_known() -> None:
    """With windows of one length only, what lasts much longer or shorter is missed."""
    knocks = [example("KNOCKING", p, seconds=1.3) for p in range(4)]
    squats = [example("SQUAT", p, seconds=4.1) for p in range(3)]
    both = ActionSet.teach([*knocks, *squats])
    assert (both.usual_span_s, both.spans_s) == (1.2, (1.2, 4.0))
    times_s, track = track_of(("WALKING", 3), ("SQUAT", 8), person=52)
    said = estimates_of(TaughtRecognizer(both), times_s, track)
    inside = [each for each in said if 5 < each.time_s < 9]
    video_s, _, rows = both.estimate(times_s, track)
    known = rows[(video_s > 5) & (video_s < 9), both.labels.index("SQUAT")]
    mine = np.array([each.probabilities[both.labels.index("SQUAT")] for each in inside])
    assert mine.mean() == pytest.approx(known.mean(), abs=0.25)
    assert mine.mean() > 0.4


def test_estimates_are_those_of_a_video_where_all_is_known_by_then(gym) -> None:
    """The set's examples have one length, so nothing is cut off but at the ends of a track."""
    times_s, track = track_of(("WALKING", 3), ("SQUAT", 5), person=53)
    later = times_s > 4
    gone_s = np.where(later, times_s + 2, times_s)
    said = estimates_of(TaughtRecognizer(gym), gone_s, track)
    middles_s = np.array([each.time_s for each in said])
    assert (np.diff(middles_s) > 0).all()
    assert not ((middles_s > 4) & (middles_s < 6)).any()  # nobody is there
    for start_s, end_s in ((0, 4), (6, 10)):
        inside = (gone_s >= start_s) & (gone_s <= end_s)
        for each in said:
            if start_s + 1.35 <= each.time_s <= end_s:
                there = gym.probabilities(gone_s[inside], track[inside], np.array([each.time_s]))
                assert each.probabilities == pytest.approx(there[0], abs=0.02)


def test_built_in_actions_are_named_beside_taught_ones(gym) -> None:
    times_s, track = track_of(("JUMPING_JACKS", 6), ("SQUAT", 6), person=50)
    model = load_action_model()
    said = estimates_of(TaughtRecognizer(gym, model), times_s, track)
    assert all(each.probabilities.sum() == pytest.approx(1, abs=1e-4) for each in said)
    jacks = [each.action for each in said if 2 < each.time_s < 5]
    squats = [each.action for each in said if 8 < each.time_s < 11]
    assert np.mean([action == "JUMPING_JACKS" for action in jacks]) > 0.7
    assert np.mean([action == "Kniebeuge" for action in squats]) > 0.7


@pytest.mark.slow
@pytest.mark.parametrize(("extra", "also"), [([], ()), (["--builtin"], ACTIONS)])
def test_live_says_what_was_taught(gym, tmp_path: Path, capsys, extra, also) -> None:
    gym.save(tmp_path / "gym.harec")
    film = tmp_path / "film.mp4"
    script = parse_script("SQUAT:5")
    write_clip(film, ClipSpec(scripts=(script,), size_wh=(320, 240), fps=15, seed=7))
    source = ["live", "--source", str(film), "--actions", str(tmp_path / "gym.harec")]
    assert _run([*source, *extra]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    people = [person for line in lines for person in line["people"]]
    known = {key for person in people for key in person["probabilities"] or {}}
    assert known == {"Kniebeuge", "Liegestütz", *also, "OTHER"}
    assert {person["action"] for person in people} <= {None, *known} - {"OTHER"}
