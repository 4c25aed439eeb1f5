"""Packs, ``.harec``: a set of taught actions in one file, and back; whatever is none is refused.

A zip: ``pack.json`` (what each example is, and the head's numbers, for other programs) and arrays
(keypoints of the examples, their vectors). No picture, no video, no name but those that were given.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.embedding import DEFAULT_EMBEDDING, EmbeddingConfig
from harec.core.array_zip import ZipLayout, is_archive, read_array_zip, write_array_zip
from harec.core.errors import InputError
from harec.core.files import file_sha256
from harec.core.plain import (
    check_readable,
    fields,
    items,
    refusing,
    seconds,
    shown_name,
    text,
    whole,
)
from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS
from harec.taught.examples import Example

if TYPE_CHECKING:
    from harec.taught.action_set import ActionSet

FORMAT: Final = "harec-actions"
FORMAT_VERSION: Final = 1
_WHAT: Final = "a pack of taught actions"
_MOST_BYTES: Final = 256 << 20
_MOST_EXAMPLES: Final = 10_000
LAYOUT: Final = ZipLayout(
    "pack.json",
    {
        "examples/counts": ("<i8", ()),
        "examples/times_s": ("<f8", ()),
        "examples/keypoints_xyc": ("<f4", (NUM_KEYPOINTS, 3)),
        "vectors/owners": ("<i8", ()),
        "vectors/vectors": ("<f4", (2, EmbeddingConfig().size)),
    },
    _MOST_BYTES,
    8 << 20,
)


def save_pack(actions: ActionSet, path: Path) -> None:
    """Write a pack, all of it or nothing.

    Raises:
        InputError: it can't be written there, or is larger than what is read again.
    """
    examples = actions.examples
    arrays: dict[str, NDArray[Any]] = {
        "examples/counts": np.array([len(each.times_s) for each in examples]),
        "examples/times_s": np.concatenate([each.times_s for each in examples]),
        "examples/keypoints_xyc": np.concatenate([each.keypoints_xyc for each in examples]),
        "vectors/owners": actions.owners,
        "vectors/vectors": actions.vectors.swapaxes(0, 1),
    }
    size = sum(array.nbytes for array in arrays.values())
    if size > _MOST_BYTES - LAYOUT.most_document_bytes or len(examples) > _MOST_EXAMPLES:
        raise InputError(f"These are too many examples for one pack ({size / 1e6:.0f} MB).")
    document = json.dumps(_document(actions), ensure_ascii=False).encode()
    write_array_zip(path, LAYOUT, document, arrays)


def _document(actions: ActionSet) -> dict[str, Any]:
    head = actions.head
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "embedding": file_sha256(DEFAULT_EMBEDDING),
        "labels": list(actions.labels),
        "head": {
            "sharpness": head.sharpness,
            "other_bias": head.other_bias,
            "threshold": head.threshold,
        },
        "examples": [
            {
                "label": each.label,
                "source": each.source,
                "start_s": each.start_s,
                "end_s": each.end_s,
                "person": each.person,
                "by": each.by,
            }
            for each in actions.examples
        ],
    }


def read_pack(path: Path) -> tuple[tuple[Example, ...], FloatArray | None]:
    """The examples of a pack, and their pieces' vectors (2, M, D) if the embedding is ours.

    Raises:
        InputError: no such file, not a pack, damaged, too large, or of a newer harec.
    """
    check_readable(path, _MOST_BYTES)
    name = shown_name(path)
    with refusing(name, _WHAT):
        if not is_archive(path):
            raise ValueError("it does not begin as one")
        document, arrays = read_array_zip(path, LAYOUT, name)
        data = _checked(fields(document))
        examples = _examples(data, arrays)
        if data.get("embedding") != file_sha256(DEFAULT_EMBEDDING):
            return examples, None
        vectors, owners = arrays["vectors/vectors"], arrays["vectors/owners"]
        if owners.tolist() != [i for i, each in enumerate(examples) for _ in each.pieces()]:
            raise ValueError("the vectors are of other examples")
        if len(vectors) != len(owners) or not _are_unit(vectors):
            raise ValueError("the vectors are none")
        return examples, vectors.swapaxes(0, 1)


def _are_unit(vectors: FloatArray) -> bool:
    return bool(np.allclose(np.linalg.norm(vectors, axis=-1), 1, atol=1e-3))


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    if data["format"] != FORMAT:
        raise ValueError("it is of another format")
    version = whole(data["format_version"], 1)
    if version > FORMAT_VERSION:
        raise InputError(
            f"This pack was made by a newer harec (format version {version}): update harec."
        )
    return data


def _examples(data: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> tuple[Example, ...]:
    entries = items(data["examples"])
    counts, total = arrays["examples/counts"], len(arrays["examples/times_s"])
    if len(entries) > _MOST_EXAMPLES or len(counts) != len(entries):
        raise ValueError("the examples don't fit their keypoints")
    fits = (counts >= 0).all() and (counts <= total).all() and int(counts.sum()) == total
    if not fits or len(arrays["examples/keypoints_xyc"]) != total:
        raise ValueError("the counts don't add up")
    return tuple(
        _example(fields(entry), arrays, first, end)
        for entry, (first, end) in zip(
            entries, pairwise([0, *np.cumsum(counts).tolist()]), strict=True
        )
    )


def _example(
    entry: dict[str, Any], arrays: dict[str, NDArray[Any]], first: int, end: int
) -> Example:
    return Example(
        text(entry["label"], 1000),
        text(entry["source"], 1000),
        seconds(entry["start_s"]),
        seconds(entry["end_s"]),
        arrays["examples/times_s"][first:end],
        arrays["examples/keypoints_xyc"][first:end],
        text(entry.get("person", ""), 1000),
        text(entry.get("by", "human"), 10),  # type: ignore[arg-type]  # checked there
    )
