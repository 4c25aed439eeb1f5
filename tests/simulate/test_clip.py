"""Clips: scripts, times, truth, walks through the frame, files."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.core.skeleton import MIRROR
from harec.simulate.clip import (
    frame_times,
    simulate_frames,
    simulate_truth,
    write_clip,
)
from harec.simulate.spec import ClipSpec, parse_script
from harec.simulate.truth import TruePerson, TrueSegment, Truth

SMALL = (160, 120)
WAVE = (("WAVING_1HAND", 1.0),)
STAND = (("STANDING", 1.0),)


def spec(*scripts: tuple[tuple[str, float], ...], **more: object) -> ClipSpec:
    return ClipSpec(scripts or (WAVE,), size_wh=SMALL, backdrop="studio", **more)  # type: ignore[arg-type]


# ---- scripts


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("JUMPING:4,STANDING:2", (("JUMPING", 4.0), ("STANDING", 2.0))),
        (" boxing : 1.5 ", (("BOXING", 1.5),)),  # blanks and small letters
        ("WAVING_2HANDS", (("WAVING_2HANDS", 4.0),)),  # 4 seconds unless the script says otherwise
        ("JUMPING:1,", (("JUMPING", 1.0),)),  # a comma too many
    ],
)
def test_scripts(text: str, script: tuple[tuple[str, float], ...]) -> None:
    assert parse_script(text) == script


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("TELEPORTING:2", "JUMPING_JACKS"),  # names what there is
        ("JUMPING:x", "JUMPING:4"),
        ("JUMPING:0", "JUMPING:4"),
        ("JUMPING:-1", "JUMPING:4"),
        ("JUMPING:nan", "JUMPING:4"),
        ("", "empty"),
        (" , ", "empty"),
    ],
)
def test_wrong_scripts_say_what_to_do(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_script(text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scripts": ()}, "1 to 4 people"),
        ({"scripts": (WAVE,) * 5}, "1 to 4 people"),
        ({"scripts": ((),)}, "needs a script"),
        ({"scripts": ((("NOPE", 1.0),),)}, "NOPE"),
        ({"size_wh": (10, 480)}, "between 64"),
        ({"fps": 0}, "frame rate"),
        ({"style": "odd"}, "odd"),
        ({"backdrop": "beach"}, "beach"),
        ({"crossing": True}, "Two people"),
        ({"variable_rate": 2.0}, "variable_rate"),
    ],
)
def test_impossible_clips(change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        replace(ClipSpec((WAVE,)), **change)  # type: ignore[arg-type]


# ---- frames and their truth


@pytest.mark.parametrize("fps", [15, Fraction(24000, 1001), 60])
def test_times_follow_the_rate(fps: Fraction | int) -> None:
    times = frame_times(spec(WAVE, fps=fps))
    assert len(times) == round(float(fps))
    assert np.diff(times) == pytest.approx(1 / float(fps))
    assert times[0] == 0


def test_variable_rate_strays_but_never_turns_back() -> None:
    even = frame_times(spec(WAVE, fps=60))
    times = frame_times(spec(WAVE, fps=60, variable_rate=0.8))
    assert times[0] == 0
    assert np.diff(times).min() > 0
    assert np.diff(times).std() > 0.002
    assert np.abs(times - even).max() < 0.5 / 60


def test_frames_come_with_their_truth() -> None:
    clip = spec(WAVE, STAND, fps=10, seed=3)
    frames = list(simulate_frames(clip))
    truth = simulate_truth(clip)
    assert [frame.time_s for frame in frames] == list(truth.people[0].times_s)
    for index, frame in enumerate(frames):
        assert frame.rgb.shape == (120, 160, 3)
        assert frame.keypoints_xyc.shape == (2, 17, 3)
        for person in (0, 1):
            assert (frame.keypoints_xyc[person] == truth.people[person].keypoints_xyc[index]).all()


def test_everybody_is_in_the_frame_side_by_side() -> None:
    clip = spec(WAVE, (("JUMPING_JACKS", 1.0),), STAND, (("BOXING", 1.0),), seed=1)
    people = simulate_truth(clip).people
    assert [person.id for person in people] == [1, 2, 3, 4]
    for person in people:
        assert (person.keypoints_xyc[..., 2] == 1).all()
    middles = [person.keypoints_xyc[:, 11:13, 0].mean() for person in people]
    assert middles == sorted(middles)
    shoulders = np.abs(people[0].keypoints_xyc[:, 5, 0] - people[0].keypoints_xyc[:, 6, 0]).mean()
    assert np.diff(middles).min() > 1.2 * shoulders


def test_the_picture_does_not_depend_on_the_frame_rate() -> None:
    slow = list(simulate_frames(spec(WAVE, fps=5, grain=0.0)))
    fast = list(simulate_frames(spec(WAVE, fps=10, grain=0.0)))
    for a, b in zip(slow, fast[::2], strict=True):
        assert (a.rgb == b.rgb).all()


def test_the_same_seed_gives_the_same_clip_and_another_one_another() -> None:
    def first(seed: int) -> np.ndarray:
        return next(simulate_frames(spec(WAVE, seed=seed))).rgb

    assert (first(1) == first(1)).all()
    assert (first(1) != first(2)).mean() > 0.2


def test_mirrored_swaps_sides_and_labels() -> None:
    clip = spec(WAVE, fps=5, grain=0.0)
    plain = next(simulate_frames(clip))
    mirrored = next(simulate_frames(replace(clip, mirrored=True)))
    assert (mirrored.rgb == plain.rgb[:, ::-1]).all()
    swapped = plain.keypoints_xyc[:, list(MIRROR)]
    assert mirrored.keypoints_xyc[..., 0] == pytest.approx(160 - swapped[..., 0], abs=1e-3)
    assert mirrored.keypoints_xyc[..., 1] == pytest.approx(swapped[..., 1], abs=1e-3)


def test_shake_moves_picture_and_truth_together() -> None:
    clip = spec(STAND, fps=10, grain=0.0)
    still = simulate_truth(clip).people[0].keypoints_xyc
    shaken = simulate_truth(replace(clip, shake=True)).people[0].keypoints_xyc
    shift = (shaken - still)[..., :2]
    assert np.ptp(shift, axis=1).max() < 1e-3  # all joints alike
    assert 0.1 < np.abs(shift).max() < 2
    frames = simulate_frames(replace(clip, shake=True, size_wh=(320, 240)))
    images = [frame.rgb.astype(int) for frame in itertools.islice(frames, 6)]
    assert (images[0][:20] != images[5][:20]).mean() > 0.1  # the wall moves too


def test_repetitions_are_kept_in_the_file_and_early_files_have_none(tmp_path: Path) -> None:
    truth = simulate_truth(spec((("JUMPING_JACKS", 3.0), ("STANDING", 1.0)), fps=5))
    jacks = truth.people[0].segments[0].repetitions_s
    assert 2 <= len(jacks) <= 4
    truth.to_json(tmp_path / "truth.json")
    back = Truth.from_json(tmp_path / "truth.json")
    assert back.people[0].segments == truth.people[0].segments
    data = json.loads((tmp_path / "truth.json").read_text())
    for segment in data["people"][0]["segments"]:
        del segment["repetitions_s"]
    (tmp_path / "early.json").write_text(json.dumps(data))
    early = Truth.from_json(tmp_path / "early.json")
    assert [s.repetitions_s for s in early.people[0].segments] == [(), ()]


def test_a_later_end_is_filled_with_standing() -> None:
    people = simulate_truth(spec((("BOXING", 2.0),), WAVE, fps=10)).people
    assert [(s.action, s.start_s, s.end_s) for s in people[1].segments] == [
        ("WAVING_1HAND", 0.0, 1.0),
        ("STANDING", 1.0, 2.0),
    ]


def test_yaw_is_the_view() -> None:
    def shoulders(yaw_deg: float) -> float:
        person = simulate_truth(spec(STAND, fps=5, yaw_deg=yaw_deg)).people[0]
        return float((person.keypoints_xyc[:, 5, 0] - person.keypoints_xyc[:, 6, 0]).mean())

    assert shoulders(0) > 8
    assert abs(shoulders(90)) < 0.35 * shoulders(0)
    assert shoulders(180) < -8


def test_distance_is_kept() -> None:
    def tall(distance_m: float) -> float:
        person = simulate_truth(spec(STAND, fps=5, distance_m=distance_m)).people[0]
        return float(np.ptp(person.keypoints_xyc[0, :, 1]))

    assert tall(4.0) / tall(8.0) == pytest.approx(2.0, rel=0.1)


# ---- walks


def test_crossing_swaps_two_people_in_front_of_each_other() -> None:
    script = (("WAVING_1HAND", 2.0), ("WALKING", 2.5), ("CLAPPING_HANDS", 2.0))
    clip = spec(script, script, fps=10, crossing=True, seed=2)
    a, b = (person.keypoints_xyc for person in simulate_truth(clip).people)
    gap = (b - a)[:, 11:13, 0].mean(axis=1)
    assert gap[0] > 15
    assert gap[-1] < -15
    assert (np.diff(gap)[:18] ** 2).max() < 4  # no person moves away while waving
    assert (a[..., 2] == 1).all()


def test_crossing_finds_a_time_when_the_script_has_no_walk() -> None:
    people = simulate_truth(spec((("BOXING", 6.0),), (("BOXING", 6.0),), crossing=True)).people
    assert people[0].segments == (
        TrueSegment("BOXING", 0.0, 2.0),
        TrueSegment("WALKING", 2.0, 4.0),
        TrueSegment("BOXING", 4.0, 6.0),
    )


@pytest.mark.parametrize(("enters", "leaves"), [(True, False), (False, True), (True, True)])
def test_entering_and_leaving(enters: bool, leaves: bool) -> None:
    script = (("WAVING_2HANDS", 9.0),)
    clip = spec(script, fps=10, enters=enters, leaves=leaves)
    person = simulate_truth(clip).people[0]
    seen = person.keypoints_xyc[..., 2].sum(axis=1)
    assert (seen[0] == 0) == enters
    assert (seen[-1] == 0) == leaves
    assert (seen[30:60] == 17).all()
    walks = [segment for segment in person.segments if segment.action == "WALKING"]
    assert len(walks) == enters + leaves


# ---- files


def test_truth_survives_its_file(tmp_path: Path) -> None:
    truth = simulate_truth(spec(WAVE, STAND, fps=5))
    path = tmp_path / "truth.json"
    truth.to_json(path)
    again = Truth.from_json(path)
    assert again.size_wh == truth.size_wh
    assert again.frame_rate == truth.frame_rate
    for a, b in zip(truth.people, again.people, strict=True):
        assert a.segments == b.segments
        assert a.times_s == pytest.approx(b.times_s, abs=1e-6)
        assert a.keypoints_xyc == pytest.approx(b.keypoints_xyc, abs=0.006)
    data = json.loads(path.read_text())
    assert set(data) == {"version", "size_wh", "frame_rate", "people"}
    assert set(data["people"][0]) == {"id", "segments", "times_s", "keypoints_xyc"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["truth.json"]


def test_wrong_truth_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        Truth.from_json(tmp_path / "none.json")
    for text in ("", "[]", '{"version": 99}', '{"version": 1}'):
        path = tmp_path / "wrong.json"
        path.write_text(text)
        with pytest.raises(InputError, match=r"wrong\.json"):
            Truth.from_json(path)


def test_truth_checks_its_shape() -> None:
    with pytest.raises(ValueError, match="keypoints_xyc"):
        TruePerson(1, (), (0.0, 0.1), np.zeros((3, 17, 3), np.float32))


def test_a_clip_is_written_and_read_back(tmp_path: Path) -> None:
    from harec.video import VideoReader

    clip = spec(WAVE, fps=Fraction(15), variable_rate=0.5)
    shares: list[float] = []
    out, truth_path = tmp_path / "clip.mp4", tmp_path / "truth.json"
    truth = write_clip(out, clip, truth_path=truth_path, on_progress=shares.append)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    assert Truth.from_json(truth_path).people[0].segments == truth.people[0].segments
    with VideoReader(out) as reader:
        frames = list(reader)
    assert len(frames) == 15
    expected = [frame.rgb.astype(int) for frame in simulate_frames(clip)]
    for frame, rgb, time_s in zip(frames, expected, truth.people[0].times_s, strict=True):
        assert frame.time_s == pytest.approx(time_s, abs=0.002)
        assert np.abs(frame.rgb.astype(int) - rgb).mean() < 8
    assert {entry.name for entry in tmp_path.iterdir()} == {"clip.mp4", "truth.json"}


def test_a_failing_clip_leaves_nothing(tmp_path: Path) -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_clip(tmp_path / "clip.mp4", spec(WAVE), on_progress=stop)
    assert not list(tmp_path.iterdir())


def test_the_package_imports_lightly() -> None:
    code = (
        "import sys, harec.simulate; print(any(m in sys.modules for m in ('cv2', 'av', 'torch')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
