"""Each format that results are written in, opened again by a reader that is not harec's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import jsonschema
import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pympi.Elan import Eaf
from saved_results import ROOT, made_result, person

from harec.actions.segments import Segment
from harec.analysis.results import Analysis
from harec.core.errors import InputError
from harec.core.skeleton import KEYPOINT_NAMES
from harec.formats import export_result
from harec.formats.write import OUTPUTS

SEGMENTS = {
    1: (Segment("JUMPING_JACKS", 0.5, 2.25, 0.91, 3), Segment("BOXING", 2.25, 4.0014, 0.8)),
    2: (Segment("WAVING_1HAND", 1.0, 3.5, 0.7, 0),),
}


@pytest.fixture
def analysis() -> Analysis:
    people = tuple(person(number, segments) for number, segments in SEGMENTS.items())
    return replace(made_result(2, 9), people=people)


def written(analysis: Analysis, name: str, folder: Path, ending: str | None = None) -> Path:
    path = folder / f"out{ending or OUTPUTS[name].ending}"
    export_result(analysis, name, path)
    assert [p.name for p in folder.iterdir()] == [path.name]
    return path


def test_elan_by_pympi(analysis: Analysis, tmp_path: Path) -> None:
    eaf = Eaf(str(written(analysis, "eaf", tmp_path)))
    assert list(eaf.get_tier_names()) == ["Person 1", "Person 2"]
    assert sorted(eaf.get_annotation_data_for_tier("Person 1")) == [
        (500, 2250, "Jumping jacks"),
        (2250, 4001, "Boxing"),
    ]
    assert eaf.get_parameters_for_tier("Person 2")["PARTICIPANT"] == "Person 2"
    (media,) = eaf.get_linked_files()
    assert (media["RELATIVE_MEDIA_URL"], media["MIME_TYPE"]) == ("./clip.mp4", "video/mp4")


@pytest.mark.parametrize(
    ("name", "first"), [("vtt", "Jumping jacks ×3"), ("srt", "Person 1: Jumping jacks ×3")]
)
def test_captions_by_ffmpeg(name: str, first: str, analysis: Analysis, tmp_path: Path) -> None:
    with av.open(str(written(analysis, name, tmp_path))) as container:
        (stream,) = container.streams
        assert stream.codec_context.name == {"vtt": "webvtt", "srt": "srt"}[name]
        cues = [
            (float(p.pts * p.time_base), float(p.duration * p.time_base), bytes(p).decode())
            for p in container.demux()
            if p.size
        ]
    assert [(start, round(length, 3)) for start, length, _ in cues] == [
        (0.5, 1.75), (1.0, 2.5), (2.25, 1.751),
    ]  # fmt: skip
    assert cues[0][2].endswith(first)


#: The layout that ActivityNet's evaluation asks of a submission (activity-net.org, "Submission").
SUBMISSION = {
    "type": "object",
    "required": ["version", "results", "external_data"],
    "properties": {
        "version": {"type": "string"},
        "results": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["label", "score", "segment"],
                    "properties": {
                        "label": {"type": "string"},
                        "score": {"type": "number"},
                        "segment": {
                            "type": "array",
                            "items": {"type": "number"},
                            "minItems": 2,
                            "maxItems": 2,
                        },
                    },
                },
            },
        },
        "external_data": {"type": "object"},
    },
}


def test_activitynet_by_its_layout(analysis: Analysis, tmp_path: Path) -> None:
    document = json.loads(written(analysis, "activitynet", tmp_path).read_text("utf-8"))
    jsonschema.validate(document, SUBMISSION)
    assert document["results"]["clip"][1] == {
        "label": "WAVING_1HAND", "score": 0.7, "segment": [1.0, 3.5], "by": "model",
    }  # fmt: skip


def test_boris_table_by_pandas(analysis: Analysis, tmp_path: Path) -> None:
    """The columns that BORIS's import of events asks for; a state event is a pair of rows."""
    table = pd.read_csv(written(analysis, "boris", tmp_path, ".csv"))
    assert list(table.columns) == ["time", "subject", "code", "modifier", "comment"]
    assert table["time"].is_monotonic_increasing
    pairs = table.groupby(["subject", "code"])["time"].agg(list).to_dict()
    assert pairs == {
        ("Person 1", "BOXING"): [2.25, 4.001],
        ("Person 1", "JUMPING_JACKS"): [0.5, 2.25],
        ("Person 2", "WAVING_1HAND"): [1.0, 3.5],
    }


def test_a_boris_project_has_what_boris_looks_for(analysis: Analysis, tmp_path: Path) -> None:
    project = json.loads(written(analysis, "boris", tmp_path).read_text("utf-8"))
    codes = {each["code"] for each in project["behaviors_conf"].values()}
    subjects = {each["name"] for each in project["subjects_conf"].values()}
    assert all(each["type"] == "State event" for each in project["behaviors_conf"].values())
    observation = project["observations"]["clip"]
    assert observation["file"]["1"] == ["clip.mp4"]
    assert observation["media_info"]["length"]["clip.mp4"] == pytest.approx(12.0123, abs=1e-4)
    assert {event[1] for event in observation["events"]} == subjects
    assert {event[2] for event in observation["events"]} == codes
    assert all(len(event) == 5 for event in observation["events"])


def test_coco_by_pycocotools(analysis: Analysis, tmp_path: Path, capsys) -> None:
    path = written(analysis, "coco", tmp_path)
    coco = COCO(str(path))
    (category,) = coco.loadCats(coco.getCatIds())
    assert tuple(category["keypoints"]) == KEYPOINT_NAMES
    assert len(coco.getImgIds()) == 9
    (first, _) = coco.loadAnns(coco.getAnnIds(imgIds=[6]))
    keypoints = np.array(first["keypoints"]).reshape(17, 3)
    truth = analysis.people[0].keypoints_xyc[5]
    np.testing.assert_allclose(keypoints[:, :2], truth[:, :2], atol=0.01)
    assert set(keypoints[:, 2]) == {2}
    assert (first["track_id"], first["action"], first["num_keypoints"]) == (1, "JUMPING_JACKS", 17)
    assert first["attributes"] == {"action": "JUMPING_JACKS", "by": "model"}
    x, y, width, height = first["bbox"]
    np.testing.assert_allclose(
        [x, y, x + width, y + height],
        [*truth[:, :2].min(0), *truth[:, :2].max(0)],
        atol=0.02,
    )
    detections = coco.loadRes(coco.dataset["annotations"])  # as its evaluation reads them
    assert len(detections.getAnnIds()) == 18
    capsys.readouterr()  # it prints


def test_mot_by_numpy(analysis: Analysis, tmp_path: Path) -> None:
    """frame, id, left, top, width, height, confidence, x, y, z (motchallenge.net, instructions)."""
    rows = np.loadtxt(written(analysis, "mot", tmp_path), delimiter=",")
    assert rows.shape == (18, 10)
    assert sorted(set(rows[:, 0])) == list(range(1, 10))
    assert set(rows[:, 1]) == {1, 2}
    assert (rows[:, 7:] == -1).all()
    np.testing.assert_allclose(
        rows[0, 2:4], analysis.people[0].keypoints_xyc[0, :, :2].min(0), atol=0.01
    )


def test_parquet_by_pandas(analysis: Analysis, tmp_path: Path) -> None:
    table = pd.read_parquet(written(analysis, "parquet", tmp_path))
    expected = analysis.to_pandas()
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


def test_keypoints_by_pandas(analysis: Analysis, tmp_path: Path) -> None:
    table = pd.read_parquet(written(analysis, "keypoints", tmp_path))
    assert list(table["frame"]) == sorted([*range(9)] * 2)
    np.testing.assert_array_equal(
        np.stack(table["keypoints"].to_list()).reshape(-1, 17, 3),
        np.concatenate([poses.keypoints_xyc for poses in analysis.poses]),
    )
    assert table["person"].isna().sum() == 10  # of the frames 0, 2, 4, 6, 8, without numbers


def test_json_by_its_schema_and_csv_by_pandas(analysis: Analysis, tmp_path: Path) -> None:
    schema = json.loads((ROOT / "docs" / "result.schema.json").read_text("utf-8"))
    path = written(analysis, "json", tmp_path)
    jsonschema.validate(json.loads(path.read_text("utf-8")), schema)
    path.unlink()
    table = pd.read_csv(written(analysis, "csv", tmp_path))
    assert list(table["repetitions"].fillna(-1)) == [3, -1, 0]


@pytest.mark.parametrize("name", OUTPUTS)
def test_results_without_people_are_written(name: str, tmp_path: Path) -> None:
    export_result(made_result(0, 4), name, tmp_path / "out")
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["coco", "mot", "keypoints"])
def test_labels_alone_have_no_keypoints(name: str, analysis: Analysis, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="labels alone"):
        export_result(replace(analysis, poses=(), pose_times_s=()), name, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_unknown_formats_and_missing_packages_are_told(
    analysis: Analysis, tmp_path: Path, monkeypatch
) -> None:
    with pytest.raises(InputError, match="no format 'xls'; choose one of: eaf, vtt"):
        export_result(analysis, "xls", tmp_path / "out")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"ELAN needs pympi.*'\.\[formats\]'"):
        export_result(analysis, "eaf", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
