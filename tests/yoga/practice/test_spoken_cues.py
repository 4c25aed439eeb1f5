"""What the live coach says, moment by moment; times are those of the session."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest

from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.cues import CUES
from harec.yoga.coaching.judge import Feedback
from harec.yoga.practice.holds import HoldNow
from harec.yoga.practice.spoken_cues import (
    LONGEST,
    STABLE_S,
    Speaker,
    short,
)


def feedback(words: str, angle: str = "left_knee") -> Feedback:
    return Feedback(angle, 128.0, 90.0, 110.0, f"{words}: 128°, aim for 90-110°")


KNEE = feedback("Bend your front knee more")
ARM = feedback("Stretch your left arm", "left_elbow")


def coaching(*wrong: Feedback, score: float = 70.0, asana: str | None = "virabhadrasana_ii"):
    return Coaching(asana, "left", 0.9, score if asana else None, {}, wrong)


def said(moments, step_s=0.1):
    """Cues of a run of (seconds, coaching, further arguments), as (text, from, to)."""
    speaker, time_s, out = Speaker(), 0.0, []
    for length_s, what, options in moments:
        for _ in range(round(length_s / step_s)):
            cue = speaker.update(time_s, what, **options)
            out.append((time_s, cue))
            time_s += step_s
    return out


def texts(out):
    return [key for key, _ in groupby(cue.text if cue else None for _, cue in out)]


def test_the_worst_is_said_first_and_the_next_when_it_is_mended():
    out = said([(4, coaching(KNEE, ARM), {}), (4, coaching(ARM), {})])
    assert texts(out) == [None, "Bend your front knee more", "Stretch your left arm"]
    kinds = {cue.kind for _, cue in out if cue}
    assert kinds == {"correct"}


def test_nothing_is_said_that_was_wrong_for_a_moment():
    out = said([(2, coaching(), {}), (0.3, coaching(KNEE), {}), (2, coaching(), {})])
    assert texts(out) == [None]


@pytest.mark.parametrize("step_s", [0.033, 0.1, 0.4])
def test_a_cue_stays_even_if_faults_change_every_moment(step_s):
    rng = np.random.default_rng(2)
    others = [coaching(KNEE), coaching(ARM), coaching(ARM, KNEE), coaching(score=90), None]
    moments = [(rng.uniform(0.5, 2), others[rng.integers(5)], {}) for _ in range(60)]
    out = said(moments, step_s)
    shown = [(cue.since_s, cue.kind, cue.text) for _, cue in out if cue]
    starts = [since_s for since_s, _ in groupby(shown, key=lambda cue: cue[0])]
    assert len(starts) > 8
    ends = {
        since_s: max(t for t, cue in out if cue and cue.since_s == since_s) for since_s in starts
    }
    for since_s, following_s in pairwise(starts):
        assert following_s - since_s >= STABLE_S - 1e-9
        assert ends[since_s] - since_s >= STABLE_S - 1.01 * step_s
    # one cue is one text
    assert len({(since_s, text) for since_s, _, text in shown}) == len(starts)


def test_two_faults_that_take_turns_as_the_worst_do_not_keep_it_silent():
    moments = [(0.1, coaching(*pair), {}) for pair in [(KNEE, ARM), (ARM, KNEE)] * 20]
    out = said(moments)
    assert out[8][1] is not None


def test_praise_then_the_seconds_of_the_hold():
    speaker = Speaker()
    seen = []
    for i in range(200):
        time_s = i / 10
        hold = HoldNow("virabhadrasana_ii", "left", 0.0, time_s, time_s >= 2, 90.0)
        cue = speaker.update(time_s, coaching(score=90), hold)
        seen.append((time_s, cue.text if cue else None))
    order = texts_of(seen)
    assert order[0] is None
    assert order[1] == "Very good, stay there"
    assert order[2:5] == ["Hold… 3 s", "Hold… 4 s", "Hold… 5 s"]
    # the clock's seconds are those of the hold
    assert all(text == f"Hold… {int(t + 1e-9)} s" for t, text in seen[40:150])
    assert order.count("Very good, stay there") == 2  # again after a while


def test_the_next_hold_is_praised_anew_and_its_seconds_are_told_when_it_counts():
    speaker, seen = Speaker(), []
    for start_s in (0.0, 6.0):
        for i in range(60):
            time_s = start_s + i / 10
            hold = HoldNow("virabhadrasana_ii", "left", start_s, i / 10, i >= 30, 90.0)
            cue = speaker.update(time_s, coaching(score=90), hold if i < 50 else None)
            seen.append((time_s, cue.text if cue else None))
    order = texts_of(seen)
    assert order.count("Very good, stay there") == 2
    assert "Hold… 1 s" not in order
    assert "Hold… 3 s" in order


def test_the_seconds_end_with_the_hold():
    hold = HoldNow("virabhadrasana_ii", "left", 0.0, 12.4, True, 80.0)
    out = said([(1, coaching(score=80), {"hold": hold}), (1, coaching(asana=None), {})])
    assert out[9][1].text == "Hold… 12 s"
    assert out[10][1] is None


def texts_of(seen):
    return [key for key, _ in groupby(text for _, text in seen)]


def test_a_middling_pose_with_nothing_wrong_is_not_praised():
    hold = HoldNow("virabhadrasana_ii", "left", 0.0, 12.4, True, 80.0)
    out = said([(5, coaching(score=80), {"hold": hold})])
    assert texts(out) == [None, "Hold… 12 s"]


def test_the_picture_comes_before_the_pose():
    wrong = coaching(KNEE)
    out = said(
        [
            (4, wrong, {"unseen": ["feet"], "turned": True}),
            (4, wrong, {"turned": True}),
            (4, wrong, {}),
        ]
    )
    assert texts(out) == [
        None,
        "Step back: I can't see your feet",
        "Turn to face the camera",
        "Bend your front knee more",
    ]
    profile = coaching(asana="natarajasana")
    assert texts(said([(2, profile, {"turned": True})])) == [None, "Turn sideways"]
    half = {"unseen": ["hips", "knees", "feet"]}
    assert texts(said([(2, profile, half)])) == [None, "Step back: I see only a part of you"]


def test_nobody_in_sight():
    assert texts(said([(1.2, None, {})])) == [None]
    assert texts(said([(3, None, {})])) == [None, "I can't see you"]
    gap = said([(3, coaching(KNEE), {}), (0.8, None, {}), (3, coaching(KNEE), {})])
    assert texts(gap) == [None, "Bend your front knee more", None, "Bend your front knee more"]
    back = said([(4, None, {}), (4, coaching(KNEE), {})])
    assert texts(back) == [None, "I can't see you", None, "Bend your front knee more"]


def test_somebody_without_an_asana_is_left_in_peace():
    assert texts(said([(5, coaching(asana=None), {})])) == [None]


def test_a_reset_forgets_what_was_said():
    speaker = Speaker()
    for i in range(10):
        speaker.update(i / 10, coaching(KNEE))
    speaker.reset()
    assert speaker.update(1.0, coaching(KNEE)) is None


@pytest.mark.parametrize("side", ["left", "right"])
def test_every_cue_has_a_short_wording(side):
    other = "left" if side == "right" else "right"
    for asana, cues in CUES.items():
        for cue in cues.values():
            for text in (cue.small, cue.large):
                words = text.format(side=side, other=other)
                assert len(short(feedback(words))) <= LONGEST, (asana, words)


def test_short_keeps_the_side_and_drops_the_numbers():
    words = short(feedback("Raise your right arm to shoulder height"))
    assert words == "Raise your right arm"
    assert short(feedback("Straighten your legs: press the thighs back")) == "Straighten your legs"
    assert short(KNEE) == "Bend your front knee more"
