"""Packs: written, opened, merged; whatever is none is refused in one line."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from taught_examples import example, track_of

from harec.core.errors import InputError
from harec.taught import pack_file
from harec.taught.action_set import ActionSet


@pytest.fixture(scope="module")
def gym() -> ActionSet:
    return ActionSet.teach(
        [example(motion, person) for motion in ("SQUAT", "KNOCKING") for person in range(2)]
        + [example("LUNGES", 0, "OTHER")]
    )


@pytest.fixture
def pack(gym, tmp_path: Path) -> Path:
    gym.save(tmp_path / "gym.harec")
    return tmp_path / "gym.harec"


def same_answers(a: ActionSet, b: ActionSet) -> bool:
    times_s, track = track_of(("SQUAT", 4), person=60)
    return bool((a.estimate(times_s, track)[2] == b.estimate(times_s, track)[2]).all())


def test_what_is_saved_opens_as_it_was(gym, pack) -> None:
    again = ActionSet.load(pack)
    assert again.labels == gym.labels
    assert again.head.threshold == gym.head.threshold
    for ours, theirs in zip(gym.examples, again.examples, strict=True):
        assert (ours.label, ours.source, ours.person, ours.by) == (
            theirs.label, theirs.source, theirs.person, theirs.by,
        )  # fmt: skip
        assert (ours.start_s, ours.end_s) == (theirs.start_s, theirs.end_s)
        assert (ours.keypoints_xyc == theirs.keypoints_xyc).all()
    assert same_answers(gym, again)


def test_the_same_set_is_the_same_file_and_small(gym, pack, tmp_path) -> None:
    gym.save(tmp_path / "again.harec")
    assert (tmp_path / "again.harec").read_bytes() == pack.read_bytes()
    assert pack.stat().st_size < 400_000


def test_two_packs_merge(gym, pack) -> None:
    other = ActionSet.teach([example("CLIMBING", 3), example("SQUAT", 3)])
    merged = ActionSet.load(pack).merged(other)
    assert merged.labels == ("SQUAT", "KNOCKING", "CLIMBING")
    assert len(merged.examples) == len(gym.examples) + 2


def test_vectors_of_another_embedding_are_made_anew(gym, pack) -> None:
    changed(pack, document=lambda data: data.update(embedding="0" * 64))
    poisoned = np.roll(gym.vectors.swapaxes(0, 1), 1, axis=2)
    changed(pack, arrays={"vectors/vectors": poisoned})
    assert same_answers(ActionSet.load(pack), gym)


def changed(
    path: Path,
    document: Callable[[dict[str, Any]], object] = lambda data: None,
    arrays: dict[str, np.ndarray] | None = None,
    drop: str = "",
) -> None:
    """Write a pack again, with a part of it changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    data = json.loads(parts["pack.json"])
    document(data)
    parts["pack.json"] = json.dumps(data).encode()
    for name, array in (arrays or {}).items():
        written = io.BytesIO()
        np.save(written, np.ascontiguousarray(array))
        parts[f"{name}.npy"] = written.getvalue()
    parts.pop(drop, None)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def first(data: dict[str, Any]) -> dict[str, Any]:
    example: dict[str, Any] = data["examples"][0]
    return example


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (lambda d: d.update(format="zip"), "another format"),
        (lambda d: d.pop("format"), "format"),
        (lambda d: d.update(format_version=2), "newer harec"),
        (lambda d: d.update(format_version="1"), "no whole number"),
        (lambda d: d.update(examples=d["examples"][1:]), "don't fit"),
        (lambda d: d.update(examples={}), "no list"),
        (lambda d: first(d).update(label="x" * 61), "too long"),
        (lambda d: first(d).update(label=7), "no text"),
        (lambda d: first(d).update(by="nobody"), "by must be"),
        (lambda d: first(d).update(start_s=-1), "out of range"),
        (lambda d: first(d).pop("source"), "source"),
        (lambda d: [e.update(label="OTHER") for e in d["examples"]], "only of what is none"),
    ],
)
def test_a_document_that_is_wrong_is_refused(pack, document, said: str) -> None:
    changed(pack, document)
    with pytest.raises(InputError, match=said) as refused:
        ActionSet.load(pack)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("examples/counts", lambda a: a + 1),
        ("examples/counts", lambda a: -a),
        ("examples/counts", lambda a: a.astype(np.float64)),
        ("examples/times_s", lambda a: a[::-1]),
        ("examples/times_s", lambda a: a * np.nan),
        ("examples/keypoints_xyc", lambda a: a[:-1]),
        ("examples/keypoints_xyc", lambda a: a[:, :16]),
        ("examples/keypoints_xyc", lambda a: a.astype(object)),
        ("vectors/owners", lambda a: a[::-1]),
        ("vectors/vectors", lambda a: a * 0),
        ("vectors/vectors", lambda a: a * np.float32("inf")),
        ("vectors/vectors", lambda a: a[:, :1]),
    ],
)
def test_arrays_that_are_wrong_are_refused_and_never_unpickled(pack, name: str, change) -> None:
    with zipfile.ZipFile(pack) as archive:
        array = np.load(io.BytesIO(archive.read(f"{name}.npy")))
    changed(pack, arrays={name: change(array)})
    with pytest.raises(InputError, match="is not a pack of taught actions") as refused:
        ActionSet.load(pack)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"{}", b"\0" * 100])
def test_another_file_is_refused(tmp_path, content: bytes) -> None:
    path = tmp_path / "x.harec"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.harec"):
        ActionSet.load(path)


def test_what_is_missing_too_much_or_too_large_is_refused(pack, tmp_path, monkeypatch) -> None:
    with pytest.raises(InputError, match="no such file"):
        ActionSet.load(tmp_path / "no.harec")
    changed(pack, drop="vectors/owners.npy")
    with pytest.raises(InputError, match="vectors/owners is missing"):
        ActionSet.load(pack)
    with zipfile.ZipFile(pack, "a") as archive:
        archive.writestr("../evil", b"x")
    with pytest.raises(InputError, match="does not belong"):
        ActionSet.load(pack)
    monkeypatch.setattr(pack_file, "_MOST_BYTES", 1000)
    with pytest.raises(InputError, match="too large"):
        ActionSet.load(pack)


def test_a_bomb_is_refused_before_it_is_unpacked(pack) -> None:
    with zipfile.ZipFile(pack) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["pack.json"] = b" " * (9 << 20)
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert pack.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="unpacked it is too large"):
        ActionSet.load(pack)
