"""Results that are saved and opened again; files that are not results, or want to do harm."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from saved_results import ROOT, made_result

import harec
from harec.analysis.result_file import MOST_DOCUMENT_BYTES
from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.errors import InputError
from harec.core.files import file_sha256
from harec.core.text import readable

#: Files of one name are written again and again.
SAME_FOLDER = [HealthCheck.function_scoped_fixture]
SCHEMA = json.loads((ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8"))


def same(a: Analysis, b: Analysis) -> None:
    """Equal to the bit, also where `Analysis` compares by identity."""
    assert a.to_json(keypoints=True) == b.to_json(keypoints=True)
    assert (a.video, a.settings.thresholds, a.warnings) == (
        b.video,
        b.settings.thresholds,
        b.warnings,
    )
    assert a.provenance == b.provenance
    assert list(a.pose_times_s) == list(b.pose_times_s)
    for one, other in zip(a.poses, b.poses, strict=True):
        np.testing.assert_array_equal(one.keypoints_xyc, other.keypoints_xyc)
        np.testing.assert_array_equal(one.scores, other.scores)
        np.testing.assert_array_equal(one.camera.to_shot, other.camera.to_shot)
        assert (one.camera.shot, one.camera.known) == (other.camera.shot, other.camera.known)
        assert (one.followed is None) == (other.followed is None)
    for one_person, other_person in zip(a.people, b.people, strict=True):
        assert one_person.segments == other_person.segments
        np.testing.assert_array_equal(one_person.keypoints_xyc, other_person.keypoints_xyc)
        np.testing.assert_array_equal(one_person.probabilities, other_person.probabilities)
        assert dict(one_person.moments_s) == dict(other_person.moments_s)


@given(
    seed=st.integers(0, 2**32 - 1),
    people=st.integers(0, 3),
    frames=st.integers(0, 12),
    rate=st.sampled_from([None, Fraction(30000, 1001), Fraction(25)]),
    threshold=st.sampled_from([None, 0.0, 0.5, 1.0]),
    name=st.text(max_size=30),
)
@examples(max_examples=40, deadline=None, suppress_health_check=SAME_FOLDER)
def test_what_is_saved_is_opened_again(
    tmp_path: Path,
    seed: int,
    people: int,
    frames: int,
    rate: Fraction | None,
    threshold: float | None,
    name: str,
) -> None:
    analysis = made_result(people, frames, seed=seed)
    analysis = replace(
        analysis,
        video=replace(analysis.video, name=readable(name), frame_rate=rate),
        settings=replace(analysis.settings, action_threshold=threshold),
    )
    path = tmp_path / "a.harec-result"
    analysis.save(path)
    same(analysis, harec.load_result(path))
    jsonschema.validate(json.loads(analysis.to_json()), SCHEMA)
    jsonschema.validate(json.loads(analysis.to_json(keypoints=True)), SCHEMA)


def test_the_same_result_is_the_same_file_and_numpy_opens_it(tmp_path: Path) -> None:
    analysis = made_result(2, 9)
    for name in ("a", "b"):
        analysis.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with np.load(tmp_path / "a", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(
            arrays["people/keypoints_xyc"],
            np.concatenate([person.keypoints_xyc for person in analysis.people]),
        )
    with zipfile.ZipFile(tmp_path / "a") as archive:
        document = json.loads(archive.read("result.json"))
    jsonschema.validate(document, SCHEMA)
    assert document["video"]["sha256"] == analysis.video.sha256


def test_a_real_result_is_labelled_anew_without_video_and_pose_model(
    make_clip, tmp_path: Path, monkeypatch
) -> None:
    clip, _ = make_clip("JUMPING_JACKS:3,STANDING:1", fps=10)
    analysis = harec.analyze(clip, AnalysisSettings(mode="lightweight", precision="float"))
    made_with = analysis.provenance
    assert made_with.versions["harec"] == harec.__version__
    assert set(made_with.models) == {
        "action-lstm.safetensors",
        "movenet-lightning.onnx",
        "movenet-multipose.onnx",
    }
    assert analysis.video.sha256 == file_sha256(clip)
    analysis.save(tmp_path / "a.harec-result")
    monkeypatch.setattr("harec.analysis.engines.create_estimator", None)
    opened = harec.load_result(tmp_path / "a.harec-result")
    same(analysis, opened)
    stricter = replace(analysis.settings, keypoint_threshold=0.4, action_threshold=0.9)
    (before,) = harec.relabel(analysis, stricter).people
    (after,) = harec.relabel(opened, stricter).people
    np.testing.assert_array_equal(after.keypoints_xyc, before.keypoints_xyc)
    # the network's last bits depend on where its input lies in memory
    np.testing.assert_allclose(after.probabilities, before.probabilities, atol=1e-5)
    assert [s.action for s in after.segments] == [s.action for s in before.segments]
    (tmp_path / "a.json").write_text(analysis.to_json(keypoints=True), encoding="utf-8")
    document = harec.load_result(tmp_path / "a.json")
    strict = harec.relabel(document, replace(analysis.settings, action_threshold=0.99))
    assert len(strict.people[0].segments) <= len(analysis.people[0].segments)
    with pytest.raises(InputError, match="no poses to follow people from"):
        harec.relabel(document, stricter)
    (tmp_path / "a.json").write_text(analysis.to_json(), encoding="utf-8")
    with pytest.raises(InputError, match="labels without probabilities"):
        harec.relabel(harec.load_result(tmp_path / "a.json"), stricter)


# Hostile and damaged files


def rewritten(
    source: Path,
    target: Path,
    change: Callable[[dict[str, bytes]], None],
    packed: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """A copy of a saved result in which some entries are others."""
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w", packed) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target


def npy(array: np.ndarray, **options: Any) -> bytes:
    written = io.BytesIO()
    np.save(written, array, **options)
    return written.getvalue()


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("harm-was-done"),)


def _header(shape: str) -> bytes:
    """An array that claims another shape than it has."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(204)


def _document(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(entries: dict[str, bytes]) -> None:
        entries["result.json"] = json.dumps(json.loads(entries["result.json"]) | changes).encode()

    return change


PERSON = {"id": 1, "first_s": 0, "last_s": 1, "segments": []}
SEGMENT = {"action": "BOXING", "start_s": 0, "end_s": 1, "confidence": 1, "repetitions": None}
BAD: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "no document": lambda e: e.pop("result.json"),
    "an array less": lambda e: e.pop("poses/scores.npy"),
    "a file more": lambda e: e.update({"../../evil.py": b"x"}),
    "a path": lambda e: e.update({"/tmp/evil.npy": b"x"}),
    "pickles": lambda e: e.update(
        {"people/keypoints_xyc.npy": npy(np.array([Harm()], object), allow_pickle=True)}
    ),
    "a bare pickle": lambda e: e.update({"poses/scores.npy": pickle.dumps(Harm())}),
    "an array of text": lambda e: e.update({"poses/scores.npy": npy(np.array(["a"]))}),
    "a claim of terabytes": lambda e: e.update(
        {"poses/keypoints_xyc.npy": _header("(4000000000, 17, 3)")}
    ),
    "a header that ends too early": lambda e: e.update(
        {"poses/keypoints_xyc.npy": _header("(1, 17, 3")}
    ),
    "a header of Python": lambda e: e.update(
        {"poses/keypoints_xyc.npy": _header("(__import__('os').getpid(), 17, 3)")}
    ),
    "a shape of many digits": lambda e: e.update(
        {"poses/keypoints_xyc.npy": _header(f"({'9' * 60}, 17, 3)")}
    ),
    "a negative shape": lambda e: e.update({"poses/keypoints_xyc.npy": _header("(-1, 17, 3)")}),
    "an overflowing shape": lambda e: e.update(
        {"poses/keypoints_xyc.npy": _header("(18446744073709551616, 17, 3)")}
    ),
    "other counts": lambda e: e.update({"poses/counts.npy": npy(np.full(9, 5))}),
    "negative counts": lambda e: e.update(
        {"people/track_counts.npy": npy(np.array([-9, 27], "<i8"))}
    ),
    "not finite": lambda e: e.update({"poses/scores.npy": npy(np.full(18, np.nan, "<f4"))}),
    "a newer format": _document(format_version=99),
    "another format": _document(format="something-else"),
    "no people": _document(people=None),
    "one id twice": _document(people=[PERSON, PERSON]),
    "other people": _document(people=[PERSON]),
    "a segment backwards": _document(people=[{**PERSON, "segments": [{**SEGMENT, "end_s": -1}]}]),
    "a text for a time": _document(people=[{**PERSON, "first_s": "0"}]),
    "an unknown engine": _document(settings={"estimator": "magic"}),
    "a setting of another kind": _document(settings={"max_people": [4]}),
    "a switch of another kind": _document(settings={"mirrored": "yes"}),
    "a list": lambda e: e.update({"result.json": b"[]"}),
    "NaN": lambda e: e.update({"result.json": b'{"people": NaN}'}),
    "deep": lambda e: e.update({"result.json": b"[" * 200_000}),
    "huge numbers": lambda e: e.update({"result.json": b"9" * 10_000}),
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    made_result(2, 9).save(tmp_path / "good.harec-result")
    return tmp_path / "good.harec-result"


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        harec.load_result(path)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("what", BAD)
def test_bad_results_are_refused_in_one_line(
    what: str, saved: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = refused(rewritten(saved, tmp_path / "bad.harec-result", BAD[what]))
    assert "bad.harec-result" in message or "newer harec" in message or "engine" in message
    assert not (tmp_path / "harm-was-done").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(saved: Path, tmp_path: Path, monkeypatch) -> None:
    for name in ("result.json", "poses/to_shot.npy"):
        size = (64 << 20) + 1 if name == "result.json" else 1 << 30
        bomb = tmp_path / "bomb.harec-result"
        rewritten(saved, bomb, lambda e, name=name: e.pop(name))  # type: ignore[misc]
        with (
            zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive,
            archive.open(name, "w", force_zip64=True) as entry,
        ):
            for _ in range(size >> 20):
                entry.write(bytes(1 << 20))
            entry.write(bytes(1024))
        assert bomb.stat().st_size < 2 << 20
        monkeypatch.setattr(zipfile.ZipFile, "read", None)
        assert "too large" in refused(bomb)
        monkeypatch.undo()


def test_a_bomb_that_lies_about_its_size_is_refused(saved: Path, tmp_path: Path) -> None:
    """The size that the directory claims is all that is unpacked."""
    bomb = rewritten(
        saved, tmp_path / "bomb", lambda e: e.update({"result.json": b" " * (8 << 20)})
    )
    data = bomb.read_bytes()
    claimed = (8 << 20).to_bytes(4, "little")
    assert data.count(claimed) == 2  # beside the entry, and in the directory
    bomb.write_bytes(data.replace(claimed, (100).to_bytes(4, "little")))
    refused(bomb)


def test_a_name_twice_and_other_packings_are_refused(saved: Path, tmp_path: Path) -> None:
    packed = rewritten(saved, tmp_path / "a", lambda e: None, zipfile.ZIP_LZMA)
    assert "packed in another way" in refused(packed)
    with (
        zipfile.ZipFile(saved, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("result.json", "{}")
    assert "does not belong" in refused(saved)


@given(data=st.data())
@examples(max_examples=150, deadline=None, suppress_health_check=SAME_FOLDER)
def test_damage_is_never_more_than_one_line(saved: Path, tmp_path: Path, data) -> None:
    """Cut short, or with some bytes changed: refused, or (in what a zip does not check) read."""
    original = (saved).read_bytes()
    damaged = bytearray(original[: data.draw(st.integers(1, len(original)))])
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(bytes(damaged))
    with suppress(InputError):
        harec.load_result(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello", b"\xff\xfe\x00", b"\0" * 64])
def test_what_is_no_result_at_all(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    refused(tmp_path / "a")
    refused(tmp_path)
    refused(tmp_path / "none")


def test_nothing_is_left_where_it_can_not_be_saved(tmp_path: Path, monkeypatch) -> None:
    analysis = made_result(1, 3)
    with pytest.raises(InputError, match="does not exist"):
        analysis.save(tmp_path / "none" / "a.harec-result")
    monkeypatch.setattr("harec.analysis.result_file.MOST_BYTES", MOST_DOCUMENT_BYTES + 1000)
    with pytest.raises(InputError, match="too long for one file"):
        analysis.save(tmp_path / "a.harec-result")
    assert list(tmp_path.iterdir()) == []
