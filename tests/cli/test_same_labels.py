"""The same keypoints give the same labels, whichever way they come: file, live or command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harec.analysis.analyze import analyze
from harec.analysis.results import AnalysisSettings, PersonResult
from harec.cli.main import main
from harec.core.poses import FloatArray, Poses
from harec.live.pipeline import LivePipeline
from harec.live.types import LiveResult
from harec.simulate.camera import Camera
from harec.simulate.clip import simulate_truth
from harec.simulate.spec import ClipSpec, parse_script
from harec.simulate.yoga_practice import Step, hold_motion
from harec.video import VideoWriter
from harec.yoga.live import CoachPipeline
from harec.yoga.practice.holds import HoldSettings
from harec.yoga.practice.live_history import CoachState
from harec.yoga.practice.video import practise

FPS, SIZE = 10, (640, 480)
#: Frames tell the stand-in for the pose engine which one they are, as a binary number in stripes.
BITS = 10
#: Live time that passed before; sums of fractions are not what they are from 0 on.
LATER_S = 77.7


class FromStripes:
    """A pose engine that knows the true keypoints (F, P, 17, 3) of each frame."""

    name = "movenet"

    def __init__(self, keypoints_xyc: FloatArray) -> None:
        self.keypoints_xyc = keypoints_xyc

    def reset(self) -> None: ...

    def estimate(self, rgb: np.ndarray) -> Poses:
        stripes = rgb.reshape(len(rgb), BITS, -1).mean(axis=(0, 2)) > 128
        people = self.keypoints_xyc[int(stripes @ (1 << np.arange(BITS)))]
        seen = people[people[:, :, 2].sum(axis=1) >= 6]
        return Poses(seen, np.full(len(seen), 0.9, np.float32)) if len(seen) else Poses.empty()


def frame(index: int) -> np.ndarray:
    stripes = (255 * (index >> np.arange(BITS) & 1)).astype(np.uint8)
    row = np.repeat(stripes, SIZE[0] // BITS)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (SIZE[1], SIZE[0], 3)))


def film(path: Path, frames: int) -> Path:
    with VideoWriter(path, SIZE, frame_rate_hint=FPS) as writer:
        for index in range(frames):
            writer.write(frame(index), index / FPS)
    return path


def state_of(result: LiveResult[CoachState]) -> CoachState:
    assert result.extra is not None
    return result.extra


def run(*arguments: object) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main([str(argument) for argument in arguments])
    assert not exit_info.value.code


@pytest.fixture(scope="module")
def people() -> FloatArray:
    """Keypoints (F, 2, 17, 3) of two people who change what they do; one is lost for a second."""
    scripts = (
        "STANDING:1,JUMPING_JACKS:4,CLAPPING_HANDS:3,STANDING:2",
        "BOXING:3,WAVING_2HANDS:3,STANDING:1,BOXING:3",
    )
    truth = simulate_truth(
        ClipSpec(tuple(parse_script(script) for script in scripts), fps=FPS, size_wh=SIZE)
    )
    keypoints = np.stack([person.keypoints_xyc for person in truth.people], axis=1)
    keypoints[70:80, 1] = 0
    return np.asarray(keypoints, np.float32)


def assert_same_people(found: Sequence[PersonResult], expected: Sequence[PersonResult]) -> None:
    assert [person.id for person in found] == [person.id for person in expected]
    for a, b in zip(found, expected, strict=True):
        assert [(s.action, s.repetitions) for s in a.segments] == [
            (s.action, s.repetitions) for s in b.segments
        ]
        for one, other in zip(a.segments, b.segments, strict=True):
            assert one.start_s == pytest.approx(other.start_s, abs=1e-6)
            assert one.end_s == pytest.approx(other.end_s, abs=1e-6)
            assert one.confidence == pytest.approx(other.confidence, abs=1e-4)


def assert_same_json(found: dict[str, Any], expected: Sequence[PersonResult]) -> None:
    assert [person["id"] for person in found["people"]] == [person.id for person in expected]
    for written, person in zip(found["people"], expected, strict=True):
        assert len(written["segments"]) == len(person.segments)
        for one, segment in zip(written["segments"], person.segments, strict=True):
            assert (one["action"], one["repetitions"]) == (segment.action, segment.repetitions)
            assert one["start_s"] == pytest.approx(segment.start_s, abs=2e-3)
            assert one["end_s"] == pytest.approx(segment.end_s, abs=2e-3)
            assert one["confidence"] == pytest.approx(segment.confidence, abs=1e-3)


def check_live_labels(pipeline: LivePipeline, result: LiveResult) -> int:
    """Each label shown is what the segmenter says at the newest estimate; returns how many are."""
    known = {person.id: person for person in pipeline.history.results()}
    named = 0
    for person in result.people:
        history = known.get(person.id)
        if history is None or not len(history.estimate_times_s) or person.probabilities is None:
            assert person.action is None
            continue
        last_s = history.estimate_times_s[-1]
        going = history.segments[-1:] if history.segments else ()
        expected = [s.action for s in going if s.end_s >= last_s]
        assert ([person.action] if person.action else []) == expected
        named += len(expected)
    return named


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(AnalysisSettings(), id="defaults"),
        pytest.param(
            AnalysisSettings(action_threshold=0.8, smoothing_s=0.1),
            id="strict",
            marks=pytest.mark.long,
        ),
        pytest.param(
            AnalysisSettings(action_threshold=0.3, smoothing_s=1.0),
            id="smooth",
            marks=pytest.mark.long,
        ),
    ],
)
def test_actions_of_a_file_and_live(
    people: FloatArray, settings: AnalysisSettings, tmp_path: Path
) -> None:
    clip = film(tmp_path / "clip.mp4", len(people))
    expected = analyze(clip, settings, estimator=FromStripes(people)).people
    assert sum(len(person.segments) for person in expected) >= 4
    pipeline = LivePipeline(settings, estimator=FromStripes(people))
    named = 0
    for index in range(len(people)):
        result = pipeline.update(index / FPS, frame(index))
        named += check_live_labels(pipeline, result)
    assert named > 50
    pipeline.end_stream()
    assert_same_people(pipeline.history.results(), expected)


def test_actions_of_the_command_line(
    people: FloatArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_step: None
) -> None:
    clip = film(tmp_path / "clip.mp4", len(people))
    expected = analyze(clip, estimator=FromStripes(people)).people
    monkeypatch.setattr(
        "harec.analysis.engines.create_estimator", lambda *_, **__: FromStripes(people)
    )
    run("analyze", clip, "--json", tmp_path / "file.json")
    assert_same_json(json.loads((tmp_path / "file.json").read_text()), expected)

    run("live", "--source", clip, "--json", tmp_path / "live.json")
    assert_same_json(json.loads((tmp_path / "live.json").read_text()), expected)


@pytest.fixture(scope="module")
def yogi() -> FloatArray:
    """Keypoints (F, 1, 17, 3) of a practice, which the pose model sees with errors and misses."""
    script: list[Step] = [
        ("standing", None, 1.0),
        ("vrikshasana", "left", 4),
        ("vrikshasana", "right", 3),
        ("trikonasana", "left", 3),
        ("adho_mukha_svanasana", None, 4),
        ("virabhadrasana_ii", "right", 3),
    ]
    metres, _ = hold_motion(script, rate_hz=FPS, turning=True, seed=3)
    camera = Camera(SIZE).framing(metres.reshape(-1, 1, 3))
    pixels = np.stack([camera.project(joints)[0] for joints in metres])
    rng = np.random.default_rng(4)
    pixels += rng.normal(0, 3.0, pixels.shape)
    keypoints = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 0.9)], axis=2)
    keypoints[rng.random(keypoints.shape[:2]) < 0.02] = 0
    keypoints[60:63] = 0  # nobody is found
    return keypoints[:, None].astype(np.float32)


@pytest.mark.parametrize(
    "hold_settings",
    [
        pytest.param(None, id="defaults"),
        pytest.param(
            HoldSettings(enter=0.9, exit=0.5, min_hold_s=1.0), id="strict", marks=pytest.mark.long
        ),
        pytest.param(HoldSettings.at(0.2), id="lenient", marks=pytest.mark.long),
    ],
)
def test_yoga_of_a_file_live_and_the_command_line(
    yogi: FloatArray,
    hold_settings: HoldSettings | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clip = film(tmp_path / "practice.mp4", len(yogi))
    practice = practise(clip, None, hold_settings, estimator=FromStripes(yogi))
    assert len(practice.holds) >= 4

    pipeline = CoachPipeline(
        AnalysisSettings(), hold_settings=lambda: hold_settings, estimator=FromStripes(yogi)
    )
    results = [pipeline.update(i / FPS + LATER_S, frame(i)) for i in range(len(yogi))]
    pipeline.end_stream()
    holds = pipeline.history.practice().holds
    assert [(h.asana, h.side) for h in holds] == [(h.asana, h.side) for h in practice.holds]
    for live, found in zip(holds, practice.holds, strict=True):
        one, other = (
            (h.start_s - since_s, h.end_s - since_s, h.best_score, h.mean_score, h.best_s - since_s)
            for h, since_s in ((live, LATER_S), (found, 0))
        )
        assert one == pytest.approx(other, abs=1e-3)
    states = {round((result.time_s - LATER_S) * FPS): state_of(result) for result in results}
    for i, time_s in enumerate(practice.times_s):
        said = states[round(time_s * FPS)].coaching
        assert said is not None
        assert (said.asana, said.side) == (practice.names[i], practice.sides[i])
        score = np.nan if said.score is None else said.score
        assert score == pytest.approx(practice.scores[i], abs=1e-2, nan_ok=True)

    if hold_settings is None:
        monkeypatch.setattr(
            "harec.analysis.engines.create_estimator", lambda *_, **__: FromStripes(yogi)
        )
        run("yoga", clip, "--json", tmp_path / "practice.json")
        written = json.loads((tmp_path / "practice.json").read_text())["holds"]
        assert [(h["asana"], h["side"]) for h in written] == [
            (h.asana, h.side) for h in practice.holds
        ]
        for one, hold in zip(written, practice.holds, strict=True):
            assert one["start_s"] == pytest.approx(hold.start_s, abs=2e-3)
            assert one["end_s"] == pytest.approx(hold.end_s, abs=2e-3)
            assert one["best_score"] == pytest.approx(hold.best_score, abs=0.1)
            assert one["mean_score"] == pytest.approx(hold.mean_score, abs=0.1)
