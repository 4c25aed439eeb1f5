"""Clips from archives and from the article's text files; splits by person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harec.actions.labels import ACTIONS, OTHER
from harec.core.errors import InputError
from harec.core.skeleton import (
    KEYPOINT_NAMES,
    MIRROR,
    OPENPOSE18_NAMES,
    OPENPOSE18_TO_COCO17,
)
from harec.training.datasets import (
    Clip,
    load_archive,
    load_rnn_har,
    openpose18_to_coco17,
    save_archive,
    simulated_clips,
    split_by_subject,
)

WriteRnnHar = Callable[..., np.ndarray]


def clip(label: str, subject: str, source: str = "lab", frames: int = 40) -> Clip:
    rng = np.random.default_rng(len(subject))
    keypoints = rng.uniform(1, 400, (frames, 17, 3)).astype(np.float32)
    keypoints[..., 2] = 1
    return Clip(keypoints, False, label, source, subject, f"{subject}-{label}", 30.0)


def test_openpose_order_maps_each_joint_to_the_one_of_its_name() -> None:
    for coco, openpose in enumerate(OPENPOSE18_TO_COCO17):
        assert KEYPOINT_NAMES[coco] == OPENPOSE18_NAMES[openpose]
    assert "neck" not in {OPENPOSE18_NAMES[i] for i in OPENPOSE18_TO_COCO17}


def test_mirror_swaps_left_and_right_and_is_its_own_inverse() -> None:
    for i, j in enumerate(MIRROR):
        assert KEYPOINT_NAMES[j] == KEYPOINT_NAMES[i].replace("left", "@").replace(
            "right", "left"
        ).replace("@", "right")
        assert MIRROR[j] == i


def test_zero_zero_is_a_missing_joint_but_zero_x_alone_is_not() -> None:
    points = np.ones((2, 18, 2))
    points[0, 4] = 0  # right wrist
    points[1, 4] = (0, 50)
    keypoints = openpose18_to_coco17(points)
    assert keypoints.shape == (2, 17, 3)
    assert keypoints[0, KEYPOINT_NAMES.index("right_wrist"), 2] == 0
    assert keypoints[1, KEYPOINT_NAMES.index("right_wrist"), 2] == 1


def test_the_articles_files(tmp_path: Path, write_rnn_har: WriteRnnHar) -> None:
    rows = write_rnn_har(tmp_path)
    train, test = load_rnn_har(tmp_path)
    assert [c.label for c in train] == [ACTIONS[0], ACTIONS[3], ACTIONS[5]]
    assert len(test) == 3
    assert train[1].frames.shape == (32, 17, 3)
    nose_x, left_hip = train[1].frames[7, 0, 0], train[1].frames[7, 11, :2]
    assert nose_x == pytest.approx(rows[32 + 7, 0])
    np.testing.assert_allclose(left_hip, rows[39, 22:24], rtol=1e-6)
    assert train[0].frames[5, KEYPOINT_NAMES.index("right_wrist")].tolist() == [0, 0, 0]
    assert train[0].frame_rate == 22


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("X_train.txt", "1,2,3", "36"),
        ("Y_train.txt", "1\n4", "32 rows"),
        ("Y_train.txt", "1\n4\n7", "1 to 6"),
        ("Y_train.txt", "one", "number"),
        ("X_train.txt", None, "X_train.txt"),
    ],
)
def test_malformed_article_files_say_what_is_wrong(
    tmp_path: Path, write_rnn_har: WriteRnnHar, file: str, text: str | None, message: str
) -> None:
    write_rnn_har(tmp_path)
    (tmp_path / file).unlink()
    if text is not None:
        (tmp_path / file).write_text(text)
    with pytest.raises(InputError, match=message):
        load_rnn_har(tmp_path)


def test_archive_round_trip(tmp_path: Path) -> None:
    clips = [clip("BOXING", "anna"), clip("DRAW_X", "ben"), clip("WAVE_1OR2", "cleo")]
    save_archive(tmp_path / "a.npz", clips)
    again = load_archive(tmp_path / "a.npz")
    assert [c.label for c in again] == ["BOXING", "DRAW_X"], "ambiguous labels are left out"
    np.testing.assert_array_equal(again[0].frames, clips[0].frames)
    assert again[0].target == ACTIONS.index("BOXING")
    assert again[1].target == len(ACTIONS)
    assert again[1].is_gesture_like
    assert OTHER not in ACTIONS


@pytest.mark.parametrize(
    ("label", "source", "kind"),
    [
        ("WALKING", "lab", "everyday"),
        ("FRONT_KICK", "precog", "everyday"),
        ("LETTER_POSE_K", "kinder_gator", "gesture"),
        ("SIGNAL_COME", "kinder_gator", "gesture"),
        ("FIST_BUMP", "hri_pairs", "gesture"),
        ("SIGN_THANKS", "mp_hello", "seated"),
        ("MIME_JUMP", "captcha_mime", "seated"),
        ("STANDING", "miai_mediapipe", "seated"),
        ("SEATED_TALKING", "simulated", "seated"),
        ("WAVING_1HAND", "mp_hello", "everyday"),  # none: an action
    ],
)
def test_kinds_of_negatives(label: str, source: str, kind: str) -> None:
    assert replace(clip(label, "anna"), source=source).negative_kind == kind


def test_a_person_of_two_archives_is_in_one_fold() -> None:
    flat = [clip("BOXING", name) for name in "abcdef"]
    solid = [replace(c, is_3d=True, label=label) for c in flat for label in ("BEND", "BOXING")]
    for fold in range(3):
        learn, held = split_by_subject([*flat, *solid], 3, fold)
        assert not {c.subject for c in learn} & {c.subject for c in held}


def test_bad_archives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        load_archive(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(InputError, match="not a keypoint archive"):
        load_archive(tmp_path / "text.npz")
    np.savez(tmp_path / "pickled.npz", keypoints=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="not a keypoint archive"):
        load_archive(tmp_path / "pickled.npz")


def test_nobody_is_on_both_sides_of_the_split() -> None:
    people = [f"p{i}" for i in range(12)]
    clips = [clip(label, p, s) for p in people for label in ACTIONS[:3] for s in ("a", "b")]
    train, test = split_by_subject(clips, 4, 1)
    keys = [{(c.source, c.subject) for c in part} for part in (train, test)]
    assert not keys[0] & keys[1]
    assert len(keys[1]) == 6
    assert len(train) + len(test) == len(clips)
    again = split_by_subject(list(reversed(clips)), 4, 1)[1]
    assert {(c.source, c.subject) for c in again} == keys[1], "order must not matter"
    tested = [c.name for k in range(4) for c in split_by_subject(clips, 4, k)[1]]
    assert sorted(tested) == sorted(c.name for c in clips), "each person is tested once"
    with pytest.raises(InputError, match="fold"):
        split_by_subject(clips, 4, 4)


def test_people_who_do_the_actions_are_spread_over_the_folds() -> None:
    clips = [clip("BOXING", f"a{i}") for i in range(3)] + [
        clip("WALKING", f"w{i}") for i in range(9)
    ]
    for fold in range(3):
        labels = [c.label for c in split_by_subject(clips, 3, fold)[1]]
        assert (labels.count("BOXING"), labels.count("WALKING")) == (1, 3)


def test_simulated_people_are_for_training_only() -> None:
    clips = simulated_clips(1, 1, seed=0)
    assert {c.label for c in clips} >= set(ACTIONS)
    assert split_by_subject(clips, 2, 0)[1] == []
    again = simulated_clips(1, 1, seed=0)
    assert all((a.frames == b.frames).all() for a, b in zip(clips, again, strict=True))
