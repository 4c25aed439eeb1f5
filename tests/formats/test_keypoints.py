"""Keypoints of other programs in the place of a pose model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.errors import InputError
from harec.core.skeleton import OPENPOSE18_TO_COCO17
from harec.formats import analyze_keypoints, export_result, read_keypoints
from harec.simulate.truth import Truth

#: OpenPose's BODY_25 by its documentation; where COCO's keypoints are not, there is nothing.
BODY25 = dict(
    zip(
        range(17),
        (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11),
        strict=True,
    )
)
SCRIPT = "JUMPING_JACKS:3,STANDING:1,WAVING_2HANDS:3"


@pytest.fixture(scope="module")
def film(make_clip) -> tuple[Path, Truth]:
    """A film of nothing, in which only the file knows who is there."""
    return make_clip(f"{SCRIPT};STANDING:7", fps=12, drawn=False)


def people(truth: Truth) -> list[np.ndarray]:
    """(F, 17, 3) of each."""
    return [person.keypoints_xyc for person in truth.people]


def coco(truth: Truth, **image: Any) -> dict[str, Any]:
    frames = len(truth.people[0].times_s)
    return {
        "images": [
            {"id": 100 + i, "file_name": f"clip_{i:05d}.jpg", "width": 320, "height": 240, **image}
            for i in range(frames)
        ],
        "annotations": [
            {
                "id": len(people(truth)) * i + n,
                "image_id": 100 + i,
                "category_id": 1,
                "track_id": n,
                "keypoints": (keypoints[i] * [1, 1, 2]).ravel().round(2).tolist(),
            }
            for n, keypoints in enumerate(people(truth))
            for i in range(frames)
        ],
    }


def write_coco(truth: Truth, path: Path) -> Path:
    path.write_text(json.dumps(coco(truth)))
    return path


def write_detections(truth: Truth, path: Path) -> Path:
    """A list as COCO's evaluation takes it: scores for visibilities, numbers from 1."""
    rows = [
        {
            "image_id": i + 1,
            "category_id": 1,
            "keypoints": keypoints[i].ravel().round(2).tolist(),
            "score": 0.9,
        }
        for keypoints in people(truth)
        for i in range(len(keypoints))
    ]
    path.write_text(json.dumps(rows))
    return path


def write_ultralytics(truth: Truth, path: Path) -> Path:
    path.mkdir()
    for i in range(len(truth.people[0].times_s)):
        lines = []
        for n, keypoints in enumerate(people(truth)):
            points = (keypoints[i] / [320, 240, 1]).ravel()
            lines.append(" ".join(f"{v:.6g}" for v in [0, 0.5, 0.5, 1, 1, *points, 0.91, n + 1]))
        (path / f"clip_{i + 1}.txt").write_text("\n".join(lines) + "\n")
    (path / "classes.txt").write_text("person\n")
    return path


def write_openpose(truth: Truth, path: Path, points: int = 25) -> Path:
    path.mkdir()
    order = BODY25 if points == 25 else dict(enumerate(OPENPOSE18_TO_COCO17))
    for i in range(len(truth.people[0].times_s)):
        found = []
        for keypoints in people(truth):
            body = np.zeros((points, 3))
            for ours, theirs in order.items():
                body[theirs] = keypoints[i, ours]
            found.append({"person_id": [-1], "pose_keypoints_2d": body.ravel().round(3).tolist()})
        name = f"clip_{i:012d}_keypoints.json"
        (path / name).write_text(json.dumps({"version": 1.3, "people": found}))
    return path


def write_openpose18(truth: Truth, path: Path) -> Path:
    return write_openpose(truth, path, 18)


WRITERS = [write_coco, write_detections, write_ultralytics, write_openpose, write_openpose18]


def labels(analysis: Analysis) -> list[list[str]]:
    return [[s.action for s in person.segments] for person in analysis.people]


@pytest.mark.parametrize("write", WRITERS)
def test_labels_come_without_a_pose_model(write, film, tmp_path: Path, monkeypatch) -> None:
    clip, truth = film
    source = write(truth, tmp_path / "people")
    monkeypatch.setattr("harec.analysis.video_job.estimator_of", None)
    analysis = analyze_keypoints(clip, source)
    assert labels(analysis) == [["JUMPING_JACKS", "WAVING_2HANDS"], []]
    assert analysis.provenance.keypoints == "people"
    assert set(analysis.provenance.models) == {"action-lstm.safetensors"}
    seen = analysis.poses[7].keypoints_xyc[0]
    np.testing.assert_allclose(seen[:, :2], people(truth)[0][7][:, :2], atol=0.05)


def test_every_third_frame(film, tmp_path: Path) -> None:
    clip, truth = film
    source = write_openpose(truth, tmp_path / "people")
    analysis = analyze_keypoints(clip, source, AnalysisSettings(skip=2))
    np.testing.assert_allclose(
        analysis.poses[4].keypoints_xyc[1, :, :2], people(truth)[1][12][:, :2], atol=0.05
    )


@pytest.mark.parametrize("name", ["keypoints", "coco"])
def test_what_harec_wrote_gives_the_same_labels(name: str, film, tmp_path: Path) -> None:
    clip, truth = film
    first = analyze_keypoints(clip, write_coco(truth, tmp_path / "people.json"))
    export_result(first, name, tmp_path / "out")
    again = analyze_keypoints(clip, tmp_path / "out")
    assert labels(again) == labels(first)
    if name == "keypoints":
        assert [p.segments for p in again.people] == [p.segments for p in first.people]
    twice = analyze_keypoints(clip, tmp_path / "out", AnalysisSettings(skip=1))  # told by times
    np.testing.assert_allclose(
        twice.poses[3].keypoints_xyc, first.poses[6].keypoints_xyc, atol=0.02
    )


def test_sizes_of_images_are_those_of_the_frames(film, tmp_path: Path) -> None:
    _, truth = film
    data = coco(truth, width=640, height=480)
    (tmp_path / "a.json").write_text(json.dumps(data))
    engine = read_keypoints(tmp_path / "a.json", (320, 240))
    half = engine.estimate(np.zeros((240, 320, 3), np.uint8))
    np.testing.assert_allclose(
        half.keypoints_xyc[0, :, :2], people(truth)[0][0][:, :2] / 2, atol=0.01
    )


PERSON = {"image_id": 1, "keypoints": [1, 1, 2] * 17}
BAD: dict[str, Any] = {
    "no keypoints": {"images": [], "annotations": []},
    "boxes alone": [{"image_id": 1, "bbox": [0, 0, 1, 1]}],
    "133 keypoints": [{"image_id": 1, "keypoints": [1, 1, 2] * 133}],
    "a text": [{"image_id": 1, "keypoints": ["a"] * 51}],
    "no number": [{**PERSON, "image_id": -5}],
    "infinite": [{**PERSON, "keypoints": [1e400, 1, 2] * 17}],
    "a score of two": [{**PERSON, "score": 2}],
    "an image without size": {
        "images": [{"id": 1, "width": 0, "height": 1}],
        "annotations": [PERSON],
    },
    "another document": {"people": []},
    "a number": 5,
}


@pytest.mark.parametrize("what", BAD)
def test_bad_documents_are_refused_in_one_line(what: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(BAD[what]))
    refused(tmp_path / "bad.json")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", "hello"),
        ("clip_1.txt", "0 0.5 0.5 1 1"),
        ("clip_1.txt", "0 " + "x " * 55),
        ("clip_1.txt", "0 " + "nan " * 55),
        ("clip_1_keypoints.json", "{}"),
        ("clip_1_keypoints.json", '{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}'),
        ("clip_keypoints.json", '{"people": []}'),
    ],
)
def test_bad_folders_are_refused_in_one_line(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / name).write_text(content)
    refused(tmp_path / "bad")


def refused(path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_keypoints(path, (320, 240))
    assert "\n" not in str(error.value)


def test_keypoints_of_another_video_are_told(film, tmp_path: Path) -> None:
    clip, _ = film
    (tmp_path / "a.json").write_text(json.dumps([{**PERSON, "image_id": 9000}]))
    with pytest.raises(InputError, match="nobody on the frames"):
        analyze_keypoints(clip, tmp_path / "a.json", video_out=tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    with pytest.raises(InputError, match="can't be turned"):
        analyze_keypoints(clip, tmp_path / "a.json", AnalysisSettings(turn_deg=90))
    (tmp_path / "b.vtt").write_text("WEBVTT\n")
    refused(tmp_path / "b.vtt")
    refused(tmp_path / "none")
